import { setTimeout as delay } from 'node:timers/promises'

const GROWTH = 1.3
const LONGEST_MS = 2_000

/** How often to look: soon at first, then less and less often. */
export class Pace {
  readonly #firstMs: number
  #nextMs: number

  constructor(firstMs = 100) {
    this.#firstMs = firstMs
    this.#nextMs = firstMs
  }

  /** Something happened: more may come soon. */
  quicken(): void {
    this.#nextMs = this.#firstMs
  }

  /** Waits for the next look. @throws `signal.reason` */
  async wait(signal: AbortSignal): Promise<void> {
    await delay(this.#nextMs, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
    this.#nextMs = Math.min(LONGEST_MS, this.#nextMs * GROWTH)
  }
}
