import type { PreparedShell } from './prepared-shell.ts'

/** How shells come and go. */
export interface ShellKeeper {
  make(): Promise<PreparedShell>
  /** Whether a shell that waited can still become a program here. */
  isUsable(shell: PreparedShell): boolean
  discard(shell: PreparedShell): Promise<void>
}

/** Keeps one prepared shell ahead, so that a program starts at once, and makes more when several are wanted at once. */
export class ShellStock {
  readonly #keeper: ShellKeeper
  #next: Promise<PreparedShell> | undefined
  #closed = false

  constructor(keeper: ShellKeeper) {
    this.#keeper = keeper
  }

  /** Prepares a shell if none waits. A failure is told to the one who takes it. */
  prepare(): void {
    if (this.#closed || this.#next) return
    this.#next = this.#keeper.make()
    this.#next.catch(() => {})
  }

  /** Settles when the shell that waits is ready; rejects with why none could be. */
  async ready(): Promise<void> {
    await this.#next
  }

  /** A shell that is ready to become a program. */
  async take(): Promise<PreparedShell> {
    const prepared = this.#next
    this.#next = undefined
    // One that failed was made in another moment, perhaps while a program removed the directory; this moment decides.
    const shell = await prepared?.catch(() => undefined)
    if (shell) {
      if (this.#keeper.isUsable(shell)) return shell
      await this.#keeper.discard(shell)
    }
    return this.#keeper.make()
  }

  /** Prepares no more and waits until none is in the making. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([this.#next])
  }
}
