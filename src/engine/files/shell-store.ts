import { CodeExecutorError } from '../../core/index.ts'
import {
  FileProblem,
  notFound,
  type ByteRange,
  type FileEntry,
  type FileStore,
  type Scan,
  type ScanOptions,
  type StoreCall,
  type StoreEntry,
  type StoreFile,
  type StoreRead,
  type StoreWriteOptions,
  type StoreWritten,
} from '../../files/index.ts'
import { OWN_PREFIX, randomName } from '../../workspace/index.ts'
import type { CommandPlace } from '../command-place.ts'
import { runFileScript } from './place-calls.ts'
import { readFacts, readScanned } from './shell-facts.ts'
import { readTogether } from './read-together.ts'
import { FACTS, READ, READ_MANY, REMOVE, SCAN, STAT, WRITE } from './shell-scripts.ts'

/** Names that go with one command. */
const NAMES_AT_ONCE = 500
const READS_AT_ONCE = 250
/** What goes as an argument. */
const SHORT_BYTES = 16 * 1024
/** What a new file has without being told. */
const USUAL_MODE = 0o644

/** The files of a place, reached through its own shell and POSIX tools: for every backend without files of its own. */
export class ShellStore implements FileStore {
  readonly name: string
  readonly #place: CommandPlace

  constructor(place: CommandPlace, name: string) {
    this.#place = place
    this.name = name
  }

  async rootPath(call: StoreCall): Promise<string> {
    return this.#run('cd -P . && echo "ok $PWD"', { path: '', args: [] }, call)
  }

  async stat(path: string, call: StoreCall): Promise<StoreEntry> {
    let resolved = ''
    const take = (chunk: Uint8Array): void => void (resolved += Buffer.from(chunk).toString('latin1'))
    const facts = await this.#run(STAT, { path, args: [path], take }, call)
    resolved = Buffer.from(resolved, 'latin1')
      .toString('utf8')
      .replace(/\/?\.$/, '')
    return { ...factsOf(facts, path), ...(resolved !== '' && resolved !== path && { resolved }) }
  }

  async read(path: string, { offset, length }: ByteRange, call: StoreCall): Promise<StoreRead> {
    const chunks: Buffer[] = []
    const take = (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk))
    const facts = await this.#run(READ, { path, args: [path, String(offset), String(length)], take }, call)
    return { bytes: Buffer.concat(chunks), entry: factsOf(facts, path) }
  }

  async scan(path: string, { recursive, limit, hidden }: ScanOptions, call: StoreCall): Promise<Scan> {
    const entries: FileEntry[] = []
    let rest = Buffer.alloc(0)
    let truncated = false
    const take = (chunk: Uint8Array): boolean => {
      rest = Buffer.concat([rest, chunk])
      let from = 0
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0, from)) {
        const entry = readScanned(rest.toString('utf8', from, end))
        from = end + 1
        if (entry === undefined || entry.path.startsWith(OWN_PREFIX)) continue
        truncated = entries.length === limit
        if (truncated) return false
        entries.push({ ...entry, path: path === '' ? entry.path : `${path}/${entry.path}` })
      }
      rest = Buffer.from(rest.subarray(from))
      return true
    }
    await this.#run(SCAN, { path, args: [path, recursive ? '' : '1', hidden ? 'hidden' : ''], take }, call)
    return { entries, truncated }
  }

  async write(path: string, content: Uint8Array, { mode, ifVersion = '' }: StoreWriteOptions, call: StoreCall): Promise<StoreWritten> {
    const args = [path, mode === undefined ? '' : mode.toString(8), ifVersion, OWN_PREFIX + randomName(6)]
    const text = shortText(content)
    const said = await this.#run(
      WRITE,
      { path, ...(text === undefined ? { args, stdin: content } : { args: [...args, text] }) },
      call,
    ).catch((error: unknown) => {
      // A place that cannot even take the content in says so in its own words.
      if (!CodeExecutorError.is(error, 'BACKEND_REJECTED') || !/no space/i.test(error.details.reason)) throw error
      throw new FileProblem('no_space', path, 'was not written: no space is left', { cause: error })
    })
    return { created: said.startsWith('1'), version: readFacts(said.slice(2))?.version ?? '' }
  }

  /** All in one go where the place can; what it then refuses is tried one by one, so that each has its own answer. */
  async writeMany(files: readonly StoreFile[], call: StoreCall): Promise<readonly (StoreWritten | Error)[]> {
    const byPath = new Map(files.map(({ path, content }) => [path, content]))
    try {
      if (byPath.size !== files.length) return await this.#writeEach(files, call)
      await this.#place.writeFiles(byPath, call.signal ?? new AbortController().signal)
    } catch (error) {
      call.signal?.throwIfAborted()
      if (!CodeExecutorError.is(error) || error.code === 'EXECUTOR_STOPPED') throw error
      await this.#removeHalves(files, call)
      return this.#writeEach(files, call)
    }
    const found = new Map<string, StoreEntry>()
    for (const [mode, paths] of byMode(files)) await this.#lookAt(mode, paths, found, call)
    return files.map(({ path }) => ({ version: found.get(path)?.version ?? '' }))
  }

  /** What is there of files that could not be written whole would be taken for them, and takes their space. */
  async #removeHalves(files: readonly StoreFile[], call: StoreCall): Promise<void> {
    const found = new Map<string, StoreEntry>()
    const paths = files.map(({ path }) => path)
    await this.#lookAt(USUAL_MODE, paths, found, call)
    for (const { path, content } of files) {
      const entry = found.get(path)
      if (entry?.kind === 'file' && entry.sizeBytes !== content.byteLength) await this.remove(path, { recursive: false }, call)
    }
  }

  /** One archive for many; what is not in it is read by itself, so that each has its own answer. */
  async readMany(paths: readonly string[], limitBytes: number, call: StoreCall): Promise<readonly (StoreRead | Error)[]> {
    const together = new Map<string, StoreRead>()
    for (let at = 0; at < paths.length; at += READS_AT_ONCE) {
      const some = paths.slice(at, at + READS_AT_ONCE)
      const chunks: Buffer[] = []
      let bytes = 0
      const take = (chunk: Uint8Array): boolean => {
        chunks.push(Buffer.from(chunk))
        bytes += chunk.byteLength
        return bytes <= limitBytes
      }
      const count = Number(await this.#run(READ_MANY, { path: some[0] ?? '', args: some, take }, call))
      for (const [path, read] of await readTogether(Buffer.concat(chunks), count, new Set(some))) together.set(path, read)
    }
    return attempts(paths, async (path) => together.get(path) ?? this.read(path, { offset: 0, length: limitBytes }, call))
  }

  async remove(path: string, { recursive }: { readonly recursive: boolean }, call: StoreCall): Promise<void> {
    await this.#run(REMOVE, { path, args: [path, recursive ? 'all' : ''] }, call)
  }

  /** Gives files their permission bits, and tells what is there. */
  async #lookAt(mode: number, paths: readonly string[], found: Map<string, StoreEntry>, call: StoreCall): Promise<void> {
    for (let at = 0; at < paths.length; at += NAMES_AT_ONCE) {
      const some = paths.slice(at, at + NAMES_AT_ONCE)
      let said = ''
      const take = (chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString('latin1'))
      const args = [mode === USUAL_MODE ? '' : mode.toString(8), ...some.map((path) => `./${path}`)]
      await this.#run(FACTS, { path: some[0] ?? '', args, take }, call)
      const lines = said.split('\n')
      for (const [index, path] of some.entries()) {
        const entry = readFacts(lines[index] ?? '')
        if (entry) found.set(path, entry)
      }
    }
  }

  async #writeEach(files: readonly StoreFile[], call: StoreCall): Promise<readonly (StoreWritten | Error)[]> {
    return attempts(files, ({ path, content, mode }) => this.write(path, content, { mode, ifVersion: undefined }, call))
  }

  #run(script: string, command: Parameters<typeof runFileScript>[2], call: StoreCall): Promise<string> {
    return runFileScript(this.#place, script, command, call)
  }
}

/** Each after the other, with the problem in the place of what failed. */
async function attempts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly (R | Error)[]> {
  const results: (R | Error)[] = []
  for (const item of items) {
    try {
      results.push(await work(item))
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error
      results.push(error)
    }
  }
  return results
}

/** A content that can be an argument of a script, which is quicker; `undefined` for any other. */
function shortText(content: Uint8Array): string | undefined {
  if (content.byteLength > SHORT_BYTES || content.includes(0)) return undefined
  const text = Buffer.from(content).toString('utf8')
  return Buffer.from(text).equals(content) ? text : undefined
}

function factsOf(text: string, path: string): StoreEntry {
  const entry = readFacts(text)
  if (entry) return entry
  throw notFound(path) // it went while it was looked at
}

function byMode(files: readonly StoreFile[]): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, string[]>()
  for (const { path, mode = USUAL_MODE } of files) {
    const group = groups.get(mode)
    if (group) group.push(path)
    else groups.set(mode, [path])
  }
  return groups
}
