import { CodeExecutorError, type CodeSource } from '../core/index.ts'
import { assertNoCollisions, assertRelativePath } from './relative-path.ts'

/** The most bytes that the files of one program may have together. */
export const MAX_SOURCE_BYTES = 256 * 1024 ** 2

/** A program as bytes under names: what a place has to hold for it to run. */
export type ProgramSource =
  /** One file whose name is ours to choose. */
  | { readonly kind: 'text'; readonly content: Uint8Array; readonly text: string }
  /** Named files that stay in the working directory. */
  | { readonly kind: 'files'; readonly files: ReadonlyMap<string, Uint8Array>; readonly entryPoint: string }

/**
 * Checks a program before anything is written: every path, every byte count, and that exactly one file is to be run.
 * `extensions` are those of the program's language.
 * @throws `INVALID_ARGUMENT`, `INVALID_PATH`, `FILE_NOT_FOUND`, `FILE_TOO_LARGE`
 */
export function readProgramSource(source: CodeSource, extensions: readonly string[], entryPoint: string | undefined): ProgramSource {
  if (typeof source === 'string') {
    if (entryPoint !== undefined)
      throw invalid('entryPoint', entryPoint, 'names a file, but the program is one text without a name; give { path: text }')
    const text = unifyLineEnds(source)
    if (text.trim() === '') throw invalid('source', source, 'is empty; there is nothing to run')
    const content = encode(text, 'source')
    assertSize('source', content.byteLength)
    return { kind: 'text', content, text }
  }
  if (typeof source !== 'object' || source === null) throw invalid('source', source, 'is neither text nor an object of path to content')
  const paths = Object.keys(source)
  if (paths.length === 0) throw invalid('source', source, 'has no files')
  for (const path of paths) assertRelativePath(path)
  assertNoCollisions(paths)
  const files = new Map<string, Uint8Array>()
  let total = 0
  for (const path of paths) {
    const content = toBytes(source[path], path, extensions)
    total += content.byteLength
    assertSize(path, total)
    files.set(path, content)
  }
  return { kind: 'files', files, entryPoint: chooseEntryPoint(paths, extensions, entryPoint) }
}

/** Text as UTF-8. @throws `INVALID_ARGUMENT` for a lone surrogate, which UTF-8 cannot say and which would be lost silently */
export function encode(text: string, argument: string): Uint8Array {
  if (!text.isWellFormed())
    throw invalid(argument, text, 'has a lone surrogate, which UTF-8 cannot hold; use toWellFormed() if it may be replaced')
  return Buffer.from(text, 'utf8')
}

function toBytes(content: unknown, path: string, extensions: readonly string[]): Uint8Array {
  if (content instanceof Uint8Array) return content
  if (typeof content !== 'string') throw invalid(`source[${JSON.stringify(path)}]`, content, 'is neither text nor bytes')
  return encode(hasExtension(path, extensions) ? unifyLineEnds(content) : content, `source[${JSON.stringify(path)}]`)
}

/**
 * Text whose every line ends with CRLF got them from where it came through, and shells choke on them. A text that
 * mixes both means what it says and is left alone.
 */
function unifyLineEnds(text: string): string {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text) ? text.replaceAll('\r\n', '\n') : text
}

function hasExtension(path: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => path.endsWith(extension))
}

function chooseEntryPoint(paths: readonly string[], extensions: readonly string[], wanted: string | undefined): string {
  if (wanted !== undefined) {
    assertRelativePath(wanted)
    if (paths.includes(wanted)) return wanted
    throw new CodeExecutorError('FILE_NOT_FOUND', `The entry point ${JSON.stringify(wanted)} is not among the files: ${list(paths)}.`, {
      path: wanted,
    })
  }
  const candidates = paths.filter((path) => hasExtension(path, extensions))
  const mains = candidates.filter((path) => extensions.some((extension) => path.toLowerCase() === `main${extension.toLowerCase()}`))
  const [only, another] = mains.length > 0 ? mains : candidates
  if (only === undefined) {
    throw invalid('source', paths, `has no ${extensions.join(' or ')} file to run; name one with entryPoint`)
  }
  if (another !== undefined)
    throw invalid(
      'source',
      paths,
      `has several files that could run (${list(mains.length > 0 ? mains : candidates)}); name one with entryPoint`,
    )
  return only
}

function assertSize(path: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_SOURCE_BYTES) return
  throw new CodeExecutorError(
    'FILE_TOO_LARGE',
    `The program has more than ${MAX_SOURCE_BYTES} bytes with ${JSON.stringify(path)}. Put large data where the program can read it.`,
    {
      path,
      sizeBytes,
      limitBytes: MAX_SOURCE_BYTES,
    },
  )
}

function list(paths: readonly string[]): string {
  return paths.length > 8 ? `${paths.slice(0, 8).join(', ')} and ${paths.length - 8} more` : paths.join(', ')
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
