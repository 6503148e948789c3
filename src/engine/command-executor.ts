import {
  CodeExecutorError,
  type BackgroundCommand,
  type BackgroundOptions,
  type CodeSource,
  type CommandEvent,
  type CommandOptions,
  type CommandResult,
  type CommandRunner,
  type CommandSource,
  type LanguageName,
  type Termination,
} from '../core/index.ts'
import type { ExecutorFiles } from '../files/index.ts'
import type { Language } from '../languages/index.ts'
import { FileLeases, randomName, readProgramSource, type ProgramSource } from '../workspace/index.ts'
import type { Command, CommandBackend, CommandExit, WholeProgram } from './command-backend.ts'
import { CommandPlace } from './command-place.ts'
import { readCommandSettings, type CommandSettings } from './commands/command-settings.ts'
import { Commands, ioOf } from './commands/commands.ts'
import { PlaceFiles } from './files/place-files.ts'
import { layOut, type Layout } from './layout.ts'
import { ManagedExecutor, type Job, type ManagedExecutorOptions } from './managed-executor.ts'
import type { RunOptions } from './run-options.ts'
import type { Run } from './run.ts'
import { ToolchainFinder, unavailable, type FoundToolchain } from './toolchain-finder.ts'

/** Options of an executor over a {@link CommandBackend}. */
export interface CommandExecutorOptions extends ManagedExecutorOptions {
  /** Keeps what a run leaves: the file of a program given as text, and what compiling made. @defaultValue false */
  readonly keepFiles?: boolean
  /** The program that reads commands given as text; it takes `-c` and the text. @defaultValue `/bin/sh` */
  readonly shell?: string
  /**
   * The only commands that may run: regular expressions, each for a whole command with its arguments. No shell runs then, a
   * call gives no variables, and `executeCode` is refused. The syntax is RE2's. @defaultValue every command
   */
  readonly allowedCommands?: readonly (RegExp | string)[]
  /** With {@link allowedCommands}: lets `executeCode` run programs, which no pattern looks at. @defaultValue false */
  readonly allowCode?: boolean
  /** Commands in the background at the same time; another one is refused. @defaultValue 8 */
  readonly backgroundCommands?: number
}

/** The names of the options above, besides those that every executor has. */
export const COMMAND_OPTION_NAMES = ['keepFiles', 'shell', 'allowedCommands', 'allowCode', 'backgroundCommands'] as const

/** Whether a place has a language: where its programs are, or the error that says what is missing. */
export type LanguageStatus =
  | { readonly language: Language; readonly programs: ReadonlyMap<string, string>; readonly error?: undefined }
  | { readonly language: Language; readonly programs?: undefined; readonly error: CodeExecutorError<'LANGUAGE_UNAVAILABLE'> }

/** Runs at once when nothing else is said. */
const DEFAULT_CONCURRENCY = 4

/** An executor over a place that runs commands. */
export class CommandExecutor extends ManagedExecutor implements CommandRunner {
  /** The files of the working directory, under the paths that programs see. The first call starts the executor. */
  readonly files: ExecutorFiles
  readonly #place: CommandPlace
  readonly #toolchains: ToolchainFinder
  readonly #leases: FileLeases
  readonly #keepFiles: boolean
  readonly #environment: Readonly<Record<string, string>>
  readonly #settings: CommandSettings
  readonly #commands: Commands

  constructor(backend: CommandBackend, options: CommandExecutorOptions = {}, defaultConcurrency = DEFAULT_CONCURRENCY) {
    super(backend, options, defaultConcurrency)
    this.#place = new CommandPlace(backend)
    this.#leases = new FileLeases(this.#place.sameNames)
    this.#toolchains = new ToolchainFinder(this.#place, backend.name)
    this.#keepFiles = options.keepFiles ?? false
    this.#environment = backend.environment ?? {}
    this.files = new PlaceFiles(this.#place, backend.name, backend.fileStore, (work, signal) => this.whileOpen(work, signal))
    this.#settings = readCommandSettings(options)
    this.#commands = new Commands({
      ...this.#settings,
      place: this.#place,
      timeoutMs: this.limits.timeoutMs,
      outputBytes: this.limits.outputBytes,
      assertUsable: () => this.assertUsable(),
      start: () => this.start(),
      runJob: (job, call) => this.runJob(job, call),
    })
  }

  runCommand(command: CommandSource, options?: CommandOptions): Promise<CommandResult> {
    return this.#commands.runCommand(command, options)
  }

  streamCommand(command: CommandSource, options?: CommandOptions): AsyncIterable<CommandEvent> {
    return this.#commands.streamCommand(command, options)
  }

  startCommand(command: CommandSource, options?: BackgroundOptions): Promise<BackgroundCommand> {
    return this.#commands.startCommand(command, options)
  }

  findCommand(id: string): BackgroundCommand | undefined {
    return this.#commands.findCommand(id)
  }

  listCommands(): readonly BackgroundCommand[] {
    return this.#commands.listCommands()
  }

  /** Looks which of its languages the place has. Starts the executor. */
  inspectLanguages(): Promise<readonly LanguageStatus[]> {
    return this.whileOpen((signal) => Promise.all(this.languages.languages.map((language) => this.#inspect(language, signal))))
  }

  override async restart(): Promise<void> {
    this.#toolchains.forget()
    await this.reopen()
  }

  /** The same for a place that will have the very programs it has now. */
  protected async reopen(): Promise<void> {
    await super.restart()
    this.#commands.forgetEnded()
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
    if (!this.#settings.allowCode) throw codeRefused(language.name)
    const program = readProgramSource(source, language.extensions, options.entryPoint)
    if (this.#place.runsWhole) {
      const whole = this.#wholeProgram(program, language, options)
      this.#place.assertTakes(whole)
      return { run: (run) => this.#runWhole(program, whole, language, run) }
    }
    const job = async (run: Run): Promise<Termination> => {
      const found = await this.#toolchains.find(language, run.signal)
      const release = program.kind === 'files' ? await this.#leases.acquire(program.files, run.signal) : undefined
      try {
        return await this.#runProgram(layOut(program, language, found, randomName(4)), found, options, run)
      } catch (error) {
        if (CodeExecutorError.is(error, 'BACKEND_REJECTED')) await this.#lookAgain(language, run.signal)
        throw error
      } finally {
        release?.()
      }
    }
    return { run: job }
  }

  /** Hands everything on to a place that does all of it in one go. */
  async #runWhole(program: ProgramSource, whole: WholeProgram, language: Language, run: Run): Promise<Termination> {
    const release = program.kind === 'files' ? await this.#leases.acquire(program.files, run.signal) : undefined
    try {
      run.signal.throwIfAborted()
      const io = { ...ioOf(run), onPhase: run.startPhase.bind(run), holdDeadline: run.holdDeadline }
      const exit = await this.#place.runWhole(whole, io)
      if (exit.kind === 'no-way') throw unavailable(language, this.name)
      return exit
    } finally {
      release?.()
    }
  }

  #wholeProgram(program: ProgramSource, language: Language, options: RunOptions): WholeProgram {
    const id = randomName(4)
    const layouts = language.toolchains.map((toolchain) => ({
      toolchain,
      layout: layOut(program, language, { toolchain, programs: new Map() }, id),
    }))
    const ways = layouts.map(({ toolchain, layout: { unit, buildFiles, needsBuildDir } }) => {
      const env = { ...this.#weaker(toolchain.env?.(unit) ?? {}), ...options.env }
      return {
        programs: toolchain.programs,
        files: buildFiles,
        directory: needsBuildDir ? unit.buildDir : undefined,
        compile: (toolchain.compile?.(unit) ?? []).map((argv) => ({ argv, env })),
        run: { argv: toolchain.run(unit, options.args), env, ...(options.stdin && { stdin: options.stdin }) },
      }
    })
    const temporary = this.#keepFiles ? [] : layouts.flatMap(({ layout }) => layout.temporary)
    return {
      language: language.name,
      files: layouts[0]?.layout.files ?? new Map(),
      ways,
      temporary: [...new Set(temporary)],
      timeoutMs: options.timeoutMs,
    }
  }

  async #runProgram(layout: Layout, { toolchain }: FoundToolchain, options: RunOptions, run: Run): Promise<Termination> {
    const { unit } = layout
    const files = new Map([...layout.files, ...layout.buildFiles])
    const env = { ...this.#weaker(toolchain.env?.(unit) ?? {}), ...options.env }
    const main: Command = { argv: toolchain.run(unit, options.args), env, ...(options.stdin && { stdin: options.stdin }) }
    const temporary = this.#keepFiles ? [] : layout.temporary
    run.signal.throwIfAborted()
    if (!layout.needsBuildDir) {
      run.startPhase('run')
      return this.#place.runProgram({ files, command: main, temporary }, ioOf(run))
    }
    try {
      await this.#place.makeDirectory(unit.buildDir, run.signal)
      await this.#place.writeFiles(files, run.signal)
      if (toolchain.compile) {
        run.startPhase('compile')
        for (const argv of toolchain.compile(unit)) {
          const exit = await this.#runCommand({ argv, env }, run)
          if (exit.kind !== 'exited' || exit.exitCode !== 0) return exit
        }
      }
      run.startPhase('run')
      return await this.#runCommand(main, run)
    } finally {
      await this.#place.remove(temporary)
    }
  }

  /** What a language sets for itself, as far as the place does not say otherwise. */
  #weaker(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in this.#environment)))
  }

  async #runCommand(command: Command, run: Run): Promise<CommandExit> {
    run.signal.throwIfAborted()
    return this.#place.run(command, ioOf(run))
  }
}

function codeRefused(language: string): CodeExecutorError<'CODE_REJECTED'> {
  const message =
    'Only allowed commands may run here, and a program could run any. Make the executor with allowCode: true, or use another one for programs.'
  return new CodeExecutorError('CODE_REJECTED', message, { language, rule: 'allowedCommands', path: undefined, line: 1 })
}
