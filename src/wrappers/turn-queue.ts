interface Waiter<T> {
  resolve(thing: T): void
  reject(error: unknown): void
}

/** Those who wait for a thing to come free, first come first served. */
export class TurnQueue<T> {
  readonly #waiting = new Set<Waiter<T>>()

  /** How many wait. */
  get length(): number {
    return this.#waiting.size
  }

  /** Waits for a turn. @throws `signal.reason` when that comes first */
  wait(signal: AbortSignal): Promise<T> {
    const turn = Promise.withResolvers<T>()
    this.#waiting.add(turn)
    // Out of the queue at once: a thing given to one that has gone would be lost.
    const onAbort = (): void => {
      this.#waiting.delete(turn)
      turn.reject(signal.reason)
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    return turn.promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Gives a thing to the first one who waits. Says whether anybody did. */
  give(thing: T): boolean {
    const [next] = this.#waiting
    if (next === undefined) return false
    this.#waiting.delete(next)
    next.resolve(thing)
    return true
  }

  /** Sends everybody away. */
  refuseAll(error: unknown): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const waiter of waiting) waiter.reject(error)
  }
}
