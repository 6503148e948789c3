import type { Language, Unit } from '../languages/index.ts'
import { OWN_PREFIX, type ProgramSource } from '../workspace/index.ts'
import type { FoundToolchain } from './toolchain-finder.ts'

/** Where the files of one run go. */
export interface Layout {
  readonly unit: Unit
  readonly files: ReadonlyMap<string, Uint8Array>
  /** What the toolchain wants besides. */
  readonly buildFiles: ReadonlyMap<string, Uint8Array>
  readonly needsBuildDir: boolean
  /** What is removed after the run. */
  readonly temporary: readonly string[]
}

/** Names the files of a run. The same `id` gives the same names. */
export function layOut(program: ProgramSource, language: Language, { toolchain, programs }: FoundToolchain, id: string): Layout {
  const buildDir = OWN_PREFIX + id
  const named = program.kind === 'text' ? nameText(program.text, language, buildDir, id) : undefined
  const files = new Map(program.kind === 'text' ? [[named ?? '', program.content]] : program.files)
  const entryPoint = named ?? (program.kind === 'files' ? program.entryPoint : '')
  const textOf = (path: string): string => Buffer.from(files.get(path.replace(/^\.\//, '')) ?? []).toString('utf8')
  const unit: Unit = {
    entryPoint: notAFlag(entryPoint),
    source: textOf(entryPoint),
    textOf,
    sources: [...files.keys()]
      .filter((path) => path === entryPoint || language.extensions.some((extension) => path.endsWith(extension)))
      .map(notAFlag),
    files: [...files.keys()].map(notAFlag),
    buildDir,
    program: (name) => programs.get(name) ?? name,
  }
  const buildFiles = new Map<string, Uint8Array>()
  for (const [name, content] of Object.entries(toolchain.buildFiles?.(unit) ?? {}))
    buildFiles.set(`${buildDir}/${name}`, Buffer.from(content))
  const needsBuildDir =
    toolchain.compile !== undefined || buildFiles.size > 0 || [...files.keys()].some((path) => path.startsWith(`${buildDir}/`))
  return {
    unit,
    files,
    buildFiles,
    needsBuildDir,
    temporary: [...(named === undefined ? [] : [named]), ...(needsBuildDir ? [buildDir] : [])],
  }
}

/** A program given as text stands beside the files of earlier runs, so that it can import them. */
function nameText(text: string, language: Language, buildDir: string, id: string): string {
  return language.fileName ? `${buildDir}/${language.fileName(text)}` : `main_${id}${language.extensions[0] ?? ''}`
}

/** `-c.py` is a file to us and a flag to an interpreter. */
function notAFlag(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}
