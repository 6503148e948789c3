import * as fs from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { descend, enterDirectory, OWN_PREFIX, randomName, removeTree, type Descent, type DescendOptions } from '../../workspace/index.ts'
import { FileProblem } from '../file-failure.ts'
import type {
  ByteRange,
  FileStore,
  Scan,
  ScanOptions,
  StoreCall,
  StoreEntry,
  StoreFile,
  StoreRead,
  StoreWriteOptions,
  StoreWritten,
} from '../file-store.ts'
import { explainErrno } from './explain-errno.ts'
import { hostEntry, openEntry } from './host-entry.ts'
import { scanHost } from './host-scan.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants
const PART_BYTES = 1024 ** 2
/** How many files are written before other work gets a turn. */
const FILES_PER_TURN = 64

/**
 * A directory of this machine whose inhabitants may be hostile: links are followed only below it, pipes and devices are
 * never opened, and what somebody swaps in the middle of a call leads nowhere else.
 */
export class HostStore implements FileStore {
  readonly name: string
  readonly #root: () => string

  /** @param root - the directory; a function where it is not there yet. Its path has no links in it. */
  constructor(name: string, root: string | (() => string)) {
    this.name = name
    this.#root = typeof root === 'string' ? () => root : root
  }

  async rootPath(): Promise<string> {
    return this.#root()
  }

  async stat(path: string): Promise<StoreEntry> {
    return this.#at(path, {}, ({ parent, name, resolved }) => ({
      ...hostEntry(`${parent}/${name === '' ? '.' : name}`),
      ...(resolved !== path && { resolved }),
    }))
  }

  async scan(path: string, options: ScanOptions, call: StoreCall): Promise<Scan> {
    const opened: number[] = []
    try {
      const inside = this.#at(path, {}, ({ parent, name }) => {
        const entry = hostEntry(`${parent}/${name === '' ? '.' : name}`)
        if (entry.kind !== 'directory') throw new FileProblem('not_a_directory', path, 'is no directory')
        return enterDirectory(`${parent}/${name === '' ? '.' : name}`, opened)
      })
      return await scanHost(inside, path, options, call)
    } catch (error) {
      throw explainErrno(error, path)
    } finally {
      for (const descriptor of opened) fs.closeSync(descriptor)
    }
  }

  async read(path: string, range: ByteRange, call: StoreCall): Promise<StoreRead> {
    const descriptor = this.#at(path, {}, ({ parent, name }) => openFile(path, `${parent}/${name}`, name))
    try {
      const entry = openEntry(descriptor)
      assertRegular(path, entry)
      return { bytes: await readPart(descriptor, range, entry.sizeBytes, call), entry }
    } catch (error) {
      throw explainErrno(error, path)
    } finally {
      fs.closeSync(descriptor)
    }
  }

  async write(path: string, content: Uint8Array, options: StoreWriteOptions): Promise<StoreWritten> {
    fs.mkdirSync(this.#root(), { recursive: true }) // a program may have removed it
    return this.#at(path, { create: true }, (descent) => replaceFile(path, descent, content, options))
  }

  async writeMany(files: readonly StoreFile[], call: StoreCall): Promise<readonly (StoreWritten | Error)[]> {
    const results: (StoreWritten | Error)[] = []
    for (const { path, content, mode } of files) {
      if (results.length % FILES_PER_TURN === 0) await nextTurn()
      call.signal?.throwIfAborted()
      const written = this.write(path, content, { mode, ifVersion: undefined })
      results.push(
        await written.catch((error: unknown) => {
          if (error instanceof FileProblem) return error
          throw error
        }),
      )
    }
    return results
  }

  async remove(path: string, { recursive }: { readonly recursive: boolean }): Promise<void> {
    try {
      await this.#at(path, { followLast: false }, ({ parent, name }) => {
        const { kind } = hostEntry(`${parent}/${name}`)
        if (kind !== 'directory') return fs.unlinkSync(`${parent}/${name}`)
        if (!recursive) throw new FileProblem('is_directory', path, 'is a directory; remove it with recursive')
        return removeTree(parent, name)
      })
    } catch (error) {
      throw explainErrno(error, path)
    }
  }

  /** Where a link leads, for one whose directory is reached without links; `undefined` for anything else. */
  linkAt(path: string): string | undefined {
    try {
      return this.#at(path, { followLast: false }, ({ parent, name }) => fs.readlinkSync(`${parent}/${name}`))
    } catch {
      return undefined
    }
  }

  #at<T>(path: string, options: DescendOptions, use: (descent: Descent) => T): T {
    try {
      return descend(this.#root(), path, options, use)
    } catch (error) {
      throw explainErrno(error, path)
    }
  }
}

/** Looks before it opens, since opening a device can do something; and opens so that a pipe put there meanwhile does not wait. */
function openFile(path: string, at: string, name: string): number {
  if (name === '') throw new FileProblem('is_directory', path, 'is a directory')
  assertRegular(path, hostEntry(at))
  return fs.openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
}

function assertRegular(path: string, { kind }: StoreEntry): void {
  if (kind === 'directory') throw new FileProblem('is_directory', path, 'is a directory')
  if (kind !== 'file') throw new FileProblem('not_a_file', path, 'is no regular file')
}

async function readPart(descriptor: number, { offset, length }: ByteRange, sizeBytes: number, call: StoreCall): Promise<Uint8Array> {
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)))
  let filled = 0
  while (filled < bytes.byteLength) {
    if (filled > 0) await nextTurn()
    call.signal?.throwIfAborted()
    const count = fs.readSync(descriptor, bytes, filled, Math.min(PART_BYTES, bytes.byteLength - filled), offset + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}

/** Writes beside the file and renames, so that it is there whole or not at all. */
function replaceFile(path: string, { parent, name, fromLink }: Descent, content: Uint8Array, options: StoreWriteOptions): StoreWritten {
  if (name === '') throw new FileProblem('is_directory', path, 'is a directory')
  const [target, temporary] = [`${parent}/${name}`, `${parent}/${OWN_PREFIX}${randomName(6)}`]
  const old = fs.lstatSync(target, { throwIfNoEntry: false })
  if (old) assertRegular(path, hostEntry(target))
  else if (fromLink) throw new FileProblem('file_not_found', path, 'is a link that leads nowhere')
  if (options.ifVersion !== undefined && (!old || hostEntry(target).version !== options.ifVersion))
    throw new FileProblem('changed', path, 'was changed')
  const descriptor = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
  try {
    fs.writeFileSync(descriptor, content)
    const mode = options.mode ?? (old && old.mode & 0o777)
    if (mode !== undefined) fs.fchmodSync(descriptor, mode)
    if (old && old.uid !== process.getuid?.()) keepOwner(descriptor, old)
    fs.renameSync(temporary, target)
    return { created: !old, version: openEntry(descriptor).version }
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Only root can give a file away; for others the new one is theirs. */
function keepOwner(descriptor: number, { uid, gid }: fs.Stats): void {
  try {
    fs.fchownSync(descriptor, uid, gid)
  } catch {}
}
