import assert from 'node:assert/strict'
// #region object-store
import { FileProblem, notFound, StoreFiles, type FileEntry, type FileStore, type Scan, type StoreEntry, type StoreRead } from 'polyrun'

/** The few calls of an object store that are needed: any client of S3 and its like has them. */
export interface Bucket {
  head(key: string): Promise<{ readonly size: number; readonly modifiedAtMs: number; readonly etag: string } | undefined>
  get(key: string, from: number, to: number): Promise<Uint8Array>
  put(key: string, body: Uint8Array, ifMatch?: string): Promise<{ readonly etag: string } | 'changed'>
  delete(key: string): Promise<void>
  list(
    prefix: string,
    limit: number,
  ): Promise<readonly { readonly key: string; readonly size: number; readonly modifiedAtMs: number; readonly etag: string }[]>
}

/** Files of a bucket: `new StoreFiles(new BucketStore(bucket))` is a FileBackend. Directories are there as long as something is in them. */
export class BucketStore implements FileStore {
  readonly name = 'bucket'
  readonly #bucket: Bucket

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  async stat(path: string): Promise<StoreEntry> {
    const head = await this.#bucket.head(path)
    if (head) return { kind: 'file', sizeBytes: head.size, modifiedAtMs: head.modifiedAtMs, version: head.etag }
    if (path === '' || (await this.#bucket.list(`${path}/`, 1)).length > 0) return DIRECTORY
    throw notFound(path)
  }

  async scan(path: string, { recursive, limit, hidden }: { recursive: boolean; limit: number; hidden: boolean }): Promise<Scan> {
    const found = new Map<string, FileEntry>()
    const prefix = path === '' ? '' : `${path}/`
    const objects = await this.#bucket.list(prefix, limit + 1)
    for (const { key, size, modifiedAtMs, etag } of objects) {
      const parts = key.slice(prefix.length).split('/')
      for (let depth = 1; depth < parts.length; depth += 1) {
        const directory = prefix + parts.slice(0, depth).join('/')
        found.set(directory, { path: directory, ...DIRECTORY })
        if (!recursive || (!hidden && parts[depth - 1]?.startsWith('.'))) parts.length = 0 // what is below is not asked for
      }
      if (parts.length > 0) found.set(key, { path: key, kind: 'file', sizeBytes: size, modifiedAtMs, version: etag })
    }
    const entries = [...found.values()]
    return { entries: entries.slice(0, limit), truncated: entries.length > limit || objects.length > limit }
  }

  async read(path: string, { offset, length }: { offset: number; length: number }): Promise<StoreRead> {
    const entry = await this.stat(path)
    if (entry.kind === 'directory') throw new FileProblem('is_directory', path, 'is a directory')
    const to = Math.min(entry.sizeBytes, offset + length)
    return { entry, bytes: to > offset ? await this.#bucket.get(path, offset, to) : new Uint8Array() }
  }

  async write(
    path: string,
    content: Uint8Array,
    { ifVersion }: { ifVersion: string | undefined },
  ): Promise<{ created: boolean; version: string }> {
    const old = await this.#bucket.head(path)
    if (!old && (await this.#bucket.list(`${path}/`, 1)).length > 0) throw new FileProblem('is_directory', path, 'is a directory')
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      if (await this.#bucket.head(path.slice(0, slash))) throw new FileProblem('not_a_directory', path, 'is below a file')
    }
    const put = await this.#bucket.put(path, content, ifVersion)
    if (put === 'changed') throw new FileProblem('changed', path, 'was changed')
    return { created: !old, version: put.etag }
  }

  async remove(path: string, { recursive }: { recursive: boolean }): Promise<void> {
    const { kind } = await this.stat(path)
    if (kind === 'file') return this.#bucket.delete(path)
    if (!recursive) throw new FileProblem('is_directory', path, 'is a directory; remove it with recursive')
    for (const { key } of await this.#bucket.list(`${path}/`, Number.MAX_SAFE_INTEGER)) await this.#bucket.delete(key)
  }
}

const DIRECTORY = { kind: 'directory', sizeBytes: 0, modifiedAtMs: 0, version: '' } as const
// #endregion

/** A bucket in memory, for the tests of this page. */
export class MemoryBucket implements Bucket {
  readonly #objects = new Map<string, { readonly body: Uint8Array; readonly modifiedAtMs: number; readonly etag: string }>()
  #puts = 0

  async head(key: string): Promise<{ size: number; modifiedAtMs: number; etag: string } | undefined> {
    const object = this.#objects.get(key)
    return object && { size: object.body.byteLength, modifiedAtMs: object.modifiedAtMs, etag: object.etag }
  }

  async get(key: string, from: number, to: number): Promise<Uint8Array> {
    return this.#objects.get(key)?.body.subarray(from, to) ?? new Uint8Array()
  }

  async put(key: string, body: Uint8Array, ifMatch?: string): Promise<{ etag: string } | 'changed'> {
    if (ifMatch !== undefined && this.#objects.get(key)?.etag !== ifMatch) return 'changed'
    const etag = `"${(this.#puts += 1)}"`
    this.#objects.set(key, { body: Uint8Array.from(body), modifiedAtMs: Date.now(), etag })
    return { etag }
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key)
  }

  async list(prefix: string, limit: number): Promise<{ key: string; size: number; modifiedAtMs: number; etag: string }[]> {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).toSorted((a, b) => (a < b ? -1 : 1))
    return keys.slice(0, limit).map((key) => {
      const { body, modifiedAtMs, etag } = this.#objects.get(key) ?? { body: new Uint8Array(), modifiedAtMs: 0, etag: '' }
      return { key, size: body.byteLength, modifiedAtMs, etag }
    })
  }
}

const backend = new StoreFiles(new BucketStore(new MemoryBucket()))
await backend.write('reports/may.txt', 'all is well\n')
assert.deepEqual((await backend.grep({ pattern: 'well', kind: 'literal' })).ok, true)
