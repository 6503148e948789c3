import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, type TestContext } from 'vitest'
import { scratchDirectory } from './world.ts'

const BYTES = 16 * 1024 ** 2

/**
 * A directory on an exFAT file system, which takes names that differ by case for one, keeps no permission bits and has no
 * links. It is unmounted when the test is over; the test is skipped where none can be mounted.
 */
export function caselessDisk(context: TestContext): string {
  const scratch = scratchDirectory()
  const [image, mounted] = [join(scratch, 'disk'), scratchDirectory()]
  writeFileSync(image, '')
  truncateSync(image, BYTES)
  try {
    run('mkfs.exfat', image)
    const device = run('losetup', '--find', '--show', image)
    onTestFinished(() => void run('losetup', '--detach', device))
    run('mount.exfat-fuse', device, mounted)
    onTestFinished(() => void run('umount', mounted))
  } catch (error) {
    context.skip(true, `no exFAT file system can be mounted: ${error instanceof Error ? error.message : String(error)}`)
  }
  return mounted
}

function run(program: string, ...args: readonly string[]): string {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path } }).trim()
}
