import { JAVASCRIPT_SYNTAX, PYTHON_SYNTAX, scanTop } from './source-scanner.ts'

/** A function as a model is told about it. */
export interface Signature {
  readonly name: string
  /** The head of the function and its documentation, in its language. */
  readonly text: string
}

/** The functions that a Python module defines at its top, but for those whose names begin with `_`. */
export function pythonSignatures(source: string): readonly Signature[] {
  const found: Signature[] = []
  scanTop(source, 0, PYTHON_SYNTAX, (at) => {
    const [head, name] = matchAtLine(source, at, /(?:async[ \t]+)?def[ \t]+([A-Za-z]\w*)[ \t]*(?=[([])/y) ?? []
    if (head === undefined || name === undefined) return false
    const colon = scanTop(source, at + head.length, PYTHON_SYNTAX, (place) => source[place] === ':')
    if (colon === undefined) return false
    const doc = /^[ \t]*(?:#[^\n]*)?\s*?\n\s*[rRuU]?("""|''')([\s\S]*?)\1/.exec(source.slice(colon + 1))?.[2]
    const documentation = doc === undefined ? '    ...' : `    """${dedent(doc)}"""`
    found.push({ name, text: `${source.slice(at, colon + 1)}\n${documentation}` })
    return false
  })
  return found
}

/** The functions that a JavaScript module exports by name. */
export function javascriptSignatures(source: string): readonly Signature[] {
  const found: Signature[] = []
  scanTop(source, 0, JAVASCRIPT_SYNTAX, (at) => {
    const pattern =
      /export[ \t]+(?:(?:async[ \t]+)?function[ \t]*\*?[ \t]*([\w$]+)[ \t]*|const[ \t]+([\w$]+)[ \t]*=[ \t]*(?:async[ \t]*)?)(?=\()/y
    const [head, declared, assigned] = matchAtLine(source, at, pattern) ?? []
    const name = declared ?? assigned
    if (head === undefined || name === undefined) return false
    const end = closing(source, at + head.length)
    const documentation = /\/\*\*(?:(?!\*\/)[\s\S]){0,4000}\*\/\s*$/.exec(source.slice(Math.max(0, at - 4100), at))?.[0].trim()
    const text = `${source.slice(at, end)}${declared === undefined ? ' => ...' : ''}`
    found.push({ name, text: documentation === undefined ? text : `${documentation}\n${text}` })
    return false
  })
  return found
}

/** The place after the bracket that closes the one at `open`. */
function closing(source: string, open: number): number {
  const last = scanTop(source, open + 1, JAVASCRIPT_SYNTAX, (at) => source[at] === ')')
  return (last ?? source.length - 1) + 1
}

function matchAtLine(source: string, at: number, pattern: RegExp): RegExpExecArray | undefined {
  if (at > 0 && source[at - 1] !== '\n') return undefined
  pattern.lastIndex = at
  return pattern.exec(source) ?? undefined
}

function dedent(doc: string): string {
  return doc
    .split('\n')
    .map((line) => line.trim())
    .join('\n    ')
    .trimEnd()
}
