import { CodeExecutorError, type CodeSource, type LanguageName, type Termination } from '../core/index.ts'
import type { CommandLine, Language, Unit } from '../languages/index.ts'
import { FileLeases, OWN_PREFIX, randomName, readProgramSource, type ProgramSource } from '../workspace/index.ts'
import type { CommandBackend, CommandExit } from './command-backend.ts'
import { CommandPlace } from './command-place.ts'
import { ManagedExecutor, type Job, type ManagedExecutorOptions } from './managed-executor.ts'
import type { RunOptions } from './run-options.ts'
import type { Run } from './run.ts'
import { ToolchainFinder, type FoundToolchain } from './toolchain-finder.ts'

/** Options of an executor over a {@link CommandBackend}. */
export interface CommandExecutorOptions extends ManagedExecutorOptions {
  /** Keeps what a run leaves: the file of a program given as text, and what compiling made. @defaultValue false */
  readonly keepFiles?: boolean
}

/** Whether a place has a language: where its programs are, or the error that says what is missing. */
export type LanguageStatus =
  | { readonly language: Language; readonly programs: ReadonlyMap<string, string>; readonly error?: undefined }
  | { readonly language: Language; readonly programs?: undefined; readonly error: CodeExecutorError<'LANGUAGE_UNAVAILABLE'> }

/** Runs at once when nothing else is said. */
const DEFAULT_CONCURRENCY = 4

/** An executor over a place that runs commands. */
export class CommandExecutor extends ManagedExecutor {
  readonly #place: CommandPlace
  readonly #toolchains: ToolchainFinder
  readonly #leases = new FileLeases()
  readonly #keepFiles: boolean
  readonly #environment: Readonly<Record<string, string>>

  constructor(backend: CommandBackend, options: CommandExecutorOptions = {}, defaultConcurrency = DEFAULT_CONCURRENCY) {
    super(backend, options, defaultConcurrency)
    this.#place = new CommandPlace(backend)
    this.#toolchains = new ToolchainFinder(this.#place, backend.name)
    this.#keepFiles = options.keepFiles ?? false
    this.#environment = backend.environment ?? {}
  }

  /** Looks which of its languages the place has. Starts the executor. */
  inspectLanguages(): Promise<readonly LanguageStatus[]> {
    return this.whileOpen((signal) => Promise.all(this.languages.languages.map((language) => this.#inspect(language, signal))))
  }

  override async restart(): Promise<void> {
    this.#toolchains.forget()
    await super.restart()
  }

  /** A place that refuses may have lost the program since it was found. @throws `LANGUAGE_UNAVAILABLE` */
  async #lookAgain(language: Language, signal: AbortSignal): Promise<void> {
    this.#toolchains.forget()
    await this.#toolchains.find(language, signal)
  }

  async #inspect(language: Language, signal: AbortSignal): Promise<LanguageStatus> {
    try {
      return { language, programs: (await this.#toolchains.find(language, signal)).programs }
    } catch (error) {
      if (CodeExecutorError.is(error, 'LANGUAGE_UNAVAILABLE')) return { language, error }
      throw error
    }
  }

  protected override prepare(source: CodeSource, languageName: LanguageName, options: RunOptions): Job {
    const language = this.languages.resolve(languageName)
    const program = readProgramSource(source, language.extensions, options.entryPoint)
    return async (run) => {
      const found = await this.#toolchains.find(language, run.signal)
      const release = program.kind === 'files' ? await this.#leases.acquire(program.files, run.signal) : undefined
      try {
        return await this.#runProgram(layOut(program, language, found), found, options, run)
      } catch (error) {
        if (CodeExecutorError.is(error, 'BACKEND_REJECTED')) await this.#lookAgain(language, run.signal)
        throw error
      } finally {
        release?.()
      }
    }
  }

  async #runProgram(layout: Layout, { toolchain }: FoundToolchain, options: RunOptions, run: Run): Promise<Termination> {
    const { unit } = layout
    const env = { ...this.#weaker(toolchain.env?.(unit) ?? {}), ...options.env }
    try {
      run.signal.throwIfAborted()
      if (layout.needsBuildDir) await this.#place.makeDirectory(unit.buildDir, run.signal)
      await this.#place.writeFiles(layout.files, run.signal)
      if (toolchain.compile) {
        run.startPhase('compile')
        for (const argv of toolchain.compile(unit)) {
          const exit = await this.#runCommand(argv, env, undefined, run)
          if (exit.kind !== 'exited' || exit.exitCode !== 0) return exit
        }
      }
      run.startPhase('run')
      return await this.#runCommand(toolchain.run(unit, options.args), env, options.stdin, run)
    } finally {
      if (!this.#keepFiles) await this.#place.remove(layout.temporary)
    }
  }

  /** What a language sets for itself, as far as the place does not say otherwise. */
  #weaker(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in this.#environment)))
  }

  async #runCommand(
    argv: CommandLine,
    env: Readonly<Record<string, string>>,
    stdin: Uint8Array | undefined,
    run: Run,
  ): Promise<CommandExit> {
    run.signal.throwIfAborted()
    const command = { argv, env, ...(stdin && { stdin }) }
    return this.#place.run(command, { onOutput: run.writeOutput, onError: run.writeError, signal: run.signal })
  }
}

/** Where the files of one run go. */
interface Layout {
  readonly unit: Unit
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly needsBuildDir: boolean
  /** What is removed after the run. */
  readonly temporary: readonly string[]
}

function layOut(program: ProgramSource, language: Language, { toolchain, programs }: FoundToolchain): Layout {
  const id = randomName(4)
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
  for (const [name, content] of Object.entries(toolchain.buildFiles?.(unit) ?? {})) files.set(`${buildDir}/${name}`, Buffer.from(content))
  const needsBuildDir = toolchain.compile !== undefined || [...files.keys()].some((path) => path.startsWith(`${buildDir}/`))
  return { unit, files, needsBuildDir, temporary: [...(named === undefined ? [] : [named]), ...(needsBuildDir ? [buildDir] : [])] }
}

/** A program given as text stands beside the files of earlier runs, so that it can import them. */
function nameText(text: string, language: Language, buildDir: string, id: string): string {
  return language.fileName ? `${buildDir}/${language.fileName(text)}` : `main_${id}${language.extensions[0] ?? ''}`
}

/** `-c.py` is a file to us and a flag to an interpreter. */
function notAFlag(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}
