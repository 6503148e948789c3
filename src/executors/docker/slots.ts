import { CodeExecutorError } from '../../core/index.ts'
import type { CommandExit, CommandIo } from '../../engine/index.ts'
import type { ProgramSlot, SlotTask } from './program-slot.ts'

/**
 * The slots of an executor: as many as programs run at the same time, each made when it is first needed. A slot goes to one
 * program at a time, and to the next one when nothing of the last is left; one that cannot be cleaned is replaced.
 */
export class Slots {
  readonly #make: (number: number) => Promise<ProgramSlot>
  readonly #most: number
  readonly #outlives: boolean
  readonly #besides: number
  readonly #all = new Set<ProgramSlot>()
  readonly #idle: ProgramSlot[] = []
  readonly #waiting: PromiseWithResolvers<void>[] = []
  readonly #removals = new Set<Promise<void>>()
  /** Those that could not be removed; whoever closes tries again, and tells. */
  readonly #unremoved = new Set<ProgramSlot>()
  readonly #cleaning = new Set<Promise<void>>()
  /** The working directory that the last program had, unless somebody has heard that it is gone. */
  #home: string | undefined
  /** Numbers in use, also of those that are being made or removed: a name is free when its container is gone. */
  readonly #numbers = new Set<number>()
  /** Slots that are being cleaned. */
  #returning = 0
  /** Slots that are being removed, and whose numbers come back. */
  #removing = 0
  #closed = false

  /**
   * `make` makes a slot of a number, 1 and up. `outlives` says that the working directory is there without any slot.
   * `besides` are for programs beside those that take turns: they are made when no other slot is about to come back or to
   * make room.
   */
  constructor(most: number, outlives: boolean, make: (number: number) => Promise<ProgramSlot>, besides = 0) {
    this.#most = most
    this.#outlives = outlives
    this.#make = make
    this.#besides = besides
  }

  /** Makes the first one. */
  async open(): Promise<void> {
    this.#give(await this.#add())
  }

  /** Runs a program in a slot of its own. What is temporary is gone before another one begins, though the result does not wait for it. */
  async run(task: SlotTask, io: CommandIo, temporary: readonly string[] = []): Promise<CommandExit> {
    const slot = await this.#take(io.signal)
    let usable = false
    try {
      this.#tellOfHome(slot, io)
      const run = await slot.run(task, io)
      usable = run.usable
      if (!usable && !this.#isKept(slot)) {
        io.onStateLost?.()
        if (this.#home === slot.home) this.#home = undefined
      }
      return run.exit
    } catch (error) {
      usable = slot.isUsable
      throw error
    } finally {
      if (usable && temporary.length > 0) this.#removeFiles(slot, temporary)
      this.#release(slot, usable)
      if (!usable && temporary.length > 0 && this.#isKept(slot)) this.#removeElsewhere(temporary)
    }
  }

  /** Waits until every slot that nobody uses is clean. */
  async settled(): Promise<void> {
    await Promise.all(this.#cleaning)
  }

  /** Ends every slot. @throws why one could not be removed */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#waiting.splice(0)) waiting.resolve()
    const removals = await Promise.allSettled([...this.#all].map((slot) => slot.remove()))
    await this.settled()
    const again = await Promise.allSettled([...this.#unremoved].map((slot) => slot.remove()))
    for (const result of [...removals, ...again]) if (result.status === 'rejected') throw result.reason
  }

  /** Whether the working directory of a container that ended is there all the same. */
  #isKept(slot: ProgramSlot): boolean {
    return this.#outlives || [...this.#all].some((other) => other !== slot && other.home === slot.home && !other.living.isOver)
  }

  /** A program that is the first one in a working directory, and not the first one of all, hears that there was another. */
  #tellOfHome({ home }: ProgramSlot, io: CommandIo): void {
    const isNew = this.#home !== undefined && this.#home !== home
    this.#home = home
    if (isNew && !this.#outlives) io.onStateLost?.()
  }

  async #take(signal: AbortSignal): Promise<ProgramSlot> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#closed) throw stopped()
      const slot = this.#idle.pop()
      if (slot?.isUsable) {
        await Promise.all(this.#removals)
        return slot
      }
      if (slot) void this.#discard(slot)
      // One that comes back in a moment is worth waiting for; a new one takes much longer.
      else if (this.#returning <= this.#waiting.length && this.#mayAdd) return this.#add()
      else await this.#wait(signal)
    }
  }

  get #mayAdd(): boolean {
    const most = this.#removing > 0 ? this.#most : this.#most + this.#besides
    return this.#numbers.size < most
  }

  #removeFiles(slot: ProgramSlot, paths: readonly string[]): void {
    const removal = slot.removeFiles(paths).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  /** The slot in which they were made is gone, and they are not. */
  #removeElsewhere(paths: readonly string[]): void {
    const removing = async (): Promise<void> => {
      const slot = await this.#take(new AbortController().signal)
      await slot.removeFiles(paths)
      this.#release(slot, true)
    }
    void this.#inBackground(removing())
  }

  /** Waits until some slot came back or went. */
  async #wait(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>()
    const onAbort = (): void => turn.resolve()
    this.#waiting.push(turn)
    signal.addEventListener('abort', onAbort, { once: true })
    await turn.promise
    signal.removeEventListener('abort', onAbort)
    const at = this.#waiting.indexOf(turn)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  async #add(): Promise<ProgramSlot> {
    const number = this.#takeNumber()
    try {
      const slot = await this.#make(number)
      this.#all.add(slot)
      if (!this.#closed) return slot
      await this.#discard(slot)
      throw stopped()
    } catch (error) {
      this.#numbers.delete(number)
      throw error
    } finally {
      this.#next()
    }
  }

  #takeNumber(): number {
    let number = 1
    while (this.#numbers.has(number)) number += 1
    this.#numbers.add(number)
    return number
  }

  #give(slot: ProgramSlot): void {
    this.#idle.push(slot)
    this.#next()
  }

  #next(): void {
    this.#waiting.shift()?.resolve()
  }

  #release(slot: ProgramSlot, usable: boolean): void {
    this.#returning += 1
    void this.#inBackground(this.#clean(slot, usable).finally(() => (this.#returning -= 1)))
  }

  async #clean(slot: ProgramSlot, usable: boolean): Promise<void> {
    const clean = usable && (await slot.settled().catch(() => false))
    if (!clean || this.#closed) return void this.#discard(slot)
    // The next shell begins now, so that nobody waits for it.
    await slot.warm()
    this.#give(slot)
  }

  /** Resolves when it is gone, or could not be removed. */
  async #discard(slot: ProgramSlot): Promise<void> {
    if (!this.#all.delete(slot)) return
    this.#removing += 1
    const freed = (): void => {
      this.#removing -= 1
      this.#numbers.delete(slot.number)
      this.#next()
    }
    const removal = slot.remove().catch(() => this.#unremoved.add(slot))
    await this.#inBackground(removal.then(freed))
  }

  #inBackground(work: Promise<unknown>): Promise<void> {
    const done = work
      .then(
        () => {},
        () => {},
      )
      .then(() => void this.#cleaning.delete(done))
    this.#cleaning.add(done)
    return done
  }
}

function stopped(): CodeExecutorError<'EXECUTOR_STOPPED'> {
  return new CodeExecutorError('EXECUTOR_STOPPED', 'The docker executor was stopped.', { executor: 'docker' })
}
