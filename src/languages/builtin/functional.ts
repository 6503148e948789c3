import type { CommandLine, Language, Unit } from '../language.ts'
import { compiled, executableOf } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'
import { directoryOf, inOrderOfNeed, stemOf } from './sources.ts'

export const haskell: Language = {
  name: 'haskell',
  title: 'Haskell',
  aliases: ['hs', 'ghc'],
  extensions: ['.hs', '.lhs'],
  toolchains: compiled(
    ['ghc'],
    (compiler, unit, executable) => [
      [compiler, '-v0', '-O1', `-i${directoryOf(unit.entryPoint)}`, '-outputdir', unit.buildDir, '-o', executable, unit.entryPoint],
    ],
    UTF8_LOCALE,
  ),
  packages: { debian: ['ghc'], images: ['polyglot'] },
  kernel: 'haskell',
}

export const ocaml: Language = {
  name: 'ocaml',
  title: 'OCaml',
  aliases: ['ml'],
  extensions: ['.ml', '.mli'],
  toolchains: [
    {
      programs: ['ocamlopt', 'ocaml'],
      compile: (unit) => (isScript(unit) ? [] : ocamlSteps(unit.program('ocamlopt'), unit, executableOf(unit))),
      run: (unit, args) => (isScript(unit) ? [unit.program('ocaml'), unit.entryPoint, ...args] : [executableOf(unit), ...args]),
    },
  ],
  packages: { debian: ['ocaml'], images: ['polyglot'] },
}

/** Directives such as #use and a #! line are for the interpreter; the compiler refuses them. */
function isScript(unit: Unit): boolean {
  return /^#(?:!|[a-z]+\s+")/m.test(unit.source)
}

/** One step per file, because only then do its results go where -o says, and one that links. Unix and Str are part of OCaml. */
function ocamlSteps(compiler: string, unit: Unit, executable: string): readonly CommandLine[] {
  const flags = ['-I', '+unix', '-I', '+str', '-I', unit.buildDir]
  const files = ocamlOrder(unit)
  const objectOf = (file: string) => `${unit.buildDir}/${stemOf(file)}${file.endsWith('.mli') ? '.cmi' : '.cmx'}`
  const objects = files.filter((file) => !file.endsWith('.mli')).map(objectOf)
  return [
    ...files.map((file): CommandLine => [compiler, ...flags, '-c', '-o', objectOf(file), file]),
    [compiler, ...flags, '-o', executable, 'unix.cmxa', 'str.cmxa', ...objects],
  ]
}

/** The compiler wants each module after those it names, and an interface before its module. */
function ocamlOrder(unit: Unit): readonly string[] {
  const [only, another] = unit.sources
  if (only === undefined || another === undefined) return unit.sources
  const filesOf = Map.groupBy(unit.sources, (file) => moduleName(file))
  return inOrderOfNeed(unit.sources, (file) => {
    const named = new Set(unit.textOf(file).match(/\b[A-Z]\w*/g))
    const interfaces = file.endsWith('.mli') ? [] : unit.sources.filter((other) => other === `${file}i`)
    return [...interfaces, ...[...named].filter((name) => name !== moduleName(file)).flatMap((name) => filesOf.get(name) ?? [])]
  })
}

function moduleName(file: string): string {
  const stem = stemOf(file)
  return stem.slice(0, 1).toUpperCase() + stem.slice(1)
}
