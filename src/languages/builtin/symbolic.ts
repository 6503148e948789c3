import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'
import { directoryOf } from './sources.ts'

export const racket: Language = {
  name: 'racket',
  title: 'Racket',
  aliases: ['rkt'],
  extensions: ['.rkt'],
  toolchains: interpreted(['racket'], [], UTF8_LOCALE),
  packages: { debian: ['racket'], images: ['polyglot'] },
  kernel: 'racket',
}

export const scheme: Language = {
  name: 'scheme',
  title: 'Scheme',
  aliases: ['scm', 'guile', 'ss'],
  extensions: ['.scm', '.ss'],
  // Guile would keep compiled files in the home directory, and print that it does.
  toolchains: ['guile', 'guile3.0', 'guile-3.0'].map((name) => ({
    programs: [name],
    run: (unit, args) => [unit.program(name), '--no-auto-compile', '-L', directoryOf(unit.entryPoint), '-s', unit.entryPoint, ...args],
    ...UTF8_LOCALE,
  })),
  packages: { debian: ['guile-3.0'], images: ['polyglot'] },
  kernel: 'calysto_scheme',
}

export const commonlisp: Language = {
  name: 'commonlisp',
  title: 'Common Lisp',
  aliases: ['common-lisp', 'common lisp', 'lisp', 'cl', 'sbcl'],
  extensions: ['.lisp', '.lsp', '.cl'],
  toolchains: interpreted(['sbcl'], ['--script'], UTF8_LOCALE),
  packages: { debian: ['sbcl'], images: ['polyglot'] },
  kernel: 'common-lisp',
}

export const prolog: Language = {
  name: 'prolog',
  title: 'Prolog',
  aliases: ['swipl', 'swi-prolog', 'pro'],
  extensions: ['.pl', '.pro', '.prolog'],
  toolchains: [
    {
      programs: ['swipl'],
      // Any goal keeps the banner away; -q would, too, but hides warnings and why a goal failed.
      run: (unit, args) => [unit.program('swipl'), '--on-error=halt', '-g', goal(unit), '-t', 'halt', unit.entryPoint, '--', ...args],
      ...UTF8_LOCALE,
    },
  ],
  packages: { debian: ['swi-prolog-nox'], images: ['polyglot'] },
}

/** A program that does not start itself is started at main/0, if it has one. */
function goal(unit: Unit): string {
  const startsItself = /^\s*:-\s*(?:initialization\b|main\b)/m.test(unit.source)
  return !startsItself && /^main\s*(?::-|\.|-->)/m.test(unit.source) ? 'main' : 'true'
}
