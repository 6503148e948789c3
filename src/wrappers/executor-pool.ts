import {
  assertKnownKeys,
  type Capability,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
  type StartOptions,
} from '../core/index.ts'
import { orAborted } from '../engine/index.ts'
import { Lifecycle } from '../engine/lifecycle.ts'
import { assertFunction, assertSignal, stopped } from './checks.ts'
import { detachedStream } from './detached-stream.ts'
import { PoolLease } from './pool-lease.ts'
import { PoolMembers } from './pool-members.ts'
import { readPoolOptions, type ExecutorPoolOptions, type ResolvedPoolOptions } from './pool-options.ts'
import type { ExecutorPoolStats } from './pool-stats.ts'

/** Several executors behind one: each call gets one of them, in the order the calls came. */
export interface ExecutorPool extends CodeExecutor {
  /** What the executors can do; empty until the first one was made, so `start` the pool before you ask. */
  readonly capabilities: ReadonlySet<Capability>
  /** What the pool has now. */
  readonly stats: ExecutorPoolStats
  /**
   * Lends one executor for several calls: its files, and a kernel's names, are there from one call to the next. The
   * executor is good only inside `work`; what still runs when `work` is over is ended. Stopping it means that the pool
   * replaces it. `signal` ends the waiting and the runs.
   * @throws `EXECUTOR_STOPPED`, `BACKEND_REJECTED` when too many calls wait, `signal.reason`, what `work` throws
   */
  use<T>(work: (executor: CodeExecutor) => Promise<T>, options?: UseOptions): Promise<T>
  /** Accepts nothing more, lets finish what runs and what waits, then stops. `stop` cuts it short. */
  drain(): Promise<void>
  /** Replaces every executor; ends what runs and what waits. */
  restart(): Promise<void>
  /** Ends what runs and what waits with `EXECUTOR_STOPPED`, and resolves when every executor is stopped. @throws `CLEANUP_FAILED` */
  stop(): Promise<void>
}

/** Options of {@link ExecutorPool.use}. */
export interface UseOptions {
  /** Gives up waiting, and ends the runs of one that has its executor. */
  readonly signal?: AbortSignal
}

/**
 * Makes a pool of executors that are started before they are needed. `start` makes all of them at once and fails with
 * what the first one that failed did; the first call starts the pool when nobody else has.
 *
 * An executor whose call fails with `BACKEND_LOST`, `BACKEND_UNREACHABLE`, `CLEANUP_FAILED`, `EXECUTOR_STOPPED`,
 * `PROTOCOL_VIOLATION` or `START_TIMEOUT` is replaced; the call gets its error. While no executor is alive and a new one
 * cannot be made, waiting calls get the error of each attempt; attempts come 100 ms to 5 s apart.
 *
 * ```ts
 * await using pool = createExecutorPool({ size: 4, create: () => new LocalCodeExecutor(), recycle: 'restart' })
 * ```
 *
 * @throws `INVALID_ARGUMENT`
 */
export function createExecutorPool(options: ExecutorPoolOptions): ExecutorPool {
  return new Pool(readPoolOptions(options))
}

/** Executors have a time limit for their start; the pool adds none of its own. */
const NO_TIME_LIMIT = 2_147_483_647
const NO_CAPABILITIES: ReadonlySet<Capability> = new Set()

class Pool implements ExecutorPool {
  readonly name: string
  readonly #options: ResolvedPoolOptions
  readonly #lifecycle: Lifecycle
  readonly #calls = new Set<Promise<unknown>>()
  #members: PoolMembers
  #draining: Promise<void> | undefined

  constructor(options: ResolvedPoolOptions) {
    this.name = options.name
    this.#options = options
    this.#members = new PoolMembers(options)
    this.#lifecycle = new Lifecycle({ name: this.name, open: () => this.#open(), close: () => this.#members.close() }, NO_TIME_LIMIT)
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#members.capabilities ?? NO_CAPABILITIES
  }

  get stats(): ExecutorPoolStats {
    return { size: this.#options.size, ...this.#members.counts, lastError: this.#members.lastError }
  }

  async start(options: StartOptions = {}): Promise<void> {
    this.#assertAccepting()
    await this.#lifecycle.start(options.signal)
  }

  async executeCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    return this.#lend(options.signal, (lease) => lease.executeCode(source, language, options))
  }

  streamCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): AsyncIterable<ExecutionEvent> {
    return detachedStream(options.signal, (signal, push) =>
      this.#lend(signal, (lease) => lease.pushEvents(source, language, { ...options, signal }, push)),
    )
  }

  async use<T>(work: (executor: CodeExecutor) => Promise<T>, options: UseOptions = {}): Promise<T> {
    assertFunction(work, 'work')
    assertKnownKeys(options, ['signal'] satisfies (keyof UseOptions)[], 'options')
    // What `work` does besides running programs may go on after an abort; the executor comes back without waiting for it.
    return this.#lend(options.signal, async (lease, signal) => {
      signal.throwIfAborted()
      return orAborted(work(lease), signal)
    })
  }

  async restart(): Promise<void> {
    this.#assertAccepting()
    await this.#lifecycle.restart()
  }

  drain(): Promise<void> {
    this.#draining ??= Promise.allSettled(this.#calls).then(() => this.stop())
    return this.#draining
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #open(): Promise<void> {
    this.#members = new PoolMembers(this.#options)
    await this.#members.fill()
  }

  async #lend<T>(given: AbortSignal | undefined, work: (lease: PoolLease, signal: AbortSignal) => Promise<T>): Promise<T> {
    assertSignal(given)
    this.#assertAccepting()
    given?.throwIfAborted()
    const call = this.#lifecycle.use(given, ({ signal }) => this.#withLease(signal, work))
    this.#calls.add(call)
    try {
      return await call
    } finally {
      this.#calls.delete(call)
    }
  }

  async #withLease<T>(signal: AbortSignal, work: (lease: PoolLease, signal: AbortSignal) => Promise<T>): Promise<T> {
    const members = this.#members
    const member = await members.acquire(signal)
    const lease = new PoolLease(member.executor, signal)
    try {
      return await work(lease, signal)
    } finally {
      await lease.end()
      members.release(member, lease.broken)
    }
  }

  #assertAccepting(): void {
    this.#lifecycle.assertUsable()
    if (this.#draining) throw stopped(this.name, 'is being drained and accepts no more calls')
  }
}
