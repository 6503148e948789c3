import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { baseTarball, BASE_IMAGE } from './base-image.ts'
import { Daemon } from './daemon.ts'
import type { StartedEngine } from './docker-engine.ts'
import { findTool, needTool, runTool } from './tools.ts'

const MINUTE = 60_000

/** Starts Podman's service with everything of its own in a directory, and gives it the base image. */
export async function startPodman(directory: string): Promise<StartedEngine> {
  const podman = needTool('podman', 'podman')
  mkdirSync(directory)
  const tarball = await baseTarball(directory)
  const env = { CONTAINERS_CONF: writeConfig(directory), TMPDIR: directory }
  const own = privateDirectories(directory)
  const name = `docker.io/library/${BASE_IMAGE}`
  await runTool(podman, [...own, 'import', '--quiet', '--change', 'CMD ["bash"]', tarball, name], 2 * MINUTE, env)
  const options = [...own, '--runtime', await workingRuntime(podman, own, env)]
  const socketPath = join(directory, 'podman.sock')
  const daemon = new Daemon(
    podman,
    [...options, 'system', 'service', '--time=0', `unix://${socketPath}`],
    join(directory, 'podman.log'),
    env,
  )
  const stop = async (): Promise<void> => {
    // Its containers would outlive the service.
    await runTool(podman, [...options, 'rm', '--all', '--force', '--volumes', '--time', '0'], MINUTE, env).catch(() => {})
    await daemon.stop()
  }
  try {
    await daemon.ready(socketPath)
    return { socketPath, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where a user's own containers are not. */
function privateDirectories(directory: string): string[] {
  return [
    ...['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--tmpdir', join(directory, 'tmp')],
    ...['--network-config-dir', join(directory, 'networks'), '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'],
  ]
}

/**
 * Replaces the machine's configuration, so that every machine has the same: a network that is not the default one, and locks
 * that are files, as the default ones are shared by everything of Podman's on a machine.
 */
function writeConfig(directory: string): string {
  const path = join(directory, 'containers.conf')
  writeFileSync(path, `[engine]\nlock_type = "file"\n[network]\ndefault_subnet = "10.214.${randomInt(1, 255)}.0/24"\n`)
  return path
}

/** The runtime that starts a container here: crun refuses machines that have both versions of cgroups mounted. */
async function workingRuntime(podman: string, own: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const failures: string[] = []
  for (const name of ['crun', 'runc']) {
    const runtime = findTool(name)
    if (runtime === undefined) continue
    // Limits are named because Podman's default ones may be above what this machine allows.
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024']
    const args = [...own, '--runtime', runtime, 'run', '--rm', '--network', 'none', ...limits, BASE_IMAGE, 'true']
    const failure = await runTool(podman, args, MINUTE, env).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (failure === undefined) return runtime
    failures.push(`${name}: ${failure}`)
  }
  if (failures.length === 0) throw new Error('neither crun nor runc is installed: apt-get install crun')
  throw new Error(`Podman starts no container here: ${failures.join('; ')}`)
}
