import {
  compileLinePattern,
  cutLine,
  FILE_LIMITS,
  FileProblem,
  type FileStore,
  type GrepMatch,
  type StoreCall,
  type StoreSearch,
  type StoreSearchResult,
} from '../../files/index.ts'
import type { CommandPlace } from '../command-place.ts'
import { runFileCommand } from './place-calls.ts'

/** A line of its answer that is longer is not kept. */
const LONGEST_ANSWER_BYTES = 1024 ** 2

/**
 * Searches with the `rg` of the place, where it runs as any command does and sees what commands see. Its engine takes linear
 * time. `undefined` when the place has none, or it fails.
 */
export async function searchWithRipgrep(
  place: CommandPlace,
  store: FileStore,
  search: StoreSearch,
  call: StoreCall,
): Promise<StoreSearchResult | undefined> {
  const program = await place.findProgram('rg', call.signal ?? new AbortController().signal)
  if (program === undefined) return undefined
  await compileLinePattern(search) // one dialect, whoever searches
  const { kind } = await store.stat(search.path, call)
  if (kind !== 'file' && kind !== 'directory') throw new FileProblem('not_a_file', search.path, 'is no regular file')
  const answer = new RipgrepAnswer(search, kind === 'file')
  const command = { argv: [program, ...argumentsFor(search)] as const, path: search.path, limitMs: FILE_LIMITS.grepMs }
  const end = await runFileCommand(place, { ...command, onOutput: (chunk) => answer.push(chunk) }, call)
  if (end.kind === 'enough' || end.kind === 'too slow') return { matches: answer.matches, truncated: true }
  const isFine = end.kind === 'exited' && (end.exitCode <= 1 || answer.matches.length > 0)
  return isFine ? { matches: answer.matches, truncated: answer.truncated } : undefined
}

function argumentsFor({ pattern, kind, path, ignoreCase, hidden, limit }: StoreSearch): string[] {
  return [
    ...['--json', '--no-config', '--no-ignore', '--no-messages', '--no-follow', '--crlf', '--sort', 'path'],
    ...['--max-filesize', String(FILE_LIMITS.grepFileBytes), '--max-count', String(limit + 1)],
    ...(kind === 'literal' ? ['--fixed-strings'] : []),
    ignoreCase ? '--ignore-case' : '--case-sensitive',
    ...(hidden ? ['--hidden'] : []),
    ...['-e', pattern, '--', `./${path}`],
  ]
}

interface Text {
  readonly text?: string
  readonly bytes?: string
}

interface Message {
  readonly type: string
  readonly data: { readonly path?: Text; readonly lines?: Text; readonly line_number?: number; readonly binary_offset?: number | null }
}

/** What `rg --json` prints, line by line. The matches of a file count when it has turned out to be no binary one. */
class RipgrepAnswer {
  readonly matches: GrepMatch[] = []
  truncated = false
  readonly #search: StoreSearch
  readonly #isFile: boolean
  #ofFile: GrepMatch[] = []
  #rest: Buffer = Buffer.alloc(0)
  #isSkipping = false

  constructor(search: StoreSearch, isFile: boolean) {
    this.#search = search
    this.#isFile = isFile
  }

  /** `false` when there is more than the limit. */
  push(chunk: Uint8Array): boolean {
    this.#rest = Buffer.concat([this.#rest, chunk])
    let from = 0
    for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10, from)) {
      if (!this.#isSkipping && !this.#read(this.#rest.toString('utf8', from, end))) return false
      this.#isSkipping = false
      from = end + 1
    }
    this.#rest = Buffer.from(this.#rest.subarray(from))
    if (this.#rest.byteLength > LONGEST_ANSWER_BYTES) {
      this.#isSkipping = true
      this.truncated = true
      this.#rest = Buffer.alloc(0)
    }
    return true
  }

  #read(line: string): boolean {
    const { type, data } = JSON.parse(line) as Message
    if (type === 'begin') this.#ofFile = []
    else if (type === 'match') {
      const path = textOf(data.path).replace(/^\.\//, '')
      const text = textOf(data.lines).replace(/\r?\n$/, '')
      // Nobody needs more of one file than the limit, and one.
      if (this.#admits(path) && this.#ofFile.length <= this.#search.limit)
        this.#ofFile.push({ path, line: data.line_number ?? 0, text: cutLine(text) })
    } else if (type === 'end' && (data.binary_offset === null || data.binary_offset === undefined)) {
      for (const match of this.#ofFile) {
        if (this.matches.length === this.#search.limit) return false
        this.matches.push(match)
      }
      this.#ofFile = []
    }
    return true
  }

  #admits(path: string): boolean {
    return this.#isFile || this.#search.admits(path)
  }
}

function textOf(value: Text | undefined): string {
  return value?.text ?? Buffer.from(value?.bytes ?? '', 'base64').toString('utf8')
}
