/** A comment that takes the whole first line, in the style of any language, and what stands in it. */
const COMMENTS: readonly RegExp[] = [
  /^<!--(.*)-->$/,
  /^\/\*+(.*)\*\/$/,
  /^\(\*(.*)\*\)$/,
  /^\{-(.*)-\}$/,
  /^#\|(.*)\|#$/,
  /^(?:#+|\/{2,}|-{2,}|;+|%+|REM\s|'|"|!)(.*)$/i,
]
/** Lines that have to come first: an interpreter, the opening tag of PHP, an encoding. */
const MUST_BE_FIRST = /^(?:#!|<\?php\b|<\?xml\b|#\s*-\*-|#\s*(?:en)?coding[:=])/
const MAX_LINE_LENGTH = 300

/**
 * The file that a comment at the top of a program names: `# filename: src/a.py`, `// file: a.js`, and the bare
 * `# src/a.py` when the name has one of the language's `extensions`.
 */
export function fileFromComment(code: string, extensions: readonly string[]): string | undefined {
  const [first = '', second = ''] = firstLines(code)
  return fileInLine(first, extensions) ?? (MUST_BE_FIRST.test(first) ? fileInLine(second, extensions) : undefined)
}

function firstLines(code: string): readonly string[] {
  return code
    .slice(0, 2 * MAX_LINE_LENGTH)
    .replace(/^\s*\n/, '')
    .split('\n', 2)
    .map((line) => line.trim())
}

function fileInLine(line: string, extensions: readonly string[]): string | undefined {
  if (line === '' || line.length > MAX_LINE_LENGTH) return undefined
  for (const comment of COMMENTS) {
    const text = comment.exec(line)?.[1]?.trim()
    if (text === undefined) continue
    const named = /^(?:file\s?name|file|path)\s*[:=]\s*(\S.*)$/i.exec(text)?.[1]
    if (named !== undefined) return unquote(named)
    return isBareName(text, extensions) ? text : undefined
  }
  return undefined
}

function isBareName(text: string, extensions: readonly string[]): boolean {
  return (
    /^[\w@.+-]+(?:\/[\w@.+-]+)*$/.test(text) && extensions.some((extension) => text.length > extension.length && text.endsWith(extension))
  )
}

function unquote(name: string): string {
  return /^(["'`])(.*)\1$/.exec(name)?.[2]?.trim() ?? name
}
