import { spawnSync } from 'node:child_process'

/** Why the stand-in for E2B cannot work on this machine. */
export function whyNoStandIn(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'its sandboxes need Linux and the rights of root'
  const { status, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no namespaces can be made here: ${stderr?.trim() ?? 'there is no unshare'}`
}
