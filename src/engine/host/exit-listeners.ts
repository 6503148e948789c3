/**
 * What is to be done at once when this process ends without `stop`. One listener serves all executors, as Node warns of a
 * leak from the eleventh on; it is there while one of them is.
 */
class ExitListeners {
  readonly #listeners = new Set<() => void>()
  readonly #onExit = (): void => {
    for (const listener of this.#listeners) listener()
  }

  add(listener: () => void): void {
    if (this.#listeners.size === 0) process.on('exit', this.#onExit)
    this.#listeners.add(listener)
  }

  delete(listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) process.off('exit', this.#onExit)
  }
}

/** Of the process, and not of one executor. */
export const onProcessExit = new ExitListeners()
