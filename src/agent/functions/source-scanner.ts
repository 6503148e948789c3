/** Where strings and comments of a language begin and end. Longer openings come first. */
export interface SourceSyntax {
  readonly strings: readonly string[]
  readonly lineComment: string
  readonly blockComment: readonly [string, string] | undefined
}

export const PYTHON_SYNTAX: SourceSyntax = { strings: ['"""', "'''", '"', "'"], lineComment: '#', blockComment: undefined }
export const JAVASCRIPT_SYNTAX: SourceSyntax = { strings: ['"', "'", '`'], lineComment: '//', blockComment: ['/*', '*/'] }

const OPENING = '([{'
const CLOSING = ')]}'

/** The place after a string or a comment that begins at `at`; `at` itself when none does. */
export function skipText(source: string, at: number, { strings, lineComment, blockComment }: SourceSyntax): number {
  if (source.startsWith(lineComment, at)) return after(source, '\n', at)
  if (blockComment && source.startsWith(blockComment[0], at)) return after(source, blockComment[1], at + blockComment[0].length)
  const quote = strings.find((each) => source.startsWith(each, at))
  if (quote === undefined) return at
  for (let end = at + quote.length; end < source.length; end += 1) {
    if (source[end] === '\\') end += 1
    else if (source.startsWith(quote, end)) return end + quote.length
  }
  return source.length
}

/** Calls `visit` for each place outside of strings, comments and brackets, until it answers with a place to stop at. */
export function scanTop(source: string, from: number, syntax: SourceSyntax, visit: (at: number) => boolean): number | undefined {
  let depth = 0
  for (let at = from; at < source.length;) {
    const next = skipText(source, at, syntax)
    if (next !== at) {
      at = next
      continue
    }
    const char = source.charAt(at)
    if (depth === 0 && visit(at)) return at
    if (OPENING.includes(char)) depth += 1
    if (CLOSING.includes(char)) depth = Math.max(0, depth - 1)
    at += 1
  }
  return undefined
}

function after(source: string, text: string, from: number): number {
  const at = source.indexOf(text, from)
  return at === -1 ? source.length : at + text.length
}
