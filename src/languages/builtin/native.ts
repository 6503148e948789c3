import type { CommandLine, Language, Unit } from '../language.ts'
import { compiled } from '../toolchains.ts'
import { directoriesWith, directoryOf } from './sources.ts'

export const c: Language = {
  name: 'c',
  title: 'C',
  aliases: ['c99', 'c11', 'c17', 'gcc'],
  extensions: ['.c'],
  toolchains: compiled(['gcc', 'clang', 'cc'], (compiler, unit, executable) => [
    [compiler, '-O2', ...includes(unit), '-o', executable, ...unit.sources, '-lm', '-pthread'],
  ]),
  packages: { debian: ['gcc', 'libc6-dev'], images: ['polyglot'] },
  kernel: 'c',
}

export const cpp: Language = {
  name: 'cpp',
  title: 'C++',
  aliases: ['c++', 'cxx', 'cc', 'cplusplus', 'g++', 'c++11', 'c++14', 'c++17', 'c++20', 'c++23'],
  extensions: ['.cpp', '.cc', '.cxx', '.c++'],
  toolchains: compiled(['g++', 'clang++', 'c++'], (compiler, unit, executable) => [
    [compiler, '-std=c++20', '-O2', ...includes(unit), '-o', executable, ...unit.sources, '-pthread'],
  ]),
  packages: { debian: ['g++'], images: ['polyglot'] },
  kernel: 'xcpp17',
}

function includes(unit: Unit): readonly string[] {
  return directoriesWith(unit.files, ['.h', '.hpp', '.hh', '.hxx', '.h++', '.inl']).map((directory) => `-I${directory}`)
}

export const rust: Language = {
  name: 'rust',
  title: 'Rust',
  aliases: ['rs', 'rustc'],
  extensions: ['.rs'],
  // Fast code that still stops at an overflow, as in a debug build. Modules are found from the entry point.
  toolchains: compiled(['rustc'], (compiler, unit, executable) => [
    [compiler, '--edition=2021', '-Copt-level=2', '-Cdebug-assertions=on', '--crate-name=program', '-o', executable, unit.entryPoint],
  ]),
  packages: { debian: ['rustc'], images: ['polyglot'] },
  kernel: 'rust',
}

export const go: Language = {
  name: 'go',
  title: 'Go',
  aliases: ['golang'],
  extensions: ['.go'],
  // Version control stamps make a build fail in a repository of somebody else.
  toolchains: compiled(['go'], (compiler, unit, executable) => [goBuild(compiler, unit, executable)]),
  packages: { debian: ['golang-go'], images: ['polyglot'] },
  kernel: 'gonb',
}

/**
 * The given files of the entry point's directory, by name: as a package Go would take, and refuse, whatever else lies in a
 * shared working directory. A go.mod still counts, so the module's other packages are found.
 */
function goBuild(compiler: string, unit: Unit, executable: string): CommandLine {
  const home = directoryOf(unit.entryPoint)
  const files = unit.sources.filter((file) => directoryOf(file) === home && !file.endsWith('_test.go'))
  const root = directoriesWith(unit.files, ['go.mod'])
    .filter((directory) => directory !== '.' && `${home}/`.startsWith(`${directory}/`))
    .reduce((nearest, directory) => (directory.length > nearest.length ? directory : nearest), '')
  if (root === '') return [compiler, 'build', '-buildvcs=false', '-o', executable, ...files]
  // -C is Go 1.20's, so it is used only where the module is not the working directory.
  const up = root.replaceAll(/[^/]+/g, '..')
  return [
    compiler,
    'build',
    '-C',
    root,
    '-buildvcs=false',
    '-o',
    `${up}/${executable}`,
    ...files.map((file) => file.slice(root.length + 1)),
  ]
}

export const nim: Language = {
  name: 'nim',
  title: 'Nim',
  aliases: ['nimlang'],
  extensions: ['.nim'],
  toolchains: compiled(['nim'], (compiler, unit, executable) => [
    [compiler, 'compile', '--hints:off', '--verbosity:0', `--nimcache:${unit.buildDir}/nimcache`, `--out:${executable}`, unit.entryPoint],
  ]),
  packages: { debian: ['nim'] },
}

export const zig: Language = {
  name: 'zig',
  title: 'Zig',
  aliases: ['ziglang'],
  extensions: ['.zig'],
  // The global cache stays in the home directory: it holds the compiled run-time library, seven seconds of work.
  toolchains: compiled(['zig'], (compiler, unit, executable) => [
    [compiler, 'build-exe', `-femit-bin=${executable}`, '--cache-dir', `${unit.buildDir}/cache`, unit.entryPoint],
  ]),
  packages: { other: 'https://ziglang.org/download, or the PyPI package ziglang with its zig linked into the PATH' },
}

export const d: Language = {
  name: 'd',
  title: 'D',
  aliases: ['dlang', 'dmd', 'ldc'],
  extensions: ['.d'],
  toolchains: [
    ...compiled(['ldc2', 'dmd'], (compiler, unit, executable) => [
      [compiler, `-of=${executable}`, `-od=${unit.buildDir}`, `-I=${directoryOf(unit.entryPoint)}`, ...unit.sources],
    ]),
    ...compiled(['gdc'], (compiler, unit, executable) => [
      [compiler, '-o', executable, `-I${directoryOf(unit.entryPoint)}`, ...unit.sources],
    ]),
  ],
  packages: { debian: ['ldc'], images: ['polyglot'] },
}

export const swift: Language = {
  name: 'swift',
  title: 'Swift',
  aliases: ['swiftlang'],
  extensions: ['.swift'],
  toolchains: compiled(['swiftc'], (compiler, unit, executable) => [
    [
      compiler,
      '-O',
      ...asLibrary(unit),
      '-module-name',
      'program',
      '-module-cache-path',
      `${unit.buildDir}/cache`,
      '-o',
      executable,
      ...unit.sources,
    ],
  ]),
  packages: { other: 'https://www.swift.org/install' },
}

/** A single file counts as top-level code, which @main may not stand beside. */
function asLibrary(unit: Unit): readonly string[] {
  return /^\s*@main\b/m.test(unit.source) ? ['-parse-as-library'] : []
}
