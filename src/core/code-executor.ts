import type { Capability } from './capability.ts'
import type { CodeResult, ExecutionEvent } from './code-result.ts'
import type { LanguageName } from './language-name.ts'
import type { ResolvedLimits } from './resource-limits.ts'

/**
 * A place that runs programs. Local, container, kernel or cloud: all of them are this.
 *
 * A program's failure is data: a non-zero exit, an uncaught exception, a compile error or a signal resolves to a
 * {@link CodeResult}. A limit throws and keeps the evidence in `error.result`. The caller's abort rejects with
 * `signal.reason`. Everything else that goes wrong is a `CodeExecutorError` with a stable `code`.
 */
export interface CodeExecutor extends AsyncDisposable {
  /** What it calls itself in errors and logs. */
  readonly name: string
  /** What it can be asked to do. */
  readonly capabilities: ReadonlySet<Capability>
  /** What a run may use, for people who decide about one; absent where the executor cannot tell. */
  readonly limits?: ExecutorLimits | undefined
  /**
   * Makes the place ready. Optional: the first run does it. A failed start can be tried again.
   * @throws `EXECUTOR_STOPPED` after `stop`, `BACKEND_UNREACHABLE`, `START_TIMEOUT`, or `signal.reason`
   */
  start(options?: StartOptions): Promise<void>
  /**
   * Runs a program to its end.
   * @throws `TimeoutError` and `ResourceExhaustedError` with everything printed until then in `error.result`
   */
  executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult>
  /**
   * Runs a program and tells what happens as it happens. Never throws for a limit: the `end` event carries the result.
   * Leaving the loop early stops the program and waits until it is gone.
   */
  streamCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): AsyncIterable<ExecutionEvent>
  /** The same executor with fresh state: running programs are ended, the working directory or kernel is new. */
  restart(): Promise<void>
  /**
   * Ends everything and leaves nothing behind. Idempotent; `Symbol.asyncDispose` is this.
   * @throws `CLEANUP_FAILED` when something is left, or may be: of a start that does not end within ten seconds
   */
  stop(): Promise<void>
}

/** What an executor lets a run use: bytes, counts, and the time in milliseconds; `undefined` where nothing limits. */
export interface ExecutorLimits extends ResolvedLimits {
  readonly timeoutMs: number
}

/** One program as text, or a program of several files: relative path to content. */
export type CodeSource = string | Readonly<Record<string, string | Uint8Array>>

/** Options of {@link CodeExecutor.start}. */
export interface StartOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignal
}

/** Options of one run. */
export interface ExecuteOptions {
  /** Which file runs. @defaultValue `main` with an extension of the language, else the only file of that language */
  readonly entryPoint?: string
  /** The program's arguments. */
  readonly args?: readonly string[]
  /** The program's standard input. @defaultValue closed: the program reads end of file at once */
  readonly stdin?: string | Uint8Array
  /** Environment variables of this run, on top of the executor's. */
  readonly env?: Readonly<Record<string, string>>
  /** Time limit of the whole run, compiling included, in milliseconds. @defaultValue the executor's */
  readonly timeoutMs?: number
  /** Ends the run: every process of it is gone when the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal
}

/** The keys of {@link ExecuteOptions}; anything else is refused. */
export const EXECUTE_OPTION_NAMES = [
  'entryPoint',
  'args',
  'stdin',
  'env',
  'timeoutMs',
  'signal',
] as const satisfies readonly (keyof ExecuteOptions)[]
