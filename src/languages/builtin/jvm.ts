import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'
import { directoryOf, packagePrefix, stemOf, topLevelTypes } from './sources.ts'

// Before Java 18 file.encoding decides, later the other two do. The locale decides how arguments are read.
const UTF8_STREAMS = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-Dstderr.encoding=UTF-8']
// A compiler runs for a second: the best code and several collector threads cost more than they bring.
const SHORT_LIVED = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

export const java: Language = {
  name: 'java',
  title: 'Java',
  aliases: ['openjdk'],
  extensions: ['.java'],
  fileName: (source) => `${publicType(source) ?? mainType(source, 'Main')}.java`,
  toolchains: [
    {
      programs: ['javac', 'java'],
      compile: (unit) => [
        [unit.program('javac'), ...SHORT_LIVED.map((flag) => `-J${flag}`), '-encoding', 'UTF-8', '-d', unit.buildDir, ...unit.sources],
      ],
      run: (unit, args) => [unit.program('java'), ...UTF8_STREAMS, '-cp', unit.buildDir, javaMain(unit), ...args],
      ...UTF8_LOCALE,
    },
  ],
  packages: { debian: ['default-jdk-headless'], images: ['polyglot'] },
  kernel: 'java',
}

function javaMain(unit: Unit): string {
  return packagePrefix(unit.source) + mainType(unit.source, stemOf(unit.entryPoint))
}

function publicType(source: string): string | undefined {
  return topLevelTypes(source).types.find((type) => /\bpublic\b/.test(type.header))?.name
}

/** The type whose main runs: the one named as the file if it has one, else the first that has one. */
function mainType(source: string, stem: string): string {
  const withMain = topLevelTypes(source).types.filter((type) => /\bvoid\s+main\s*\(/.test(type.body))
  return (withMain.find((type) => type.name === stem) ?? withMain[0])?.name ?? stem
}

export const kotlin: Language = {
  name: 'kotlin',
  title: 'Kotlin',
  aliases: ['kt'],
  extensions: ['.kt'],
  // The kotlin launcher takes arguments that begin with -D or -J for itself, so the library goes into the archive.
  toolchains: [
    {
      programs: ['kotlinc', 'java'],
      compile: (unit) => [
        [
          unit.program('kotlinc'),
          ...[...SHORT_LIVED, '-XX:-PrintWarnings'].map((flag) => `-J${flag}`),
          '-nowarn',
          '-include-runtime',
          '-d',
          archiveOf(unit),
          ...unit.sources,
        ],
      ],
      run: (unit, args) => [unit.program('java'), ...UTF8_STREAMS, '-cp', archiveOf(unit), kotlinMain(unit), ...args],
      ...UTF8_LOCALE,
    },
  ],
  packages: { debian: ['kotlin'], other: 'https://kotlinlang.org/docs/command-line.html', images: ['polyglot'] },
  kernel: 'kotlin',
}

function archiveOf(unit: Unit): string {
  return `${unit.buildDir}/program.jar`
}

/** A function outside every class belongs to a class named after the file. */
function kotlinMain(unit: Unit): string {
  const { types, rest } = topLevelTypes(unit.source)
  const holder = /\bfun\s+main\s*\(/.test(rest) ? undefined : types.find((type) => /\bfun\s+main\s*\(/.test(type.body))?.name
  return packagePrefix(unit.source) + (holder ?? renamed(unit.source) ?? fileClass(stemOf(unit.entryPoint)))
}

function renamed(source: string): string | undefined {
  return /@file\s*:\s*JvmName\s*\(\s*"(\w+)"\s*\)/.exec(source)?.[1]
}

function fileClass(stem: string): string {
  const word = stem.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_')
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}Kt`
}

export const scala: Language = {
  name: 'scala',
  title: 'Scala',
  aliases: ['scala2', 'scala3'],
  extensions: ['.scala', '.sc'],
  toolchains: [
    {
      // The server would outlive the program.
      programs: ['scala-cli'],
      compile: (unit) => [[unit.program('scala-cli'), 'compile', ...scalaCli(unit)]],
      run: (unit, args) => [unit.program('scala-cli'), 'run', ...scalaCli(unit), '--', ...args],
      ...UTF8_LOCALE,
    },
    {
      // Up to Scala 3.4. Its launcher keeps arguments that begin with -D or -J, and -debug, for itself.
      programs: ['scalac', 'scala'],
      compile: (unit) => [
        [unit.program('scalac'), ...SHORT_LIVED.map((flag) => `-J${flag}`), '-encoding', 'UTF-8', '-d', unit.buildDir, ...unit.sources],
      ],
      run: (unit, args) => [unit.program('scala'), ...UTF8_STREAMS, '-cp', unit.buildDir, scalaMain(unit), ...args],
      ...UTF8_LOCALE,
    },
  ],
  packages: { debian: ['scala', 'default-jdk-headless'], other: 'https://www.scala-lang.org/download', images: ['polyglot'] },
  kernel: 'scala',
}

function scalaCli(unit: Unit): readonly string[] {
  return ['--server=false', '--quiet', '--workspace', unit.buildDir, ...unit.sources]
}

function scalaMain(unit: Unit): string {
  const { types } = topLevelTypes(unit.source)
  const annotated = /@main\s+def\s+(\w+)/.exec(unit.source)?.[1]
  const object = types.find(
    (type) => /\bobject\b/.test(type.header) && (/\bextends\b.*\bApp\b/s.test(type.header) || /\bdef\s+main\b/.test(type.body)),
  )
  // Scala 3 may leave out the braces.
  const indented = /\bobject\s+(\w+)(?:\s+extends\s+App\b|\s*:\s*\n(?:.*\n)*?\s+def\s+main\b)/.exec(unit.source)?.[1]
  return packagePrefix(unit.source) + (annotated ?? object?.name ?? indented ?? 'Main')
}

export const groovy: Language = {
  name: 'groovy',
  title: 'Groovy',
  aliases: ['gvy'],
  extensions: ['.groovy', '.gvy'],
  toolchains: interpreted(['groovy'], ['--encoding=UTF-8'], { env: () => ({ ...UTF8_LOCALE.env(), JAVA_OPTS: UTF8_STREAMS.join(' ') }) }),
  packages: { debian: ['groovy'], images: ['polyglot'] },
  kernel: 'groovy',
}

export const clojure: Language = {
  name: 'clojure',
  title: 'Clojure',
  aliases: ['clj', 'cljc'],
  extensions: ['.clj', '.cljc'],
  // Two programs go by the name of clojure: the one that comes with clj wants -M, Debian's has no such flag.
  toolchains: [
    {
      programs: ['clojure', 'clj'],
      run: (unit, args) => {
        const paths = classPath(unit).map((path) => JSON.stringify(path))
        return [unit.program('clojure'), '-Sdeps', `{:paths [${paths.join(' ')}]}`, '-M', ...clojureFile(unit), ...args]
      },
      ...UTF8_LOCALE,
    },
    {
      programs: ['clojure'],
      run: (unit, args) => [unit.program('clojure'), ...clojureFile(unit), ...args],
      env: (unit) => ({ ...UTF8_LOCALE.env(), CLASSPATH: classPath(unit).join(':') }),
    },
  ],
  packages: { debian: ['clojure'], images: ['polyglot'] },
}

/** Where `require` looks. */
function classPath(unit: Unit): readonly string[] {
  return [...new Set([directoryOf(unit.entryPoint), '.', 'src'])]
}

/** The report of an uncaught exception would be a file in /tmp. */
function clojureFile(unit: Unit): readonly string[] {
  return ['--report', 'stderr', unit.entryPoint]
}
