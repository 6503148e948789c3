import {
  CodeExecutorError,
  type Capability,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ErrorCode,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
  type StartOptions,
} from '../core/index.ts'
import { stopped } from './checks.ts'
import { detachedStream } from './detached-stream.ts'
import { underSignals } from './signals.ts'

/** Errors that say something about the executor and not about the call: the next call would meet them too. */
const BREAKING_CODES: ReadonlySet<ErrorCode> = new Set([
  'BACKEND_LOST',
  'BACKEND_UNREACHABLE',
  'CLEANUP_FAILED',
  'EXECUTOR_STOPPED',
  'PROTOCOL_VIOLATION',
  'START_TIMEOUT',
])

/**
 * An executor of a pool in the hands of one user, for as long as that one has it. It notices when the executor broke, and
 * it knows when everything that was started through it is over.
 */
export class PoolLease implements CodeExecutor {
  readonly #executor: CodeExecutor
  readonly #signal: AbortSignal
  readonly #over = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  #broken: { readonly error: unknown } | undefined

  /** `signal` ends everything that is started through the lease. */
  constructor(executor: CodeExecutor, signal: AbortSignal) {
    this.#executor = executor
    this.#signal = signal
  }

  /** The executor's own name. */
  get name(): string {
    return this.#executor.name
  }

  /** The executor's capabilities. */
  get capabilities(): ReadonlySet<Capability> {
    return this.#executor.capabilities
  }

  /** What showed that the executor cannot be used again, if anything did. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken
  }

  start(options: StartOptions = {}): Promise<void> {
    return this.#track(options.signal, (signal) => this.#executor.start({ signal }), 'any error breaks it')
  }

  executeCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    return this.#track(options.signal, (signal) => this.#executor.executeCode(source, language, { ...options, signal }))
  }

  streamCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): AsyncIterable<ExecutionEvent> {
    return detachedStream(options.signal, (signal, push) => this.pushEvents(source, language, { ...options, signal }, push))
  }

  /** Hands the events of a run to `push`; resolves when it is over. */
  pushEvents(source: CodeSource, language: LanguageName, options: ExecuteOptions, push: (event: ExecutionEvent) => void): Promise<void> {
    return this.#track(options.signal, async (signal) => {
      for await (const event of this.#executor.streamCode(source, language, { ...options, signal })) push(event)
    })
  }

  restart(): Promise<void> {
    return this.#track(undefined, () => this.#executor.restart(), 'any error breaks it')
  }

  /** Stops the executor for good; the pool replaces it. */
  stop(): Promise<void> {
    this.#broken ??= { error: stopped(this.name, 'was stopped by its user') }
    return this.#track(undefined, () => this.#executor.stop())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Refuses further use, ends what still runs and waits until it is gone. */
  async end(): Promise<void> {
    this.#over.abort(stopped(this.name, 'went back to its pool; use it only inside the function that got it'))
    await Promise.allSettled(this.#running)
  }

  async #track<T>(given: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>, severity?: 'any error breaks it'): Promise<T> {
    const running = underSignals([this.#over.signal, this.#signal, given], async (signal) => {
      signal.throwIfAborted()
      try {
        return await work(signal)
      } catch (error) {
        const wasAborted = signal.aborted && error === signal.reason
        if (!wasAborted && (severity !== undefined || isBreaking(error))) this.#broken ??= { error }
        throw error
      }
    })
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}

function isBreaking(error: unknown): boolean {
  return CodeExecutorError.is(error) && BREAKING_CODES.has(error.code)
}
