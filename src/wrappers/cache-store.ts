import { debuglog } from 'node:util'
import { LRUCache } from 'lru-cache'
import type { CodeResult } from '../core/index.ts'
import { messageOf, orAborted } from '../engine/index.ts'
import { deserialiseResult, serialiseResult } from './cached-result.ts'

/** What keeps results: Keyv, a client of your own, or a `Map`. Keys are 64 hex digits; values are text that holds JSON. */
export interface CacheStore {
  /** The text under a key, or a promise of it; `undefined` or `null` when there is none. */
  get(key: string): unknown
  /** Keeps a text, for `ttlMs` milliseconds if that is given; what it returns is waited for. */
  set(key: string, value: string, ttlMs?: number): unknown
}

/** Hears what a store failed at. What it throws is dropped. */
export type StoreErrorHook = (error: unknown, operation: 'get' | 'set', key: string) => void

/** Keeps results in this process, the ones used last, bounded by count and by bytes. */
export function createMemoryStore(max: number, maxBytes: number): CacheStore & { clear(): void } {
  const cache = new LRUCache<string, string>({
    max,
    maxSize: maxBytes,
    sizeCalculation: (value, key) => Buffer.byteLength(value) + key.length,
  })
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttlMs) => cache.set(key, value, ttlMs === undefined ? {} : { ttl: ttlMs }),
    clear: () => cache.clear(),
  }
}

/** Results in a store that may fail: reading becomes a miss and writing is given up, in a bounded time. */
export class ResultStore {
  readonly #store: CacheStore
  readonly #ttlMs: number | undefined
  readonly #timeoutMs: number
  readonly #onError: StoreErrorHook

  constructor(store: CacheStore, ttlMs: number | undefined, timeoutMs: number, onError: StoreErrorHook = toDebugLog) {
    this.#store = store
    this.#ttlMs = ttlMs
    this.#timeoutMs = timeoutMs
    this.#onError = onError
  }

  /** The result under a key. Never fails, except with `signal.reason`. */
  async read(key: string, signal: AbortSignal): Promise<CodeResult | undefined> {
    try {
      const text = await this.#inTime(async () => this.#store.get(key), signal)
      return text === undefined || text === null ? undefined : deserialiseResult(text)
    } catch (error) {
      signal.throwIfAborted()
      this.#tell(error, 'get', key)
      return undefined
    }
  }

  /** Keeps a result. Never fails. */
  async write(key: string, result: CodeResult): Promise<void> {
    try {
      const text = serialiseResult(result)
      await this.#inTime(async () => (this.#ttlMs === undefined ? this.#store.set(key, text) : this.#store.set(key, text, this.#ttlMs)))
    } catch (error) {
      this.#tell(error, 'set', key)
    }
  }

  async #inTime<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`the store did not answer within ${this.#timeoutMs} ms`)), this.#timeoutMs)
    try {
      return await orAborted(Promise.race([action(), late.promise]), signal)
    } finally {
      clearTimeout(timer)
    }
  }

  #tell(error: unknown, operation: 'get' | 'set', key: string): void {
    try {
      this.#onError(error, operation, key)
    } catch {
      // A run is worth more than hearing about its cache.
    }
  }
}

function toDebugLog(error: unknown, operation: 'get' | 'set', key: string): void {
  debuglog('polyrun')('cache: %s of %s failed: %s', operation, key, messageOf(error))
}
