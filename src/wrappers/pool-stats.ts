/** How many of what a pool has now, and how many it replaced since it was opened. */
export interface PoolCounts {
  /** Executors that wait for a call. */
  readonly idle: number
  /** Executors in use, or being recycled after use. */
  readonly busy: number
  /** Executors in the making: the pool is starting, or replaces them. */
  readonly starting: number
  /** Calls that wait for an executor. */
  readonly waiting: number
  /** Executors replaced so far, because they broke or were used up. */
  readonly replaced: number
}

/** What a pool has now. */
export interface ExecutorPoolStats extends PoolCounts {
  /** How many executors there should be. */
  readonly size: number
  /** What the last executor failed with that broke, could not be recycled or could not be made; `undefined` when all went well. */
  readonly lastError: unknown
}
