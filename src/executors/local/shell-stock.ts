import type { PreparedShell } from './prepared-shell.ts'

/** Keeps one prepared shell ahead, so that a program starts at once, and makes more when several are wanted at once. */
export class ShellStock {
  readonly #make: () => Promise<PreparedShell>
  #next: Promise<PreparedShell> | undefined
  #closed = false

  constructor(make: () => Promise<PreparedShell>) {
    this.#make = make
  }

  /** Prepares a shell if none waits. A failure is told to the one who takes it. */
  prepare(): void {
    if (this.#closed || this.#next) return
    this.#next = this.#make()
    this.#next.catch(() => {})
  }

  /** Settles when the shell that waits is ready; rejects with why none could be. */
  async ready(): Promise<void> {
    await this.#next
  }

  /** A shell that is alive and ready. */
  async take(isUsable: (shell: PreparedShell) => boolean): Promise<PreparedShell> {
    const prepared = this.#next
    this.#next = undefined
    if (prepared) {
      const shell = await prepared
      if (isUsable(shell)) return shell
      await shell.dispose()
    }
    return this.#make()
  }

  async close(): Promise<void> {
    this.#closed = true
    const prepared = this.#next
    this.#next = undefined
    const [outcome] = await Promise.allSettled([prepared])
    if (outcome.status === 'fulfilled') await outcome.value?.dispose()
  }
}
