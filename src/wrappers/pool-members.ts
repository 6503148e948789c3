import { setTimeout as sleep } from 'node:timers/promises'
import { CodeExecutorError, type Capability, type CodeExecutor } from '../core/index.ts'
import { messageOf, orAborted } from '../engine/index.ts'
import { assertExecutor, invalid, stopped } from './checks.ts'
import type { RecyclableExecutor, ResolvedPoolOptions } from './pool-options.ts'
import type { PoolCounts } from './pool-stats.ts'
import { TurnQueue } from './turn-queue.ts'

/** The first wait after an executor could not be made; it doubles up to the longest. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/** An executor of a pool. */
export interface Member {
  readonly executor: CodeExecutor
  /** How often it was handed out. */
  uses: number
}

/** The executors of a pool from its opening to its closing: makes them, hands them out in turn, replaces them. */
export class PoolMembers {
  readonly #options: ResolvedPoolOptions
  readonly #all = new Set<Member>()
  readonly #idle: Member[] = []
  readonly #queue = new TurnQueue<Member>()
  readonly #seen = new WeakSet<CodeExecutor>()
  readonly #background = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  readonly #unstoppable: unknown[] = []
  #closed: Promise<void> | undefined
  #capabilities: ReadonlySet<Capability> | undefined
  #failures = 0
  #replaced = 0
  #lastError: unknown

  constructor(options: ResolvedPoolOptions) {
    this.#options = options
  }

  /** What the first executor that was made can do; `undefined` until then. */
  get capabilities(): ReadonlySet<Capability> | undefined {
    return this.#capabilities
  }

  get counts(): PoolCounts {
    const { size } = this.#options
    const idle = this.#idle.length
    return { idle, busy: this.#all.size - idle, starting: size - this.#all.size, waiting: this.#queue.length, replaced: this.#replaced }
  }

  /** What the last executor that had to be replaced, or could not be made, failed with. */
  get lastError(): unknown {
    return this.#lastError
  }

  /** Makes all of them at once. @throws what the first one that failed did; `close` stops the others */
  async fill(): Promise<void> {
    const making = Array.from({ length: this.#options.size }, () => this.#make())
    for (const one of making) this.#inBackground(one)
    for (const member of await Promise.all(making)) this.#give(member)
  }

  /** Waits for a turn. @throws `BACKEND_REJECTED` when too many wait, `signal.reason`, or what making executors fails with while there is none */
  acquire(signal: AbortSignal): Promise<Member> {
    this.#closing.signal.throwIfAborted()
    const member = this.#idle.shift()
    if (member) return Promise.resolve(member)
    const { name, maxQueue } = this.#options
    if (this.#queue.length >= maxQueue) {
      const message = `The ${name} executor is busy and ${this.#queue.length} calls wait already. Call again later, or raise size or maxQueue.`
      throw new CodeExecutorError('BACKEND_REJECTED', message, { executor: name, reason: 'queue full' })
    }
    return this.#queue.wait(signal)
  }

  /** Takes a member back; the next one in the queue gets it, or the one that replaces it. */
  release(member: Member, broken: { readonly error: unknown } | undefined): void {
    const { maxUses, recycle } = this.#options
    member.uses += 1
    if (broken) this.#lastError = broken.error
    if (broken || member.uses >= maxUses || recycle === 'replace') this.#inBackground(this.#replace(member))
    else if (recycle === 'none') this.#give(member)
    else this.#inBackground(this.#recycle(member, recycling(recycle)))
  }

  /** Stops every member, also those in the making. @throws `CLEANUP_FAILED` when one could not be stopped */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { name } = this.#options
    this.#closing.abort(stopped(name, 'was stopped'))
    await Promise.all([...this.#all].map((member) => this.#stop(member.executor)))
    await Promise.allSettled(this.#background)
    if (this.#unstoppable.length === 0) return
    const left = this.#unstoppable.map(messageOf)
    const cause = this.#unstoppable.length === 1 ? this.#unstoppable[0] : new AggregateError(this.#unstoppable)
    throw new CodeExecutorError(
      'CLEANUP_FAILED',
      `The ${name} executor could not stop all of its executors: ${left.join('; ')}`,
      { executor: name, left },
      { cause },
    )
  }

  async #make(): Promise<Member> {
    const { signal } = this.#closing
    const executor = await this.#options.create({ signal })
    assertExecutor(executor, 'what create returned')
    if (this.#seen.has(executor))
      throw invalid('what create returned', executor.name, 'is an executor that the pool has already; make a new one each time')
    assertRecyclable(executor, this.#options.recycle)
    this.#seen.add(executor)
    try {
      signal.throwIfAborted()
      await executor.start({ signal })
      signal.throwIfAborted()
    } catch (error) {
      await this.#stop(executor)
      throw error
    }
    const member = { executor, uses: 0 }
    this.#all.add(member)
    this.#capabilities ??= executor.capabilities
    return member
  }

  #give(member: Member): void {
    if (!this.#queue.give(member)) this.#idle.push(member)
  }

  async #recycle(member: Member, recycle: (executor: CodeExecutor) => Promise<void>): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) return
    try {
      await orAborted(recycle(member.executor), signal)
    } catch (error) {
      if (signal.aborted) return
      this.#lastError = error
      return this.#replace(member)
    }
    this.#give(member)
  }

  /** The old one goes first: the new one may need its port, its name or its memory. */
  async #replace(member: Member): Promise<void> {
    this.#all.delete(member)
    this.#replaced += 1
    await this.#stop(member.executor)
    for (let made = false; !made && !this.#closing.signal.aborted;) made = await this.#tryToMake()
  }

  async #tryToMake(): Promise<boolean> {
    const { signal } = this.#closing
    try {
      const member = await this.#make()
      this.#failures = 0
      this.#give(member)
      return true
    } catch (error) {
      if (signal.aborted) return false
      this.#lastError = error
      // As long as one is alive it comes back to those who wait; without one they would wait for nothing.
      if (this.#all.size === 0) this.#queue.refuseAll(error)
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures)
      this.#failures += 1
      await sleep(waitMs, undefined, { signal }).catch(() => {})
      return false
    }
  }

  async #stop(executor: CodeExecutor): Promise<void> {
    try {
      await executor.stop()
    } catch (error) {
      this.#unstoppable.push(error)
    }
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    )
    this.#background.add(settled)
    void settled.then(() => this.#background.delete(settled))
  }
}

/** What the pool itself knows to do between two uses. */
const BUILT_IN: readonly string[] = ['none', 'restart', 'replace']

/** @throws `INVALID_ARGUMENT` when the executor does not know the way that was asked for */
function assertRecyclable(executor: CodeExecutor, recycle: ResolvedPoolOptions['recycle']): asserts executor is RecyclableExecutor {
  if (typeof recycle === 'function' || BUILT_IN.includes(recycle)) return
  const known = 'recyclings' in executor && Array.isArray(executor.recyclings) ? (executor.recyclings as readonly string[]) : []
  if (known.includes(recycle)) return
  throw invalid(
    'options.recycle',
    recycle,
    `is no way to recycle the ${executor.name} executor; it knows ${[...BUILT_IN, ...known].join(', ')}`,
  )
}

function recycling(how: Exclude<ResolvedPoolOptions['recycle'], undefined>): (executor: CodeExecutor) => Promise<void> {
  if (typeof how === 'function') return how
  if (how === 'restart') return (executor) => executor.restart()
  return async (executor) => {
    assertRecyclable(executor, how)
    await executor.recycle(how)
  }
}
