import { setTimeout as delay } from 'node:timers/promises'
import type { LivingContainer } from '../container.ts'
import { Killer, type KillerAnswer } from './killer.ts'
import type { KernelCounts } from './program-end.ts'
import type { SupervisorUser } from './runner.ts'

/** How often the kernel's counts are looked at while a program runs. */
const LOOK_INTERVAL_MS = 50

/**
 * The killer of a container, and another one when programs were the end of it. None is ever started while a program runs, which
 * might stop it half made: an engine was seen to wait for such a process for minutes, and not even to remove the container
 * meanwhile.
 */
export class Killers {
  readonly #living: LivingContainer
  readonly #user: SupervisorUser
  #killer: Promise<Killer | undefined>

  constructor(living: LivingContainer, user: SupervisorUser, first: Promise<Killer | undefined>) {
    this.#living = living
    this.#user = user
    this.#killer = first
  }

  /** The one that is there, dead or alive. */
  get current(): Promise<Killer | undefined> {
    return this.#killer
  }

  /** One that lives, if one can be had; no program may be running. */
  async revive(): Promise<Killer | undefined> {
    const known = this.#killer
    const killer = await known
    if (killer && !killer.isClosed) return killer
    if (this.#living.isOver) return undefined
    if (this.#killer === known) this.#killer = Killer.start(this.#living.processes, this.#user).catch(() => undefined)
    return this.#killer
  }

  /** Has everything killed. Resolves to nothing when a program was faster with the killer: then the container is to end. */
  async killAll(): Promise<KillerAnswer | undefined> {
    return (await this.#killer)?.killAll()
  }

  /** Looks at what the kernel counts until the signal, or until a limit on processes was met. */
  async watch(before: KernelCounts, signal: AbortSignal, onBroken: (counts: KernelCounts) => void): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const answer = await (await this.#killer)?.look()
      if (signal.aborted || answer === undefined) return
      if (answer.counts.refusedForks > before.refusedForks) return onBroken(answer.counts)
    }
  }

  /** Ends it. */
  end(): void {
    void this.#killer.then((killer) => killer?.end())
  }
}
