import type { Language, Unit } from '../language.ts'
import { compiled } from '../toolchains.ts'
import { directoriesWith, inOrderOfNeed } from './sources.ts'

export const fortran: Language = {
  name: 'fortran',
  title: 'Fortran',
  aliases: ['f90', 'f95', 'f03', 'f08', 'gfortran', 'fortran90'],
  extensions: ['.f90', '.f95', '.f03', '.f08', '.f', '.for'],
  // Standard Fortran cuts a line at column 132 without a word about it.
  toolchains: compiled(['gfortran', 'flang'], (compiler, unit, executable) => [
    [compiler, '-O2', '-ffree-line-length-none', `-J${unit.buildDir}`, '-o', executable, ...modulesFirst(unit)],
  ]),
  packages: { debian: ['gfortran'], images: ['polyglot'] },
}

/** A Fortran compiler reads each file once, so a module must come before the files that use it. */
function modulesFirst(unit: Unit): readonly string[] {
  if (unit.sources.length < 2) return unit.sources
  const provider = new Map<string, string>()
  for (const file of unit.sources) {
    for (const name of wordsAfter(
      /^\s*(?:sub)?module\s+(?!procedure\b|subroutine\b|function\b)(?:\([^)]*\)\s*)?(\w+)/gim,
      unit.textOf(file),
    ))
      provider.set(name, file)
  }
  return inOrderOfNeed(unit.sources, (file) => {
    const used = wordsAfter(/^\s*(?:use(?:\s*,[^:]*)?(?:\s*::)?\s*|submodule\s*\(\s*)(\w+)/gim, unit.textOf(file))
    return used.map((name) => provider.get(name) ?? file)
  })
}

function wordsAfter(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? '').toLowerCase())
}

export const pascal: Language = {
  name: 'pascal',
  title: 'Pascal',
  aliases: ['pas', 'fpc', 'freepascal', 'objectpascal'],
  extensions: ['.pas', '.pp', '.lpr', '.dpr'],
  // -l- leaves out the logo, -v0ew all but errors and warnings.
  toolchains: compiled(['fpc'], (compiler, unit, executable) => [
    [
      compiler,
      '-l-',
      '-v0ew',
      '-O2',
      `-FE${unit.buildDir}`,
      `-o${executable}`,
      ...directoriesWith(unit.sources, ['.pas', '.pp']).map((directory) => `-Fu${directory}`),
      unit.entryPoint,
    ],
  ]),
  packages: { debian: ['fp-compiler'], images: ['polyglot'] },
}
