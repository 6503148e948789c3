import { setImmediate as nextTurn } from 'node:timers/promises'
import type { GrepMatch } from './file-backend.ts'
import { FileProblem } from './file-failure.ts'
import { FILE_LIMITS } from './file-limits.ts'
import { byPath } from './file-path.ts'
import type { FileStore, StoreCall, StoreSearch, StoreSearchResult } from './file-store.ts'
import { compileLinePattern, type LineTest } from './line-matcher.ts'

/** How many files are read before other work gets a turn. */
const FILES_PER_TURN = 32

/** Searches a store that cannot do so itself: file after file, each read whole, up to the limits on size, time and matches. */
export async function searchStore(store: FileStore, search: StoreSearch, call: StoreCall): Promise<StoreSearchResult> {
  const test = await compileLinePattern(search)
  const found = await filesToSearch(store, search, call)
  const matches: GrepMatch[] = []
  let truncated = found.truncated
  const deadline = performance.now() + FILE_LIMITS.grepMs
  for (const [index, path] of found.paths.entries()) {
    if (index % FILES_PER_TURN === 0) await nextTurn()
    call.signal?.throwIfAborted()
    if (performance.now() > deadline) return { matches, truncated: true }
    const bytes = await readWhole(store, path, call)
    if (bytes === 'too large') truncated = true
    if (typeof bytes === 'string') continue
    if (collect(path, bytes, test, search.limit, matches)) return { matches, truncated: true }
  }
  return { matches, truncated }
}

async function filesToSearch(
  store: FileStore,
  search: StoreSearch,
  call: StoreCall,
): Promise<{ readonly paths: readonly string[]; readonly truncated: boolean }> {
  const { kind } = await store.stat(search.path, call)
  if (kind === 'file') return { paths: [search.path], truncated: false }
  if (kind !== 'directory') throw new FileProblem('not_a_file', search.path, 'is no regular file')
  const limit = FILE_LIMITS.scanEntries
  const { entries, truncated } = await store.scan(search.path, { recursive: true, limit, hidden: search.hidden, facts: false }, call)
  const files = entries.filter((entry) => entry.kind === 'file' && search.admits(entry.path)).toSorted(byPath)
  return { paths: files.map(({ path }) => path), truncated }
}

/** The content of a file, or why it is passed over: between a listing and a look anything may have happened. */
async function readWhole(store: FileStore, path: string, call: StoreCall): Promise<Uint8Array | 'too large' | 'unreadable'> {
  try {
    const { bytes } = await store.read(path, { offset: 0, length: FILE_LIMITS.grepFileBytes + 1 }, call)
    return bytes.byteLength > FILE_LIMITS.grepFileBytes ? 'too large' : bytes.includes(0) ? 'unreadable' : bytes
  } catch (error) {
    if (error instanceof FileProblem) return 'unreadable'
    throw error
  }
}

/** Adds what matches; `true` when there would be more than the limit. */
function collect(path: string, bytes: Uint8Array, test: LineTest, limit: number, matches: GrepMatch[]): boolean {
  const text = new TextDecoder().decode(bytes)
  let line = 0
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf('\n', at)
    const end = feed < 0 ? text.length : feed
    line += 1
    const content = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    if (test(content)) {
      if (matches.length === limit) return true
      matches.push({ path, line, text: cutLine(content) })
    }
    at = end + 1
  }
  return false
}

/** A line as an answer has it. */
export function cutLine(line: string): string {
  return line.length > FILE_LIMITS.lineChars ? line.slice(0, FILE_LIMITS.lineChars).toWellFormed() : line
}
