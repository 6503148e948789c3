import { belowRoot, DescentError } from '../../workspace/index.ts'
import { FileProblem, notFound } from '../file-failure.ts'
import type { FileEntry } from '../file-backend.ts'
import { joinPath, nameOf, parentOf } from '../file-path.ts'
import type {
  ByteRange,
  FileStore,
  Scan,
  ScanOptions,
  StoreCall,
  StoreEntry,
  StoreRead,
  StoreWriteOptions,
  StoreWritten,
} from '../file-store.ts'
import { MemoryTree } from '../state/memory-tree.ts'
import { explainErrno } from './explain-errno.ts'
import type { HostStore } from './host-store.ts'

const MOST_LINKS = 40

/** Files of a directory, with changes above them that are only in memory. */
export class OverlayStore implements FileStore {
  readonly name = 'filesystem'
  /** What was written. */
  readonly written = new MemoryTree()
  /** What was removed below, each with all it held. */
  readonly removed = new Set<string>()
  /** The version of the file below when it was first written over or removed; `undefined` when there was none. */
  readonly seen = new Map<string, string | undefined>()
  readonly #base: HostStore

  constructor(base: HostStore) {
    this.#base = base
  }

  rootPath(): Promise<string> {
    return this.#base.rootPath()
  }

  async stat(path: string): Promise<StoreEntry> {
    const at = await this.#resolve(path, true)
    return { ...(await this.#entry(at, path)), ...(at !== path && { resolved: at }) }
  }

  async scan(path: string, options: ScanOptions, call: StoreCall): Promise<Scan> {
    const at = await this.#resolve(path, true)
    if ((await this.#entry(at, path)).kind !== 'directory') throw new FileProblem('not_a_directory', path, 'is no directory')
    const asAsked = (entry: string): string => joinPath(path, at === '' ? entry : entry.slice(at.length + 1))
    const above = this.written.scan(at, options)
    const below = (await this.#isDirectoryBelow(at)) ? await this.#base.scan(at, options, call) : { entries: [], truncated: false }
    const merged = new Map<string, FileEntry>()
    for (const entry of below.entries) if (!this.#isRemoved(entry.path)) merged.set(entry.path, entry)
    for (const entry of above.entries) if (entry.kind === 'file' || !merged.has(entry.path)) merged.set(entry.path, entry)
    const entries = [...merged.values()].map((entry) => ({ ...entry, path: asAsked(entry.path) }))
    return { entries: entries.slice(0, options.limit), truncated: above.truncated || below.truncated || entries.length > options.limit }
  }

  async read(path: string, range: ByteRange, call: StoreCall): Promise<StoreRead> {
    const at = await this.#resolve(path, true)
    if (this.written.files.has(at) || this.written.hasBelow(at)) return this.written.read(at, range)
    await this.#entry(at, path)
    return this.#base.read(at, range, call)
  }

  async write(path: string, content: Uint8Array, { mode, ifVersion }: StoreWriteOptions): Promise<StoreWritten> {
    const at = await this.#resolve(path, true)
    const above = this.written.files.get(at)?.version
    const old = await this.#find(at)
    if (ifVersion !== undefined && old?.version !== ifVersion) throw new FileProblem('changed', path, 'was changed')
    if (old?.kind === 'directory') throw new FileProblem('is_directory', path, 'is a directory')
    if (old && old.kind !== 'file') throw new FileProblem('not_a_file', path, 'is no regular file')
    if (!old && at !== path && nameOf(at) !== nameOf(path)) throw new FileProblem('file_not_found', path, 'is a link that leads nowhere')
    if (!old) await this.#assertDirectoriesAbove(at)
    await this.#remember(at)
    // Others may have written while the disk was looked at; from here on nothing waits.
    if (ifVersion !== undefined && this.written.files.get(at)?.version !== above) throw new FileProblem('changed', path, 'was changed')
    const { version } = this.written.write(at, content, { mode: mode ?? old?.mode, ifVersion: undefined })
    return { created: !old, version }
  }

  async remove(path: string, { recursive }: { readonly recursive: boolean }): Promise<void> {
    const at = await this.#resolve(path, false)
    const isCovered = this.written.files.has(at) || this.#isRemoved(at)
    const isLink = !isCovered && this.#base.linkAt(at) !== undefined
    if (!isLink && (await this.#entry(at, path)).kind === 'directory' && !recursive)
      throw new FileProblem('is_directory', path, 'is a directory; remove it with recursive')
    await this.#remember(at)
    if (this.written.files.has(at) || this.written.hasBelow(at)) this.written.remove(at, true)
    if (isLink || (!this.#isRemoved(at) && (await this.#below(at)))) this.removed.add(at)
  }

  /** Where a path leads, with the links below that nothing stands above. */
  async #resolve(path: string, followLast: boolean): Promise<string> {
    const root = await this.#base.rootPath()
    let done: string[] = []
    let waiting = path.split('/')
    for (let links = 0; waiting.length > 0;) {
      const [name = '', ...rest] = waiting
      waiting = rest
      if (name === '' || name === '.') continue
      if (name === '..') {
        if (done.pop() === undefined) throw new FileProblem('permission_denied', path, 'leads outside of the root')
        continue
      }
      const next = [...done, name].join('/')
      const isCovered = this.written.files.has(next) || this.#isRemoved(next)
      const target = isCovered || (rest.length === 0 && !followLast) ? undefined : this.#base.linkAt(next)
      if (target === undefined) done.push(name)
      else {
        links += 1
        if (links > MOST_LINKS) throw explainErrno(new DescentError('ELOOP', 'goes through too many links'), path)
        if (target.startsWith('/')) done = []
        waiting = [...targetBelow(target, root, path).split('/'), ...rest]
      }
    }
    return done.join('/')
  }

  async #find(at: string): Promise<StoreEntry | undefined> {
    if (this.written.files.has(at) || this.written.hasBelow(at)) return this.written.entry(at)
    if (this.#isRemoved(at)) return undefined
    return this.#below(at)
  }

  async #below(at: string): Promise<StoreEntry | undefined> {
    try {
      return await this.#base.stat(at)
    } catch (error) {
      if (error instanceof FileProblem && (error.code === 'file_not_found' || error.code === 'not_a_directory')) return undefined
      throw error
    }
  }

  async #entry(at: string, path: string): Promise<StoreEntry> {
    const found = await this.#find(at)
    if (found) return found
    await this.#assertDirectoriesAbove(at)
    throw notFound(path)
  }

  async #isDirectoryBelow(at: string): Promise<boolean> {
    return !this.#isRemoved(at) && (await this.#below(at))?.kind === 'directory'
  }

  async #assertDirectoriesAbove(at: string): Promise<void> {
    for (let above = parentOf(at); above !== ''; above = parentOf(above)) {
      const entry = await this.#find(above)
      if (entry?.kind === 'directory') return
      if (entry) throw new FileProblem('not_a_directory', at, `is below ${JSON.stringify(nameOf(above))}, which is no directory`)
    }
  }

  async #remember(at: string): Promise<void> {
    if (!this.seen.has(at)) this.seen.set(at, this.#isRemoved(at) ? undefined : (await this.#below(at))?.version)
  }

  #isRemoved(path: string): boolean {
    for (let above = path; above !== ''; above = parentOf(above)) if (this.removed.has(above)) return true
    return false
  }
}

function targetBelow(target: string, root: string, path: string): string {
  try {
    return belowRoot(target, root)
  } catch (error) {
    throw explainErrno(error, path)
  }
}
