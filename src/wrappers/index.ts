export type { CacheableCall } from './cache-key.ts'
export type { CacheOptions } from './cache-options.ts'
export type { CacheStore, StoreErrorHook } from './cache-store.ts'
export type { CheckedSource, DenyFunction, DenyRule, NamedDenyRule } from './deny-rule.ts'
export { createExecutorPool, type ExecutorPool, type UseOptions } from './executor-pool.ts'
export type { KnownLanguages } from './language-names.ts'
export {
  describeLogEntry,
  type ExecutionEnd,
  type ExecutionFailed,
  type ExecutionStart,
  type LifecycleStep,
  type LogEntry,
  type StepDone,
  type StepFailed,
} from './log-entry.ts'
export type { ExecutorPoolOptions, RecyclableExecutor } from './pool-options.ts'
export type { ExecutorPoolStats, PoolCounts } from './pool-stats.ts'
export { withCache } from './with-cache.ts'
export { withLogging, type LoggingOptions } from './with-logging.ts'
export { withValidation, type ValidationOptions } from './with-validation.ts'
