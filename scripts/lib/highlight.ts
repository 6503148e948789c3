import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** What stands out in a line of code of any language, first match first. */
const PARTS: readonly { readonly pattern: RegExp; readonly format: Format }[] = [
  { pattern: /(?:#|\/\/).*$/y, format: 'gray' },
  { pattern: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/y, format: 'green' },
  {
    pattern:
      /\b(?:and|as|async|await|break|class|const|continue|def|elif|else|except|export|finally|fn|for|from|func|function|if|import|in|is|lambda|let|new|not|or|pass|print|raise|return|throw|try|var|while|with|yield)\b/y,
    format: 'magenta',
  },
  { pattern: /\b\d[\d_.]*\b/y, format: 'cyan' },
  { pattern: /\w+|\s+|./y, format: 'reset' },
]

/** A line of code in colours, where the terminal has them. */
export function highlight(line: string): string {
  let out = ''
  for (let at = 0; at < line.length;) {
    const found = PARTS.map(({ pattern, format }) => ({ text: matchAt(pattern, line, at), format })).find(({ text }) => text !== '')
    const text = found?.text ?? line.charAt(at)
    out += found === undefined || found.format === 'reset' ? text : styleText(found.format, text, { stream: process.stdout })
    at += text.length
  }
  return out
}

function matchAt(pattern: RegExp, line: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0] ?? ''
}
