import type { CommandExit } from '../../engine/index.ts'

const INTERVAL_MS = 50

/** Looks at a running program and says which limit it broke, if any. */
export type Check = () => CommandExit | undefined | Promise<CommandExit | undefined>

/** Looks again and again while a program runs, and reports the first limit that was broken. Best effort: what comes and goes between two looks is not seen. */
export class Watchdog {
  readonly #checks: readonly Check[]
  readonly #onBroken: (exit: CommandExit) => void
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(checks: readonly Check[], onBroken: (exit: CommandExit) => void) {
    this.#checks = checks
    this.#onBroken = onBroken
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped || this.#checks.length === 0) return
    this.#timer = setTimeout(() => void this.#look(), INTERVAL_MS)
  }

  async #look(): Promise<void> {
    for (const check of this.#checks) {
      const broken = await check()
      if (this.#stopped) return
      if (broken) {
        this.stop()
        this.#onBroken(broken)
        return
      }
    }
    this.#schedule()
  }
}
