import { open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '../engine/index.ts'
import { randomName } from '../workspace/index.ts'
import { invalid } from './errors.ts'

/** Sees before long work that its result can be written. @throws `INVALID_ARGUMENT` */
export async function checkWritable(file: string, cwd: string): Promise<void> {
  const path = resolve(cwd, file)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) throw unwritable(file, 'it is a directory')
  const temporary = temporaryBeside(path)
  try {
    await (await open(temporary, 'wx')).close()
    await unlink(temporary)
  } catch (cause) {
    throw unwritable(file, messageOf(cause).replace(temporary, dirname(path)))
  }
}

/** Writes a file that is there as a whole or not at all: what was there stays until the new one is complete. */
export async function writeWhole(file: string, text: string, cwd: string): Promise<void> {
  const path = resolve(cwd, file)
  const temporary = temporaryBeside(path)
  const mode = (await stat(path).catch(() => undefined))?.mode
  try {
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await unlink(temporary).catch(() => {})
    throw unwritable(file, messageOf(cause))
  }
}

function temporaryBeside(path: string): string {
  return `${path}.${randomName(4)}.tmp`
}

function unwritable(file: string, why: string): Error {
  return invalid('--output', file, `--output ${file} cannot be written: ${why}. Name a file in a directory that is there and yours.`)
}
