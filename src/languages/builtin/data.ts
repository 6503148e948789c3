import type { Language } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const r: Language = {
  name: 'r',
  title: 'R',
  aliases: ['rscript', 'rlang', 'gnu-r'],
  extensions: ['.R', '.r'],
  toolchains: interpreted(['Rscript'], [], UTF8_LOCALE),
  packages: { debian: ['r-base-core'] },
  kernel: 'ir',
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
  toolchains: interpreted(['octave-cli', 'octave'], ['--quiet', '--no-gui', '--no-history'], UTF8_LOCALE),
  packages: { debian: ['octave'] },
  kernel: 'octave',
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
  packages: { debian: ['sqlite3'] },
}

function quoted(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
