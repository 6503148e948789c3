import { CodeExecutorError, type CodeSource, type LanguageName, type Termination } from '../core/index.ts'
import type { KernelWords, Language, Surrounding } from '../languages/index.ts'
import { readProgramSource, type ProgramSource } from '../workspace/index.ts'
import { CellRecorder, type CellRecord } from './cell-record.ts'
import type { LanguageStatus } from './command-executor.ts'
import type { Cell, CellIo, KernelBackend } from './kernel-backend.ts'
import { withoutColours } from './terminal-codes.ts'
import { ManagedExecutor, type Job, type ManagedExecutorOptions } from './managed-executor.ts'
import type { RunOptions } from './run-options.ts'
import type { Run } from './run.ts'

/** Options of an executor over a {@link KernelBackend}. */
export interface KernelExecutorOptions extends Omit<ManagedExecutorOptions, 'concurrency'> {
  /** Calls at the same time. A kernel runs one cell after the other, so there is no other value. @defaultValue 1 */
  readonly concurrency?: 1
}

/**
 * An executor over a place that feeds kernels. Names that one call defines are there for the next one; calls at the same time
 * queue, in the order they came.
 */
export class KernelExecutor extends ManagedExecutor {
  readonly #backend: KernelBackend
  readonly #name: string
  readonly #recordings = new Set<(cell: CellRecord) => void>()

  constructor(backend: KernelBackend, options: KernelExecutorOptions = {}) {
    if (options.concurrency !== undefined && options.concurrency !== 1) throw queues(options.concurrency)
    super(backend, options, 1)
    this.#backend = backend
    this.#name = backend.name
  }

  /** Looks which of its languages have a kernel. Starts the executor. */
  inspectLanguages(): Promise<readonly LanguageStatus[]> {
    return this.whileOpen(async () => this.languages.languages.map((language) => this.#inspect(language)))
  }

  /**
   * Hears of every cell that ends from now on, with its outputs in order: what a notebook of the session is made from.
   * Returns what ends it.
   */
  recordCells(listener: (cell: CellRecord) => void): () => void {
    // A function of its own, so that one listener can be given twice.
    const recording = (cell: CellRecord): void => listener(cell)
    this.#recordings.add(recording)
    return () => void this.#recordings.delete(recording)
  }

  protected override prepare(source: CodeSource, languageName: LanguageName, options: RunOptions): Job {
    const language = this.languages.resolve(languageName)
    const program = readProgramSource(source, language.extensions, options.entryPoint)
    const surroundings = this.#surroundings(language, options)
    const code = codeOf(program, language.inKernel)
    let kernel = ''
    return {
      ready: async (signal) => {
        kernel = await this.#backend.readyKernel(language, signal)
      },
      run: async (run) => {
        if (program.kind === 'files') await this.#backend.writeFiles(program.files, run.signal)
        run.startPhase('run')
        for (const { before } of surroundings) await this.#runQuietly({ kernel, code: before, silent: true }, run)
        try {
          return await this.#runCell({ kernel, code, ...(options.stdin && { stdin: options.stdin }) }, language, run)
        } finally {
          // After an abort, too: the next cell is not to find what was this one's.
          for (const { after } of surroundings.toReversed()) await this.#runQuietly({ kernel, code: after, silent: true }, run, false)
        }
      },
    }
  }

  #inspect(language: Language): LanguageStatus {
    try {
      const kernel = this.#backend.findKernel(language)
      return { language, programs: new Map([[kernel, `kernel ${kernel}`]]) }
    } catch (error) {
      if (CodeExecutorError.is(error, 'LANGUAGE_UNAVAILABLE')) return { language, error }
      throw error
    }
  }

  async #runCell(cell: Cell, language: Language, run: Run): Promise<Termination> {
    const io: CellIo = {
      signal: run.signal,
      onOutput: run.writeOutput,
      onError: run.writeError,
      onDisplay: ({ kind, id, data, metadata }) => {
        if (kind === 'update' && id !== undefined) run.replaceDisplay(id, { data, metadata })
        else run.addDisplay({ data, metadata }, id)
      },
      onRaised: ({ traceback }) => run.writeError(Buffer.from(`${withoutColours(traceback.join('\n'))}\n`)),
      onClear: (wait) => run.clear(wait),
      onCount: () => {},
      onStateLost: run.loseState,
    }
    if (this.#recordings.size === 0) return this.#backend.runCell(cell, io)
    const recorder = new CellRecorder({ code: cell.code, language: language.name, kernel: cell.kernel }, this.limits.outputBytes)
    try {
      return await this.#backend.runCell(cell, recorder.listen(io))
    } finally {
      const record = recorder.finish()
      for (const listener of this.#recordings) listener(record)
    }
  }

  /** What it prints is nobody's. An abort before it is one of the run; afterwards it is run all the same. */
  async #runQuietly(cell: Cell, run: Run, heedsAbort = true): Promise<void> {
    if (heedsAbort) run.signal.throwIfAborted()
    const nothing = (): void => {}
    const silent = { onOutput: nothing, onError: nothing, onDisplay: nothing, onRaised: nothing, onClear: nothing, onCount: nothing }
    const signal = heedsAbort ? run.signal : AbortSignal.timeout(TIDY_LIMIT_MS)
    await this.#backend.runCell(cell, { ...silent, onStateLost: run.loseState, signal })
  }

  /** @throws `CAPABILITY_UNSUPPORTED` for what the kernels of a language cannot be asked */
  #surroundings({ title, inKernel = {} }: Language, { args, env }: RunOptions): readonly Surrounding[] {
    const hasEnv = Object.keys(env).length > 0
    if (args.length > 0 && inKernel.withArguments === undefined) throw this.#unsupported('args', title)
    if (hasEnv && inKernel.withEnvironment === undefined) throw this.#unsupported('env', title)
    return [
      ...(args.length > 0 && inKernel.withArguments ? [inKernel.withArguments(args)] : []),
      ...(hasEnv && inKernel.withEnvironment ? [inKernel.withEnvironment(env)] : []),
    ]
  }

  #unsupported(option: string, title: string): CodeExecutorError<'CAPABILITY_UNSUPPORTED'> {
    const missing = `a kernel has no command line, and nobody said how one of ${title} takes options.${option}; see inKernel of the languages option`
    return new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The ${this.#name} executor cannot do that: ${missing}.`, {
      executor: this.#name,
      capability: option,
      missing,
    })
  }
}

/** How long putting things back after a cell may take. */
const TIDY_LIMIT_MS = 5_000

/** The code that runs a program in its kernel: the text itself, or what runs the entry point. */
function codeOf(program: ProgramSource, words: KernelWords | undefined): string {
  if (program.kind === 'text') return program.text
  const { entryPoint, files } = program
  return words?.runFile?.(entryPoint) ?? Buffer.from(files.get(entryPoint) ?? []).toString('utf8')
}

function queues(value: unknown): CodeExecutorError<'INVALID_ARGUMENT'> {
  const message =
    'concurrency must be 1: a kernel runs one cell after the other. Make one executor for each session that is to run at the same time.'
  return new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'concurrency', value })
}
