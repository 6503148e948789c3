import { spawnSync } from 'node:child_process'
import { onTestFinished, type TestContext } from 'vitest'
import { scratchDirectory } from './world.ts'

/** A file system of one megabyte that is gone after the test; skips the test, with the reason, where none can be mounted. */
export function tinyDisk(context: TestContext): string {
  const path = scratchDirectory()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { encoding: 'utf8' })
  if (mounted.status !== 0) context.skip(`no file system can be mounted here: ${mounted.stderr?.trim() || mounted.error?.message}`)
  onTestFinished(() => void spawnSync('umount', ['--lazy', path]))
  return path
}
