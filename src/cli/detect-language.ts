import { basename } from 'node:path'
import type { Language, LanguageRegistry } from '../languages/index.ts'
import { invalid } from './errors.ts'

/** How much of a file is searched for its first line. */
const SHEBANG_BYTES = 512

/** What a program may be recognized by. */
export interface Clues {
  /** What the user said. */
  readonly wanted: string | undefined
  /** The first file, or `undefined` for a program without a name. */
  readonly path: string | undefined
  readonly content: Uint8Array
}

/**
 * The language of a program: what the user said, else what the extension says, else the `#!` line.
 * @throws `LANGUAGE_UNKNOWN`, `INVALID_ARGUMENT`
 */
export function detectLanguage({ wanted, path, content }: Clues, registry: LanguageRegistry): Language {
  if (wanted !== undefined) return registry.resolve(wanted)
  const found = (path === undefined ? undefined : byExtension(path, registry)) ?? byShebang(content, registry)
  if (found !== undefined) return found
  const looked =
    path === undefined ? 'The program has no file name and no #! line' : `${path} has no extension that a language uses, and no #! line`
  throw invalid('--language', undefined, `${looked}. Say what it is with --language NAME; "polyrun languages" lists the names.`)
}

function byExtension(path: string, { languages }: LanguageRegistry): Language | undefined {
  // .R and .r can be two things in one table; only where nothing fits exactly, case does not matter.
  return (
    languages.find((language) => language.extensions.some((extension) => path.endsWith(extension))) ??
    languages.find((language) => language.extensions.some((extension) => path.toLowerCase().endsWith(extension.toLowerCase())))
  )
}

function byShebang(content: Uint8Array, { languages }: LanguageRegistry): Language | undefined {
  const program = shebangProgram(Buffer.from(content.subarray(0, SHEBANG_BYTES)).toString('utf8'))
  if (program === undefined) return undefined
  const unversioned = program.replace(/[\d.]+$/, '')
  for (const name of [program, unversioned]) {
    const found =
      languages.find((language) => language.name === name || language.aliases.includes(name)) ??
      languages.find((language) => language.toolchains.some((toolchain) => toolchain.programs[0] === name))
    if (found !== undefined) return found
  }
  return undefined
}

/** `python3` of `#!/usr/bin/env -S LANG=C python3 -u`. */
function shebangProgram(text: string): string | undefined {
  const words = /^#!([^\r\n]*)/.exec(text)?.[1]?.trim().split(/\s+/) ?? []
  const isEnv = basename(words[0] ?? '') === 'env'
  const program = isEnv ? words.slice(1).find((word) => !word.startsWith('-') && !word.includes('=')) : words[0]
  return program === undefined || program === '' ? undefined : basename(program)
}
