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
  type ExecutorLimits,
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
  /** What it limits of its own accord, besides what was asked for. It is told to those who decide about a run. */
  readonly limits?: Partial<ResolvedLimits>
  /** Why it cannot do something, and what would change that: the end of the error message. */
  explainMissing?(capability: Capability): string
}

/** A program that was checked and waits for its turn. */
export interface Job {
  /** What has to be there first. It is none of the program's time. @defaultValue nothing */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Runs it, within its time limit. */
  readonly run: (run: Run) => Promise<Termination>
}

/** How a job is run. */
export interface JobCall {
  /** The time limit; none when absent. */
  readonly timeoutMs?: number | undefined
  /** The caller's, which ends it. */
  readonly signal?: AbortSignal | undefined
  /** Fires when whoever listens goes away. */
  readonly left?: AbortSignal
  /** Hears what happens. */
  readonly listener?: (event: ExecutionEvent) => void
  /** It runs beside the others, and takes no turn from them. */
  readonly beside?: boolean
}

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
  readonly limits: ExecutorLimits
  protected readonly languages: LanguageRegistry
  readonly #lifecycle: Lifecycle
  readonly #permits: Permits

  protected constructor(backend: ExecutorBackend, options: ManagedExecutorOptions, defaultConcurrency: number) {
    this.name = backend.name
    this.capabilities = backend.capabilities ?? new Set()
    this.languages = createLanguageRegistry(options.languages)
    const limits = resolveLimits(options.limits)
    this.#assertHolds(backend, limits)
    this.limits = { ...limits, ...backend.limits, timeoutMs: parseTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS) }
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
  protected whileOpen<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#lifecycle.use(signal, (controller) => work(controller.signal))
  }

  /** Runs a job in the started place, in its turn, until its deadline. @throws `signal.reason`, `EXECUTOR_STOPPED`, what the job throws */
  protected runJob(job: Job, call: JobCall): Promise<CodeResult> {
    return this.#lifecycle.use(call.signal, async (controller) => {
      const onLeft = (): void => controller.abort()
      call.left?.addEventListener('abort', onLeft, { once: true })
      if (call.left?.aborted) onLeft()
      const run = async (): Promise<CodeResult> => {
        await job.ready?.(controller.signal)
        return this.#runUntilDeadline(job, call.timeoutMs, controller, call.listener)
      }
      try {
        return await (call.beside ? run() : this.#permits.use(controller.signal, run))
      } finally {
        call.left?.removeEventListener('abort', onLeft)
      }
    })
  }

  /** @throws `EXECUTOR_STOPPED` */
  protected assertUsable(): void {
    this.#lifecycle.assertUsable()
  }

  async #execute(
    source: CodeSource,
    language: LanguageName,
    options: ExecuteOptions,
    listener?: (event: ExecutionEvent) => void,
    left?: AbortSignal,
  ): Promise<CodeResult> {
    this.#lifecycle.assertUsable()
    const runOptions = readRunOptions(options, this.limits.timeoutMs)
    options.signal?.throwIfAborted()
    const job = this.prepare(source, language, runOptions)
    return this.runJob(job, {
      timeoutMs: runOptions.timeoutMs,
      signal: options.signal,
      ...(listener && { listener }),
      ...(left && { left }),
    })
  }

  async #runUntilDeadline(
    job: Job,
    limitMs: number | undefined,
    controller: AbortController,
    listener?: (event: ExecutionEvent) => void,
  ): Promise<CodeResult> {
    const { signal } = controller
    signal.throwIfAborted()
    const deadline = Symbol('deadline')
    const timer = limitMs === undefined ? undefined : setTimeout(() => controller.abort(deadline), limitMs)
    const run = new Run(signal, this.limits.outputBytes, listener, () => clearTimeout(timer))
    try {
      const termination = await job.run(run)
      if (!signal.aborted) return run.finish(termination)
    } catch (error) {
      // What the program's end did to the job is no news after an abort; a failure of ours is.
      if (!signal.aborted || (signal.reason === deadline && error !== deadline)) throw error
    } finally {
      clearTimeout(timer)
    }
    if (signal.reason === deadline && limitMs !== undefined) return run.finish({ kind: 'timed-out', limitMs })
    throw signal.reason
  }

  #assertHolds(backend: ExecutorBackend, limits: ResolvedLimits): void {
    for (const [limit, capability] of Object.entries(LIMIT_CAPABILITIES) as [keyof typeof LIMIT_CAPABILITIES, Capability][]) {
      if (limits[limit] === undefined || this.capabilities.has(capability)) continue
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
