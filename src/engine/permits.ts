/**
 * Lets at most `size` pieces of work go at once, in the order they came. Only the waiting heeds the signal: work that
 * has begun settles when it is done, since an aborted program is over only when its processes are gone.
 */
export class Permits {
  readonly #size: number
  readonly #waiting = new Set<() => void>()
  #taken = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Waits for a turn, works, and gives the turn to the next. @throws `signal.reason` when that comes before the turn */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#size) await this.#turn(signal)
    else this.#taken += 1
    try {
      return await work()
    } finally {
      const [next] = this.#waiting
      if (next) next()
      else this.#taken -= 1
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        this.#waiting.delete(onTurn)
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = (): void => {
        this.#waiting.delete(onTurn)
        reject(signal.reason)
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(onTurn)
    })
  }
}
