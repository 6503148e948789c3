import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomName } from '../../workspace/index.ts'

/**
 * Puts standard input into a file and returns its path. A file and not a pipe: a program that does not read it blocks
 * nobody, one that ends early breaks nothing, and one that opens /dev/stdin can.
 */
export function writeStdin(directory: string, content: Uint8Array): string {
  const path = join(directory, randomName(8))
  try {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' })
    return path
  } catch (cause) {
    rmSync(path, { force: true }) // half of it, where the disk is full
    throw cause
  }
}
