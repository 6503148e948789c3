/**
 * Changes of one file, one after the other. A place may not be able to look at a file and write it at one stroke; those who
 * come through the same backend lose nothing by that.
 */
export class PathTurns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does something when all that came before for this path is over, however it ended. @throws `signal.reason` */
  async take<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(path)
    const turn = (async (): Promise<T> => {
      await before?.catch(() => {})
      signal?.throwIfAborted()
      return work()
    })()
    this.#last.set(path, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(path) === turn) this.#last.delete(path)
    }
  }
}
