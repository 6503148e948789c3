import { R_IN_KERNEL } from './kernel-words.ts'
import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const r: Language = {
  name: 'r',
  title: 'R',
  aliases: ['rscript', 'rlang'],
  extensions: ['.R', '.r'],
  toolchains: interpreted(['Rscript'], [], UTF8_LOCALE),
  packages: { debian: ['r-base-core'], images: ['polyglot'] },
  kernel: 'ir',
  inKernel: R_IN_KERNEL,
}

export const julia: Language = {
  name: 'julia',
  title: 'Julia',
  aliases: ['jl'],
  extensions: ['.jl'],
  // The start-up file is for the prompt; it prints, and it loads packages that take seconds.
  toolchains: interpreted(['julia'], ['--startup-file=no', '--history-file=no']),
  packages: { other: 'https://julialang.org/downloads' },
}

export const octave: Language = {
  name: 'octave',
  title: 'GNU Octave',
  aliases: ['m'],
  extensions: ['.m'],
  toolchains: ['octave-cli', 'octave'].map((name) => ({
    programs: [name],
    buildFiles: (unit): Readonly<Record<string, string>> => (startsWithFunction(unit) ? { [SCRIPT]: `1; ${unit.source}` } : {}),
    run: (unit, args) => {
      const file = startsWithFunction(unit) ? `${unit.buildDir}/${SCRIPT}` : unit.entryPoint
      return [unit.program(name), '--quiet', '--no-gui', '--no-history', file, ...args]
    },
    ...UTF8_LOCALE,
  })),
  packages: { debian: ['octave'], images: ['polyglot'] },
  kernel: 'octave',
}

const SCRIPT = 'script.m'

/** Octave takes a file that begins with a function for that function, even when commands follow; another first statement helps. */
function startsWithFunction(unit: Unit): boolean {
  const lines = unit.source.split('\n').filter((line) => !/^\s*(?:[%#].*)?$/.test(line))
  return /^\s*function\b/.test(lines[0] ?? '') && !/^\s*end(?:function)?\b/.test(lines.at(-1) ?? '')
}

export const sql: Language = {
  name: 'sql',
  title: 'SQL (SQLite)',
  aliases: ['sqlite', 'sqlite3'],
  extensions: ['.sql'],
  // The script is a dot command, because SQLite would take it from standard input only; -bail ends it at the first error.
  toolchains: [
    { programs: ['sqlite3'], run: (unit) => [unit.program('sqlite3'), '-batch', '-bail', ':memory:', `.read ${quoted(unit.entryPoint)}`] },
  ],
  packages: { debian: ['sqlite3'], images: ['polyglot'] },
}

function quoted(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
