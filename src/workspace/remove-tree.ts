import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { DESCRIPTOR_PATHS, enterDirectory } from './enter-directory.ts'
import { isErrno } from './errno.ts'

/** Deeper trees are left to a program that needs no descriptor and no stack for each level. */
const MAX_DEPTH = 64
/** open(2): a descriptor that only names a file, for which no right to read it is needed. Node has no name for it. */
const O_PATH = 0o10000000
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants

/**
 * Removes a file or a directory with all it holds, like `rm -rf`, and stays inside it even while a hostile program
 * swaps its directories for links or takes our rights to them away. `parent` must not be a link.
 */
export async function removeTree(parent: string, name: string): Promise<void> {
  try {
    removeEntry(parent, name, 0)
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error
    // The child enters `parent` before it is anything else, while the descriptor in that path is still open.
    await promisify(execFile)('rm', ['-rf', '--', name], { cwd: parent })
  }
}

class TooDeep extends Error {}

function removeEntry(parent: string, name: string, depth: number): void {
  const path = `${parent}/${name}`
  try {
    fs.unlinkSync(path)
    return
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    if (!isErrno(error, 'EISDIR', 'EPERM')) throw error
  }
  if (depth > MAX_DEPTH) throw new TooDeep()
  const opened: number[] = []
  try {
    const inside = enterSomehow(path, opened)
    for (const child of fs.readdirSync(inside)) removeEntry(inside, child, depth + 1)
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor)
  }
  fs.rmdirSync(path)
}

/** A program can lock a directory of its own; as its owner we can unlock it. */
function enterSomehow(path: string, opened: number[]): string {
  try {
    const inside = enterDirectory(path, opened)
    fs.accessSync(inside, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    return inside
  } catch (error) {
    if (!isErrno(error, 'EACCES') || DESCRIPTOR_PATHS === undefined) throw error
    const named = fs.openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW)
    opened.push(named)
    fs.chmodSync(`${DESCRIPTOR_PATHS}/${named}`, 0o700)
    return enterDirectory(path, opened)
  }
}
