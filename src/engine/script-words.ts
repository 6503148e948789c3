import { quoteLiterally } from './shell-words.ts'

// Words of scripts that are sent to a shell as bytes: each character of their text stands for one.

/** A word of a script. */
export function scriptWord(text: string): string {
  return quoteLiterally(Buffer.from(text, 'utf8').toString('latin1'))
}

/** A path that no command takes for a flag. */
export function scriptPath(path: string): string {
  return scriptWord(`./${path}`)
}

/** The format and the argument with which `printf` writes these bytes. A shell's word has no NUL. */
export function printfWords(content: Uint8Array): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
  if (!text.includes('\0')) return `%s ${quoteLiterally(text)}`
  return `%b ${quoteLiterally(text.replaceAll('\\', '\\\\').replaceAll('\0', '\\0000'))}`
}

/** Lines that call `no` with `link` and a path for each link on the way: programs may have left some, and nothing is written through one. */
export function linkChecks(paths: Iterable<string>): string[] {
  const checked = new Set<string>()
  for (const path of paths) {
    const parts = path.split('/')
    for (let depth = 1; depth <= parts.length; depth += 1) checked.add(parts.slice(0, depth).join('/'))
  }
  return [...checked].map((path) => `[ -L ${scriptPath(path)} ] && no ${scriptWord(`link ${path}`)}`)
}
