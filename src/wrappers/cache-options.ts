import { assertKnownKeys, parseTimeout } from '../core/index.ts'
import type { LanguageRegistry } from '../languages/index.ts'
import type { CacheableCall } from './cache-key.ts'
import { createMemoryStore, ResultStore, type CacheStore, type StoreErrorHook } from './cache-store.ts'
import { assertFunction, invalid, readCount } from './checks.ts'
import { toRegistry, type KnownLanguages } from './language-names.ts'

/** Options of `withCache`. */
export interface CacheOptions {
  /**
   * Where results are kept, such as a Keyv. It may be shared and outlive this process, so give `identity` with it. A store
   * that fails or does not answer in time costs a run, never fails one. @defaultValue the memory of this process
   */
  readonly store?: CacheStore
  /** Results kept in memory at most; the ones used last stay. Not with `store`. @defaultValue 500 */
  readonly max?: number
  /** Bytes kept in memory at most. Not with `store`. @defaultValue 67_108_864 */
  readonly maxBytes?: number
  /** How long a result may be served, in milliseconds. @defaultValue until it makes room for others */
  readonly ttlMs?: number
  /** Whether a call may be answered from the cache and kept there. @defaultValue every call may */
  readonly cacheable?: (call: CacheableCall) => boolean
  /**
   * What makes results comparable: versions of interpreters and libraries, an image digest, limits. Neither name nor
   * capabilities tell two virtual environments apart. @defaultValue the executor's name and capabilities
   */
  readonly identity?: string
  /** What the executor was given as its `languages`, so that aliases count as one language. @defaultValue the built-in languages */
  readonly languages?: KnownLanguages
  /** How long a store may take to answer, in milliseconds. Not without `store`. @defaultValue 5_000 */
  readonly storeTimeoutMs?: number
  /** Hears what the store failed at, which is dropped otherwise. @defaultValue a line under `NODE_DEBUG=polyrun` */
  readonly onStoreError?: StoreErrorHook
}

/** {@link CacheOptions} after checking. */
export interface ResolvedCacheOptions {
  readonly store: ResultStore
  /** Empties the store in memory; leaves an outside one alone. */
  readonly forget: () => void
  readonly registry: LanguageRegistry
  readonly cacheable: (call: CacheableCall) => boolean
  readonly identity: string | undefined
}

const NAMES = [
  'store',
  'max',
  'maxBytes',
  'ttlMs',
  'cacheable',
  'identity',
  'languages',
  'storeTimeoutMs',
  'onStoreError',
] as const satisfies readonly (keyof CacheOptions)[]
const DEFAULTS = { max: 500, maxBytes: 64 * 1024 ** 2, storeTimeoutMs: 5_000 } as const satisfies Partial<CacheOptions>

/** Applies the defaults. @throws `INVALID_ARGUMENT` */
export function readCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  assertKnownKeys(options, NAMES, 'options')
  const { cacheable = () => true, identity, onStoreError, ttlMs } = options
  assertFunction(cacheable, 'options.cacheable')
  if (onStoreError !== undefined) assertFunction(onStoreError, 'options.onStoreError')
  if (identity !== undefined && (typeof identity !== 'string' || identity === ''))
    throw invalid('options.identity', identity, 'must be text')
  if (ttlMs !== undefined && !(Number.isFinite(ttlMs) && ttlMs > 0))
    throw invalid('options.ttlMs', ttlMs, 'must be a number of milliseconds above 0')
  const storeTimeoutMs = parseTimeout(options.storeTimeoutMs ?? DEFAULTS.storeTimeoutMs, 'options.storeTimeoutMs')
  const { store, forget } = readStore(options)
  return {
    store: new ResultStore(store, ttlMs, storeTimeoutMs, onStoreError),
    forget,
    registry: toRegistry(options.languages),
    cacheable,
    identity,
  }
}

function readStore(options: CacheOptions): { readonly store: CacheStore; readonly forget: () => void } {
  const { store } = options
  refuseTogether(options, store === undefined ? ['storeTimeoutMs'] : ['max', 'maxBytes'], store === undefined ? 'without' : 'with')
  if (store === undefined) {
    const max = readCount(options.max, 'options.max', 1, DEFAULTS.max)
    const memory = createMemoryStore(max, readCount(options.maxBytes, 'options.maxBytes', 1, DEFAULTS.maxBytes))
    return { store: memory, forget: () => memory.clear() }
  }
  if (typeof store?.get !== 'function' || typeof store.set !== 'function') throw invalid('options.store', store, 'must have get and set')
  return { store, forget: () => {} }
}

/** An option that nothing reads is refused. */
function refuseTogether(options: CacheOptions, names: readonly (keyof CacheOptions)[], preposition: 'with' | 'without'): void {
  for (const name of names) {
    if (options[name] !== undefined) throw invalid(`options.${name}`, options[name], `means nothing ${preposition} options.store`)
  }
}
