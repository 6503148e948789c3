import { orAborted } from '../abort.ts'

/** Lets calls go one after the other, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** @throws `signal.reason` when it fires before the turn has come */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const over = Promise.withResolvers<void>()
    // Whoever gives up waiting is over only when those before are: the order must hold.
    this.#last = before.then(() => over.promise)
    try {
      await orAborted(before, signal)
      return await work()
    } finally {
      over.resolve()
    }
  }
}
