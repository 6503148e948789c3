/** Puts off the end of a sandbox for as long as it is used. */
export class Lifetime {
  readonly #extend: (timeoutMs: number) => Promise<void>
  readonly #timeoutMs: number
  #users = 0
  #timer: NodeJS.Timeout | undefined
  #extendedAt = performance.now()

  /** @param extend - has the sandbox end so many milliseconds from now */
  constructor(extend: (timeoutMs: number) => Promise<void>, timeoutMs: number) {
    this.#extend = extend
    this.#timeoutMs = timeoutMs
  }

  /** Keeps it from ending until what is returned is called. */
  use(): () => void {
    this.#users += 1
    const everyMs = this.#timeoutMs / 3
    if (performance.now() - this.#extendedAt > everyMs) this.#putOff()
    this.#timer ??= setInterval(() => this.#putOff(), everyMs)
    return () => {
      this.#users -= 1
      if (this.#users === 0) this.end()
    }
  }

  /** Leaves it to end. */
  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #putOff(): void {
    this.#extendedAt = performance.now()
    this.#extend(this.#timeoutMs).catch(() => {}) // the next time may work; a sandbox that is gone shows in the run itself
  }
}
