import {
  CodeExecutorError,
  parseTimeout,
  resolveLimits,
  ResourceExhaustedError,
  TimeoutError,
  type Capability,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
  type ResolvedLimits,
  type ResourceLimits,
  type StartOptions,
  type Termination,
} from '../core/index.ts'
import { createLanguageRegistry, type LanguageDefinition, type LanguageRegistry } from '../languages/index.ts'
import { eventStream } from './event-stream.ts'
import { Lifecycle, type Openable } from './lifecycle.ts'
import { Permits } from './permits.ts'
import { readRunOptions, type RunOptions } from './run-options.ts'
import { Run } from './run.ts'

/** Options that every executor has. */
export interface ManagedExecutorOptions {
  /** Time limit of a run, in milliseconds. @defaultValue 60_000 */
  readonly timeoutMs?: number
  /** How long `start` may take, in milliseconds. @defaultValue 60_000 */
  readonly startupTimeoutMs?: number
  /** What a run may use. A limit that the executor cannot hold is refused. */
  readonly limits?: ResourceLimits
  /** The languages it accepts, by name or as rows of one's own. @defaultValue every built-in one */
  readonly languages?: readonly (LanguageName | LanguageDefinition)[]
  /** Runs at the same time; the others wait their turn. @defaultValue depends on the executor */
  readonly concurrency?: number
}

/** What an executor is made over: it opens, closes, and says what it can do. */
export interface ExecutorBackend extends Openable {
  /** What it can do. @defaultValue nothing beyond running programs */
  readonly capabilities?: ReadonlySet<Capability>
  /** Why it cannot do something, and what would change that: the end of the error message. */
  explainMissing?(capability: Capability): string
}

/** A program that was checked and waits for its turn. */
export type Job = (run: Run) => Promise<Termination>

const DEFAULT_TIMEOUT_MS = 60_000
/** Which capability holds which limit. */
const LIMIT_CAPABILITIES = {
  memory: 'memory-limit',
  memorySwap: 'memory-swap-limit',
  cpus: 'cpu-limit',
  pids: 'pids-limit',
  disk: 'disk-limit',
  openFiles: 'open-files-limit',
} as const satisfies Partial<Record<keyof ResourceLimits, Capability>>

/**
 * Everything that all executors do the same way: start once, refuse use after stop, check the call before anything
 * starts, take turns, end at the deadline or on abort, stream, collect, and say how it ended.
 */
export abstract class ManagedExecutor implements CodeExecutor {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  protected readonly languages: LanguageRegistry
  readonly #limits: ResolvedLimits
  readonly #timeoutMs: number
  readonly #lifecycle: Lifecycle
  readonly #permits: Permits

  protected constructor(backend: ExecutorBackend, options: ManagedExecutorOptions, defaultConcurrency: number) {
    this.name = backend.name
    this.capabilities = backend.capabilities ?? new Set()
    this.languages = createLanguageRegistry(options.languages)
    this.#limits = resolveLimits(options.limits)
    this.#timeoutMs = parseTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    this.#assertHolds(backend)
    this.#lifecycle = new Lifecycle(backend, parseTimeout(options.startupTimeoutMs ?? DEFAULT_TIMEOUT_MS, 'startupTimeoutMs'))
    this.#permits = new Permits(readConcurrency(options.concurrency ?? defaultConcurrency))
  }

  /** Checks a call and returns what will run it; throws for what is wrong before anything was started or written. */
  protected abstract prepare(source: CodeSource, language: LanguageName, options: RunOptions): Job

  start(options: StartOptions = {}): Promise<void> {
    return this.#lifecycle.start(options.signal)
  }

  async executeCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    const result = await this.#execute(source, language, options)
    throwForLimit(result)
    return result
  }

  streamCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): AsyncIterable<ExecutionEvent> {
    return eventStream(async (left, push) => {
      push({ type: 'end', result: await this.#execute(source, language, options, push, left) })
    })
  }

  restart(): Promise<void> {
    return this.#lifecycle.restart()
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Does something in the started place; ends with it. */
  protected whileOpen<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#lifecycle.use(undefined, (controller) => work(controller.signal))
  }

  async #execute(
    source: CodeSource,
    language: LanguageName,
    options: ExecuteOptions,
    listener?: (event: ExecutionEvent) => void,
    left?: AbortSignal,
  ): Promise<CodeResult> {
    this.#lifecycle.assertUsable()
    const runOptions = readRunOptions(options, this.#timeoutMs)
    options.signal?.throwIfAborted()
    const job = this.prepare(source, language, runOptions)
    return this.#lifecycle.use(options.signal, async (controller) => {
      const onLeft = (): void => controller.abort()
      left?.addEventListener('abort', onLeft, { once: true })
      if (left?.aborted) onLeft()
      try {
        return await this.#permits.use(controller.signal, () => this.#runUntilDeadline(job, runOptions.timeoutMs, controller, listener))
      } finally {
        left?.removeEventListener('abort', onLeft)
      }
    })
  }

  async #runUntilDeadline(
    job: Job,
    limitMs: number,
    controller: AbortController,
    listener?: (event: ExecutionEvent) => void,
  ): Promise<CodeResult> {
    const { signal } = controller
    signal.throwIfAborted()
    const deadline = Symbol('deadline')
    const timer = setTimeout(() => controller.abort(deadline), limitMs)
    const run = new Run(signal, this.#limits.outputBytes, listener)
    try {
      const termination = await job(run)
      if (!signal.aborted) return run.finish(termination)
    } catch (error) {
      // What the program's end did to the job is no news after an abort; a failure of ours is.
      if (!signal.aborted || (signal.reason === deadline && error !== deadline)) throw error
    } finally {
      clearTimeout(timer)
    }
    if (signal.reason === deadline) return run.finish({ kind: 'timed-out', limitMs })
    throw signal.reason
  }

  #assertHolds(backend: ExecutorBackend): void {
    for (const [limit, capability] of Object.entries(LIMIT_CAPABILITIES) as [keyof typeof LIMIT_CAPABILITIES, Capability][]) {
      if (this.#limits[limit] === undefined || this.capabilities.has(capability)) continue
      const missing = backend.explainMissing?.(capability) ?? 'this kind of executor has no means for it'
      throw new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The ${this.name} executor cannot hold limits.${limit} here: ${missing}.`, {
        executor: this.name,
        capability,
        missing,
      })
    }
  }
}

/** @throws `TimeoutError`, `ResourceExhaustedError` for a result that a limit ended */
export function throwForLimit(result: CodeResult): void {
  const { termination } = result
  switch (termination.kind) {
    case 'timed-out':
      throw new TimeoutError(result, termination.limitMs)
    case 'out-of-memory':
      throw new ResourceExhaustedError(result, 'memory', termination.limitBytes)
    case 'too-many-processes':
      throw new ResourceExhaustedError(result, 'pids', termination.limit)
    case 'out-of-disk':
      throw new ResourceExhaustedError(result, 'disk', termination.limitBytes)
    case 'exited':
    case 'raised':
    case 'signaled':
      return
  }
}

function readConcurrency(value: number): number {
  if (Number.isInteger(value) && value > 0) return value
  throw new CodeExecutorError('INVALID_ARGUMENT', 'concurrency must be a whole number above 0.', { argument: 'concurrency', value })
}
