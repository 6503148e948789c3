import * as fs from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CodeExecutorError } from '../core/index.ts'
import { enterDirectory } from './enter-directory.ts'
import { isErrno } from './errno.ts'
import { randomName } from './random-name.ts'
import { invalidPath, OWN_PREFIX } from './relative-path.ts'
import { removeTree } from './remove-tree.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants
/** How many files are written before other work gets a turn. */
const FILES_PER_TURN = 64

/**
 * A directory of this machine whose inhabitants are hostile: programs put links into it and swap them while we write.
 * Nothing here follows a link below the root. Where `/proc` allows it, every step goes through the descriptor of the
 * directory before it, so there is no moment between a check and its use.
 */
export class HostDirectory {
  /** Absolute path, links in it resolved. */
  readonly root: string

  constructor(root: string) {
    this.root = fs.realpathSync(root)
  }

  /** Writes files, with their parent directories, replacing what has those names; a link is replaced, not followed. */
  async writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    let written = 0
    for (const [path, content] of files) {
      this.writeFile(path, content)
      written += 1
      if (written % FILES_PER_TURN === 0) await nextTurn()
    }
  }

  /** Writes one file. A file that already has this content is left as it is. */
  writeFile(path: string, content: Uint8Array): void {
    this.#inParent(path, true, (parent, name) => {
      const target = `${parent}/${name}`
      const temporary = `${parent}/${OWN_PREFIX}${randomName(6)}`
      if (hasContent(target, content)) return
      try {
        createFile(temporary, content)
        fs.renameSync(temporary, target)
      } catch (cause) {
        fs.rmSync(temporary, { force: true })
        throw cause
      }
    })
  }

  /** Reads a regular file of at most `limitBytes`. */
  readFile(path: string, limitBytes: number): Uint8Array {
    return this.#inParent(path, false, (parent, name) => {
      // O_NONBLOCK: a FIFO that a program left there must not make us wait for a writer.
      const descriptor = fs.openSync(`${parent}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        const stat = fs.fstatSync(descriptor)
        if (!stat.isFile()) throw invalidPath(path, 'is not a regular file')
        if (stat.size > limitBytes) {
          throw new CodeExecutorError('FILE_TOO_LARGE', `${path} has ${stat.size} bytes; at most ${limitBytes} are read at once.`, {
            path,
            sizeBytes: stat.size,
            limitBytes,
          })
        }
        return fs.readFileSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    })
  }

  /** Makes a directory and its parents. */
  makeDirectory(path: string): void {
    this.#inParent(`${path}/inside`, true, () => {})
  }

  /** Removes files and whole directories; what is not there is fine. A link is removed, not followed. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      try {
        await this.#inParent(
          path,
          false,
          (parent, name) => removeTree(parent, name),
          async () => {},
        )
      } catch (error) {
        throw explain(error, path)
      }
    }
  }

  /** Calls `use` with a path to the file's parent directory that no link can redirect, and the file's own name. */
  #inParent<T>(path: string, create: boolean, use: (parent: string, name: string) => T, whenMissing?: () => T): T {
    const segments = path.split('/')
    const name = segments.pop() ?? ''
    if ([...segments, name].some((segment) => segment === '' || segment === '.' || segment === '..'))
      throw invalidPath(path, 'leads elsewhere')
    const opened: number[] = []
    try {
      let current = this.root
      if (create) fs.mkdirSync(this.root, { recursive: true }) // a program may have removed it
      for (const segment of segments) {
        const next = `${current}/${segment}`
        if (create) makeOne(next)
        current = enterDirectory(next, opened)
      }
      return use(current, name)
    } catch (error) {
      if (whenMissing && isErrno(error, 'ENOENT')) return whenMissing()
      throw explain(error, path)
    } finally {
      for (const descriptor of opened) fs.closeSync(descriptor)
    }
  }
}

function makeOne(path: string): void {
  try {
    fs.mkdirSync(path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}

function createFile(path: string, content: Uint8Array): void {
  const descriptor = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
  try {
    fs.writeFileSync(descriptor, content)
  } finally {
    fs.closeSync(descriptor)
  }
}

function hasContent(path: string, content: Uint8Array): boolean {
  let descriptor: number
  try {
    descriptor = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return false
  }
  try {
    const stat = fs.fstatSync(descriptor)
    return stat.isFile() && stat.size === content.byteLength && fs.readFileSync(descriptor).equals(content)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Turns what the system said about a path of the user into an error of ours. */
function explain(error: unknown, path: string): unknown {
  if (isErrno(error, 'ENOENT'))
    return new CodeExecutorError('FILE_NOT_FOUND', `There is no file ${JSON.stringify(path)}.`, { path }, { cause: error })
  if (isErrno(error, 'ELOOP')) return invalidPath(path, 'goes through a link', { cause: error })
  if (isErrno(error, 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY'))
    return invalidPath(path, 'collides with what is already there', { cause: error })
  if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES')) {
    const reason = (error as NodeJS.ErrnoException).code ?? ''
    const words =
      reason === 'ENOSPC' || reason === 'EDQUOT'
        ? 'there is no space left; free some'
        : 'the directory cannot be written to; check its rights'
    return new CodeExecutorError(
      'BACKEND_REJECTED',
      `${path} was not written: ${words}.`,
      { executor: 'workspace', reason },
      { cause: error },
    )
  }
  return error
}
