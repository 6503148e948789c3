import {
  assertKnownKeys,
  CodeExecutorError,
  EXECUTE_OPTION_NAMES,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
} from '../core/index.ts'
import { throwForLimit } from '../engine/index.ts'
import type { LanguageRegistry } from '../languages/index.ts'
import { cacheKey, type CacheableCall } from './cache-key.ts'
import { readCacheOptions, type CacheOptions } from './cache-options.ts'
import type { ResultStore } from './cache-store.ts'
import { replay } from './cached-result.ts'
import { assertSignal, stopped } from './checks.ts'
import { DelegatingExecutor } from './delegating-executor.ts'
import { SharedRun } from './shared-run.ts'
import { snapshot, snapshotOptions } from './snapshot.ts'

/**
 * Runs the same program once and answers from memory after that. Right for programs that depend on nothing but their
 * source, arguments, standard input and environment. **Not for programs with side effects, randomness, a clock or the
 * network**, nor for those that read files of earlier runs: a hit does none of it again. The files that a program writes
 * into the working directory, and those of a program of several files, are not there after a hit. `cacheable` says which
 * calls may be kept.
 *
 * Only successful results are kept. Equal calls at the same time run once: a caller's signal ends its own waiting, and the
 * program when nobody else waits for it. A hit starts nothing, not even the executor, and has the `durationMs` of the run
 * that it came from. A stream is live on a miss; a hit tells everything at once, in the order of a run.
 *
 * Two calls are equal when language, files, `entryPoint`, `args`, `stdin`, `env` and `timeoutMs` are, on executors of one
 * identity. `restart` and `stop` forget what is kept in this process and leave an outside store as it is.
 *
 * ```ts
 * const executor = withCache(inner, { store: new Keyv(redis), ttlMs: 86_400_000, identity: 'python 3.13, numpy 2.3' })
 * ```
 *
 * @throws `INVALID_ARGUMENT`; `CAPABILITY_UNSUPPORTED` for an executor with `persistent-state`, where the same call means
 * something else each time. Where that shows only after the start, as with a pool, the call throws it.
 */
export function withCache(executor: CodeExecutor, options: CacheOptions = {}): CodeExecutor {
  return new CachingExecutor(executor, options)
}

class CachingExecutor extends DelegatingExecutor {
  readonly #store: ResultStore
  readonly #forget: () => void
  readonly #registry: LanguageRegistry
  readonly #cacheable: (call: CacheableCall) => boolean
  readonly #identity: string | undefined
  readonly #runs = new Map<string, SharedRun>()
  #stopped = false

  constructor(executor: CodeExecutor, options: CacheOptions) {
    super(executor)
    const { store, forget, registry, cacheable, identity } = readCacheOptions(options)
    this.#store = store
    this.#forget = forget
    this.#registry = registry
    this.#cacheable = cacheable
    this.#identity = identity
    this.#assertStateless()
  }

  override async executeCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    const { call, key } = this.#read(source, language, options)
    if (key === undefined) return super.executeCode(call.source, language, options)
    const result = await this.#join(key, call).result(options.signal)
    throwForLimit(result)
    return result
  }

  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options: ExecuteOptions = {},
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    const { call, key } = this.#read(source, language, options)
    if (key === undefined) yield* super.streamCode(call.source, language, options)
    else yield* this.#join(key, call).events(options.signal)
  }

  override async restart(): Promise<void> {
    await super.restart()
    await this.#untilSettled()
    this.#forget()
  }

  override async stop(): Promise<void> {
    this.#stopped = true
    try {
      await super.stop()
    } finally {
      await this.#untilSettled()
      this.#forget()
    }
  }

  async #untilSettled(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.settled))
  }

  #read(
    source: CodeSource,
    language: LanguageName,
    options: ExecuteOptions,
  ): { readonly call: CacheableCall; readonly key: string | undefined } {
    this.#assertUsable()
    assertKnownKeys(options, EXECUTE_OPTION_NAMES, 'options')
    const { signal, ...rest } = options
    assertSignal(signal)
    signal?.throwIfAborted()
    const call = { source: snapshot(source), language, options: snapshotOptions(rest) }
    const key = cacheKey(this.#identity ?? this.#describeInner(), call, this.#registry)
    return { call, key: key !== undefined && this.#cacheable(call) ? key : undefined }
  }

  /** The run of this call that is under way, or a new one. */
  #join(key: string, call: CacheableCall): SharedRun {
    const underWay = this.#runs.get(key)
    if (underWay?.joinable) return underWay
    const run = new SharedRun(this.name, (signal) => this.#lookUpOrRun(key, call, signal))
    this.#runs.set(key, run)
    void run.settled.then(() => {
      if (this.#runs.get(key) === run) this.#runs.delete(key)
    })
    return run
  }

  async *#lookUpOrRun(
    key: string,
    { source, language, options }: CacheableCall,
    signal: AbortSignal,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    const hit = await this.#store.read(key, signal)
    this.#assertUsable()
    if (hit !== undefined) return yield* replay(hit)
    // Some executors know what they can do only once they have started.
    await super.start({ signal })
    this.#assertStateless()
    for await (const event of super.streamCode(source, language, { ...options, signal })) {
      yield event
      // Whoever waits has the result by now; calls that come before it is stored still join this run.
      if (event.type === 'end' && event.result.success) await this.#store.write(key, event.result)
    }
  }

  /** Executors that name themselves alike and can do the same count as one, unless `identity` says more. */
  #describeInner(): string {
    return JSON.stringify([this.inner.name, [...this.inner.capabilities].sort()])
  }

  #assertUsable(): void {
    if (this.#stopped) throw stopped(this.name, 'was stopped; make a new one')
    this.#assertStateless()
  }

  #assertStateless(): void {
    if (!this.inner.capabilities.has('persistent-state')) return
    const missing = 'runs that do not share state; a hit would skip the names that a run defines'
    throw new CodeExecutorError('CAPABILITY_UNSUPPORTED', `Results of the ${this.name} executor cannot be cached: it has no ${missing}.`, {
      executor: this.name,
      capability: 'result caching',
      missing,
    })
  }
}
