import { catching, eachIn, unwrap } from './attempts.ts'
import { contentBytes, textArgument, wholeNumber } from './call-options.ts'
import { editText } from './edit-text.ts'
import type * as types from './file-backend.ts'
import { answering, FileProblem, type FileAnswer } from './file-failure.ts'
import { FILE_LIMITS } from './file-limits.ts'
import { byPath, isOwnName, parseFilePath, parsePath } from './file-path.ts'
import type { FileStore, StoreCall, StoreFile, StoreSearch, StoreSearchResult, StoreWritten } from './file-store.ts'
import { compileGlob } from './glob.ts'
import { assertLinePattern } from './line-matcher.ts'
import { PathTurns } from './path-turns.ts'
import { searchStore } from './search-store.ts'
import { decodeText, readLines } from './text-lines.ts'

/** How often an edit starts again because somebody else changed the file in the middle of it. */
const EDIT_TRIES = 5

/** Makes a {@link types.FileBackend} of a small {@link FileStore}: path rules, limits, lines, edits, patterns, failures as values. */
export class StoreFiles implements types.FileBackend {
  readonly #store: FileStore
  readonly #turns = new PathTurns()

  constructor(store: FileStore) {
    this.#store = store
  }

  /** Does something with the store. For backends whose store is not always there. */
  protected withStore<T>(options: types.FileCallOptions, work: (store: FileStore, call: StoreCall) => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted()
    return work(this.#store, { signal: options.signal })
  }

  list(path = '', options: types.ListOptions = {}): Promise<FileAnswer<types.Listing>> {
    return this.#answer(options, async (store, call) => {
      const [at, offset, limit] = [
        await resolvePath(store, path, call),
        from(options.offset, 'offset'),
        most(options.limit, FILE_LIMITS.entries),
      ]
      const entry = await store.stat(at, call)
      if (entry.kind !== 'directory') return { entries: [{ path: at, ...entry }], truncated: false }
      const { entries, truncated } = await store.scan(
        at,
        { recursive: false, limit: FILE_LIMITS.scanEntries, hidden: true, facts: true },
        call,
      )
      return page(entries, truncated, offset, limit)
    })
  }

  stat(path: string, options: types.FileCallOptions = {}): Promise<FileAnswer<types.FileEntry>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolvePath(store, path, call)
      return { path: at, ...(await store.stat(at, call)) }
    })
  }

  async exists(path: string, options: types.FileCallOptions = {}): Promise<boolean> {
    return (await this.stat(path, options)).ok
  }

  read(path: string, options: types.ReadOptions = {}): Promise<FileAnswer<types.TextPart>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolveFile(store, path, call)
      const range = {
        offset: from(options.offset, 'offset'),
        limit: wholeNumber(options.limit, 'limit', 1, Number.MAX_SAFE_INTEGER, FILE_LIMITS.readLines),
        limitBytes: wholeNumber(options.limitBytes, 'limitBytes', 1, FILE_LIMITS.fileBytes, FILE_LIMITS.readTextBytes),
      }
      return { path: at, ...(await readLines(store, at, range, call)) }
    })
  }

  readBytes(path: string, options: types.ReadBytesOptions = {}): Promise<FileAnswer<types.BytesPart>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolveFile(store, path, call)
      const offset = from(options.offset, 'offset')
      const length = wholeNumber(options.limit, 'limit', 1, FILE_LIMITS.fileBytes, FILE_LIMITS.readBytes)
      return bytesPart(at, offset, await store.read(at, { offset, length }, call))
    })
  }

  write(path: string, content: types.FileContent, options: types.WriteOptions = {}): Promise<FileAnswer<types.Written>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolveFile(store, path, call)
      const bytes = contentBytes(at, content)
      const mode = modeOf(options.mode)
      return {
        path: at,
        sizeBytes: bytes.byteLength,
        ...(await this.#turns.take(at, call.signal, () => store.write(at, bytes, { mode, ifVersion: options.ifUnchangedSince }, call))),
      }
    })
  }

  edit(path: string, oldText: string, newText: string, options: types.EditOptions = {}): Promise<FileAnswer<types.Edited>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolveFile(store, path, call)
      const words = { old: textArgument(oldText, at, 'a text to replace'), new: textArgument(newText, at, 'a replacement') }
      for (let tries = 1; ; tries += 1) {
        try {
          return { path: at, ...(await this.#turns.take(at, call.signal, () => editOnce(store, at, words, options, call))) }
        } catch (error) {
          const isRace = error instanceof FileProblem && error.code === 'changed' && options.ifUnchangedSince === undefined
          if (!isRace || tries === EDIT_TRIES) throw error
        }
      }
    })
  }

  remove(path: string, options: types.RemoveOptions = {}): Promise<FileAnswer<{ readonly path: string }>> {
    return this.#answer(options, async (store, call) => {
      const at = await resolvePath(store, path, call)
      if (at === '') throw new FileProblem('invalid_path', String(path), 'is the root, which stays')
      await store.remove(at, { recursive: options.recursive === true }, call)
      return { path: at }
    })
  }

  glob(pattern: string, options: types.GlobOptions = {}): Promise<FileAnswer<types.Listing>> {
    return this.#answer(options, async (store, call) => {
      const [base, limit] = [await resolvePath(store, options.path ?? '', call), most(options.limit, FILE_LIMITS.entries)]
      const matches = compileGlob(pattern, options)
      const { kind } = await store.stat(base, call)
      if (kind !== 'directory') throw new FileProblem('not_a_directory', base, 'is no directory')
      // A pattern without a dot of its own cannot match below a hidden directory.
      const hidden = options.hidden === true || /(?:^|[/{,])\./.test(pattern)
      const { entries, truncated } = await store.scan(base, { recursive: true, limit: FILE_LIMITS.scanEntries, hidden, facts: false }, call)
      const wanted = entries.filter(({ kind: what }) => what === 'file' || (what === 'directory' && options.directories === true))
      const found = page(
        wanted.filter((entry) => matches(below(entry.path, base))),
        truncated,
        0,
        limit,
      )
      return { ...found, entries: await withFacts(store, found.entries, call) }
    })
  }

  grep(query: types.GrepQuery, options: types.FileCallOptions = {}): Promise<FileAnswer<types.GrepResult>> {
    return this.#answer(options, async (store, call) => {
      const search = await readSearch(store, query, call)
      return this.searchIn(store, search, call)
    })
  }

  async writeFiles(
    files: readonly types.FileToWrite[],
    options: types.FileCallOptions = {},
  ): Promise<readonly FileAnswer<types.Written>[]> {
    return this.withStore(options, async (store, call) => {
      const checked = await Promise.all(files.map((file) => answering(() => checkFile(store, file, call))))
      const fine = checked.flatMap((each) => (each.ok ? [each] : []))
      const done = new Map(fine.map((file, index) => [file, index]))
      const results =
        store.writeMany && fine.length > 1 ? await store.writeMany(fine, call) : await eachIn(fine, (file) => writeOne(store, file, call))
      return Promise.all(
        checked.map(async (each) => {
          if (!each.ok) return each
          return answering(async () => ({ path: each.path, sizeBytes: each.content.byteLength, ...unwrap(results[done.get(each) ?? -1]) }))
        }),
      )
    })
  }

  async readFiles(paths: readonly string[], options: types.FileCallOptions = {}): Promise<readonly FileAnswer<types.BytesPart>[]> {
    return this.withStore(options, async (store, call) => {
      const checked = await Promise.all(paths.map((path) => answering(async () => ({ path: await resolveFile(store, path, call) }))))
      const fine = checked.flatMap((each) => (each.ok ? [each.path] : []))
      const limit = FILE_LIMITS.fileBytes
      const read = (path: string) => catching(() => store.read(path, { offset: 0, length: limit }, call))
      const results = store.readMany && fine.length > 1 ? await store.readMany(fine, limit, call) : await eachIn(fine, read)
      let next = 0
      return Promise.all(
        checked.map(async (each) => {
          if (!each.ok) return each
          const result = results[next++]
          return answering(async () => bytesPart(each.path, 0, unwrap(result)))
        }),
      )
    })
  }

  /** Searches with what the store has for it. */
  protected async searchIn(store: FileStore, search: StoreSearch, call: StoreCall): Promise<StoreSearchResult> {
    return (await store.grep?.(search, call)) ?? searchStore(store, search, call)
  }

  #answer<T extends object>(
    options: types.FileCallOptions,
    work: (store: FileStore, call: StoreCall) => Promise<T>,
  ): Promise<FileAnswer<T>> {
    return answering(async () => this.withStore(options, work))
  }
}

async function resolvePath(store: FileStore, path: unknown, call: StoreCall): Promise<string> {
  const isAbsolute = typeof path === 'string' && path.startsWith('/') && path !== '/'
  return parsePath(path, isAbsolute ? await store.rootPath?.(call) : undefined)
}

async function resolveFile(store: FileStore, path: unknown, call: StoreCall): Promise<string> {
  const isAbsolute = typeof path === 'string' && path.startsWith('/')
  return parseFilePath(path, isAbsolute ? await store.rootPath?.(call) : undefined)
}

async function checkFile(store: FileStore, { path, content, mode }: types.FileToWrite, call: StoreCall): Promise<StoreFile> {
  const at = await resolveFile(store, path, call)
  return { path: at, content: contentBytes(at, content), mode: modeOf(mode) }
}

function writeOne(store: FileStore, { path, content, mode }: StoreFile, call: StoreCall): Promise<StoreWritten | Error> {
  return catching(() => store.write(path, content, { mode, ifVersion: undefined }, call))
}

async function editOnce(
  store: FileStore,
  path: string,
  words: { readonly old: string; readonly new: string },
  { replaceAll = false, ifUnchangedSince }: types.EditOptions,
  call: StoreCall,
): Promise<Omit<types.Edited, 'path'>> {
  const { bytes, entry } = await store.read(path, { offset: 0, length: FILE_LIMITS.editBytes + 1 }, call)
  if (bytes.byteLength > FILE_LIMITS.editBytes) throw new FileProblem('too_large', path, `has more than ${FILE_LIMITS.editBytes} bytes`)
  if (ifUnchangedSince !== undefined && entry.version !== ifUnchangedSince) throw new FileProblem('changed', path, 'was changed')
  const edited = editText(path, decodeText(path, bytes), words, replaceAll)
  const content = contentBytes(path, edited.text)
  const written = await store.write(path, content, { mode: undefined, ifVersion: entry.version }, call)
  return { occurrences: edited.occurrences, sizeBytes: content.byteLength, version: written.version }
}

async function readSearch(store: FileStore, query: types.GrepQuery, call: StoreCall): Promise<StoreSearch> {
  const { pattern, kind, glob, ignoreCase = false, hidden = false } = query
  assertLinePattern(pattern)
  if (kind !== 'literal' && kind !== 'regex') throw new FileProblem('invalid_argument', 'kind', "must be 'literal' or 'regex'")
  const path = await resolvePath(store, query.path ?? '', call)
  const matches = glob === undefined ? () => true : compileGlob(glob, { hidden })
  const admits = (file: string): boolean => !isOwnName(file) && (hidden || !isHiddenBelow(file, path)) && matches(below(file, path))
  return { pattern, kind, path, glob, ignoreCase, hidden, limit: most(query.limit, FILE_LIMITS.matches), admits }
}

function page(entries: readonly types.FileEntry[], truncated: boolean, offset: number, limit: number): types.Listing {
  const sorted = entries.filter(({ path }) => !isOwnName(path)).toSorted(byPath)
  const hasMore = sorted.length > offset + limit
  return { entries: sorted.slice(offset, offset + limit), truncated: hasMore || truncated, ...(hasMore && { nextOffset: offset + limit }) }
}

/** The facts that a scan left out. What is gone meanwhile is left out, too. */
async function withFacts(store: FileStore, entries: readonly types.FileEntry[], call: StoreCall): Promise<types.FileEntry[]> {
  const filled: types.FileEntry[] = []
  for (const entry of entries) {
    const facts = entry.version === '' && entry.kind === 'file' ? await catching(() => store.stat(entry.path, call)) : entry
    if (!(facts instanceof Error)) filled.push({ ...facts, path: entry.path })
  }
  return filled
}

function bytesPart(
  path: string,
  offset: number,
  { bytes, entry }: { readonly bytes: Uint8Array; readonly entry: Omit<types.FileEntry, 'path'> },
): types.BytesPart {
  const end = offset + bytes.byteLength
  const truncated = end < entry.sizeBytes
  const { sizeBytes, mode, version } = entry
  return { path, bytes, offset, truncated, ...(truncated && { nextOffset: end }), sizeBytes, mode, version }
}

function below(path: string, base: string): string {
  return base === '' ? path : path.slice(base.length + 1)
}

function isHiddenBelow(path: string, base: string): boolean {
  return `/${below(path, base)}`.includes('/.')
}

function from(value: unknown, name: string): number {
  return wholeNumber(value, name, 0, Number.MAX_SAFE_INTEGER, 0)
}

function most(value: unknown, otherwise: number): number {
  return wholeNumber(value, 'limit', 1, FILE_LIMITS.scanEntries, otherwise)
}

function modeOf(mode: unknown): number | undefined {
  return mode === undefined ? undefined : wholeNumber(mode, 'mode', 0, 0o777, 0o644)
}
