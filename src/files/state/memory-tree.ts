import type { FileEntry } from '../file-backend.ts'
import { FileProblem, notFound } from '../file-failure.ts'
import { isWithin, nameOf, parentOf } from '../file-path.ts'
import type { ByteRange, Scan, ScanOptions, StoreEntry, StoreRead, StoreWriteOptions, StoreWritten } from '../file-store.ts'

/** A file in memory. */
export interface MemoryFile {
  readonly content: Uint8Array
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  readonly mode: number | undefined
  readonly version: string
}

/** Files in memory. Directories are there as long as something is in them. */
export class MemoryTree {
  readonly files = new Map<string, MemoryFile>()
  /** How many files are below each directory, at any depth. */
  readonly #below = new Map<string, number>()
  #versions = 0

  entry(path: string): StoreEntry {
    const file = this.files.get(path)
    if (file) return entryOf(file)
    if (path === '' || this.hasBelow(path)) return { kind: 'directory', sizeBytes: 0, modifiedAtMs: 0, version: '' }
    throw this.#missing(path)
  }

  hasBelow(path: string): boolean {
    return this.#below.has(path)
  }

  scan(path: string, options: ScanOptions): Scan {
    const { recursive, limit, hidden } = options
    const entries = new Map<string, FileEntry>()
    for (const [file, content] of this.files) {
      if (!isWithin(file, path)) continue
      const parts = (path === '' ? file : file.slice(path.length + 1)).split('/')
      let at = path
      for (const [index, part] of parts.entries()) {
        if (index > 0 && (!recursive || (!hidden && nameOf(at).startsWith('.')))) break
        at = at === '' ? part : `${at}/${part}`
        if (entries.has(at)) continue
        if (entries.size === limit) return { entries: [...entries.values()], truncated: true }
        const isFile = index === parts.length - 1
        entries.set(at, { path: at, ...(isFile ? entryOf(content) : { kind: 'directory', sizeBytes: 0, modifiedAtMs: 0, version: '' }) })
      }
    }
    return { entries: [...entries.values()], truncated: false }
  }

  read(path: string, { offset, length }: ByteRange): StoreRead {
    const file = this.files.get(path)
    if (file) return { bytes: file.content.slice(offset, offset + length), entry: entryOf(file) }
    if (path === '' || this.hasBelow(path)) throw new FileProblem('is_directory', path, 'is a directory')
    throw this.#missing(path)
  }

  write(path: string, content: Uint8Array, { mode, ifVersion }: StoreWriteOptions): StoreWritten {
    const old = this.files.get(path)
    if (ifVersion !== undefined && old?.version !== ifVersion) throw new FileProblem('changed', path, 'was changed')
    if (old === undefined && this.hasBelow(path)) throw new FileProblem('is_directory', path, 'is a directory')
    if (old === undefined) this.assertNoFileAbove(path)
    const now = Date.now()
    this.#versions += 1
    const version = `${now.toString(36)}-${this.#versions}`
    if (old === undefined) this.#count(path, 1)
    this.files.set(path, {
      content: new Uint8Array(content), // a Buffer's slice would share memory
      createdAtMs: old?.createdAtMs ?? now,
      modifiedAtMs: now,
      mode: mode ?? old?.mode,
      version,
    })
    return { created: old === undefined, version }
  }

  remove(path: string, recursive: boolean): void {
    if (this.#drop(path)) return
    if (!this.hasBelow(path)) throw this.#missing(path)
    if (!recursive) throw new FileProblem('is_directory', path, 'is a directory; remove it with recursive')
    for (const file of this.files.keys()) if (isWithin(file, path)) this.#drop(file)
  }

  /** @throws FileProblem `not_a_directory` */
  assertNoFileAbove(path: string): void {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      if (this.files.has(above)) throw new FileProblem('not_a_directory', path, `is below ${JSON.stringify(above)}, which is a file`)
    }
  }

  #drop(path: string): boolean {
    const isThere = this.files.delete(path)
    if (isThere) this.#count(path, -1)
    return isThere
  }

  #count(path: string, change: number): void {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const count = (this.#below.get(above) ?? 0) + change
      if (count === 0) this.#below.delete(above)
      else this.#below.set(above, count)
    }
  }

  #missing(path: string): FileProblem {
    this.assertNoFileAbove(path)
    return notFound(path)
  }
}

function entryOf({ content, modifiedAtMs, mode, version }: MemoryFile): StoreEntry {
  return { kind: 'file', sizeBytes: content.byteLength, modifiedAtMs, ...(mode !== undefined && { mode }), version }
}
