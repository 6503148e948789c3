import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import type { CommandIo } from '../../engine/index.ts'
import { isGvisor, mostProcesses } from './gvisor.ts'
import type { LivingContainer } from './container.ts'
import { listenerOf } from './exec-channel.ts'
import type { ForkServerSetup } from './preload/fork-server.ts'
import { ForkedRun } from './preload/forked-run.ts'
import { Preloaded } from './preload/preloaded.ts'
import { encodeOrder, END_WAITING, type WaitingNode } from './preload/waiting-node.ts'
import type { ProgramSlot, SlotRun, SlotTask } from './program-slot.ts'
import { readEnd } from './read-end.ts'
import type { DockerSettings } from './settings.ts'
import { removalScript } from './supervisor/launch-script.ts'
import { Killers } from './supervisor/killers.ts'
import { evidenceSince, largerOf, lostError, type KernelCounts, type ProgramEnd } from './supervisor/program-end.ts'
import { Runner, type SupervisorUser } from './supervisor/runner.ts'
import { SEALED_SHELL } from './supervisor/holder-script.ts'
import { startSupervisors } from './supervisor/start-supervisors.ts'

/** How long a program may take to end by itself after it was asked to. */
const GRACE_MS = 100
/** How long the runner may take to say that a program which was killed has ended. */
const PATIENCE_MS = 2_000

/** A Node waits for the next program until so much in a row was something else. */
const MOST_RUNS_WITHOUT_NODE = 5

/** Groups of executors that share a container: a number that no other of them has drawn, and no image knows. */
const FIRST_SHARED_GROUP = 100_000
const SHARED_GROUPS = 1_000_000

/**
 * One container and the processes in it that run programs, one at a time. What a program does to them shows, and they are
 * made again; where that is not enough the whole container is.
 */
export class Slot implements ProgramSlot {
  readonly living: LivingContainer
  readonly home: string
  /** Its number among the slots of an executor, 1 and up. */
  readonly number: number
  readonly #settings: DockerSettings
  readonly #user: SupervisorUser
  #runner: Runner
  readonly #killers: Killers
  #counts: KernelCounts = { memoryKills: 0, refusedForks: 0 }
  /** What waits for the next program. */
  #prepared: 'shell' | 'node' | undefined
  #preloaded: Preloaded | undefined
  #node: WaitingNode | undefined
  /** The last one, until it was looked at after its end. */
  #forked: ForkedRun | undefined
  /** How much was run since something that it could have become. */
  #runsWithoutNode = 0

  private constructor(
    number: number,
    living: LivingContainer,
    home: string,
    settings: DockerSettings,
    user: SupervisorUser,
    runner: Runner,
    killers: Killers,
  ) {
    this.number = number
    this.living = living
    this.home = home
    this.#settings = settings
    this.#user = user
    this.#runner = runner
    this.#killers = killers
  }

  /** Starts what runs programs in a container. @throws see `engineError`, `BACKEND_REJECTED` */
  static async start(number: number, living: LivingContainer, home: string, settings: DockerSettings): Promise<Slot> {
    const { workDir } = settings
    const group = settings.reuseContainer ? String(FIRST_SHARED_GROUP + randomInt(SHARED_GROUPS)) : ''
    const user = group === '' ? settings.user : `${settings.user.split(':')[0]}:${group}`
    const { holders } = living
    const most = isGvisor(settings.runtime)
      ? String(mostProcesses(settings.limits, holders.length, settings.preload.python.length > 0 ? 1 : 0))
      : ''
    const shells = living.sealed ? [SEALED_SHELL, '/bin/sh'] : ['/bin/sh']
    for (const shell of shells) {
      // Some kernels, gVisor's for one, do not start what they may not read.
      const setup = { shell, user, group, workDir, most, holders }
      const started = await startSupervisors(living, setup)
      if (started) return new Slot(number, living, home, settings, setup, started.runner, new Killers(living, setup, started.killer))
    }
    const reason = `its shell ended at once as user ${user} in ${workDir}`
    throw new CodeExecutorError('BACKEND_REJECTED', `No program can be run in the container: ${reason}.`, { executor: 'docker', reason })
  }

  /** Whether another program may come. */
  get isUsable(): boolean {
    return !this.living.isOver && !this.#runner.isClosed
  }

  /** Imports modules ahead of the programs that will. @throws see `ForkServer.start` */
  async preload(setup: ForkServerSetup): Promise<void> {
    this.#preloaded = await Preloaded.start(this.living.processes, this.#user, setup)
  }

  /** Has a Node wait for the next program. @throws `BACKEND_REJECTED` when it cannot */
  async waitWith(node: WaitingNode): Promise<void> {
    await this.#prepare()
    this.#prepared = undefined
    const refusal = await this.#runner.wait(node.script)
    if (refusal) throw refusal
    this.#prepared = 'node'
    this.#node = node
  }

  /** Runs a program until it and everything that it started has ended. */
  async run(task: SlotTask, io: CommandIo): Promise<SlotRun> {
    const become = task.fork && this.#node?.canRun(task.fork) ? encodeOrder(task.fork) : undefined
    this.#runsWithoutNode = become ? 0 : this.#runsWithoutNode + 1
    if (this.#prepared === 'node') {
      const run = await this.#supervise(io, this.#order(become ?? END_WAITING, io))
      if (run !== 'not begun') return run
    }
    await this.#prepare(task.isOwnWork)
    this.#prepared = undefined
    const server = task.fork && this.#preloaded?.serverFor(task.fork)
    if (server && task.fork) {
      const forked = new ForkedRun(server, this.#runner, this.#counts)
      this.#forked = forked
      const run = await this.#supervise(io, forked.run(task.fork, io), forked)
      if (run !== 'not begun') return run
      await this.#prepare()
      this.#prepared = undefined
    }
    this.#preloaded?.dropAhead()
    const run = await this.#supervise(io, this.#runner.run(task.script, listenerOf(io)))
    if (run === 'not begun') throw new Error('a script is begun or refused')
    return run
  }

  /** Ends a program on abort and at a limit, waits for it, and tells how it ended. */
  async #supervise(
    io: CommandIo,
    running: Promise<ProgramEnd | undefined | 'not begun'>,
    forked?: ForkedRun,
  ): Promise<SlotRun | 'not begun'> {
    const before = this.#counts
    const startedAt = performance.now()
    running.catch(() => {}) // looked at below
    const watch = new AbortController()
    let ending: Promise<void> | undefined
    const end = (how: () => Promise<void>): void => {
      if (forked?.isOver === true) return // what it left is being ended already
      forked?.beginEnding()
      ending ??= how()
    }
    const onAbort = (): void => end(() => this.#end(running, forked?.left ?? running))
    let seen = before
    const watching = this.#killers.watch(before, watch.signal, (counts) => {
      seen = counts
      end(() => this.#killAll())
    })
    io.signal.addEventListener('abort', onAbort, { once: true })
    if (io.signal.aborted) onAbort()
    try {
      const ended = await running
      watch.abort()
      await Promise.all([watching, ending])
      if (ended === 'not begun') return ended
      if (ended) this.#remember(ended.counts)
      return ended
        ? this.#finish({ ...ended, counts: largerOf(seen, ended.counts) }, before)
        : await this.#recover(before, seen, ending !== undefined, startedAt)
    } finally {
      watch.abort()
      io.signal.removeEventListener('abort', onAbort)
    }
  }

  /** Tells the Node that waits what to become. */
  async #order(order: Buffer, io: CommandIo): Promise<ProgramEnd | undefined | 'not begun'> {
    this.#prepared = undefined
    const { end, hasBegun } = await this.#runner.order(order, listenerOf(io))
    if (end === undefined || hasBegun || io.signal.aborted) return end
    this.#remember(end.counts)
    return 'not begun'
  }

  /** Removes files of the working directory. Resolves when they are gone. */
  async removeFiles(paths: readonly string[]): Promise<void> {
    await this.#forked?.cared
    const quiet = { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal }
    if (this.#prepared === 'node') await this.#order(END_WAITING, quiet)
    if (this.#prepared === undefined) return this.#runner.remove(paths)
    // What comes now is read by the shell that waits for a program.
    this.#prepared = undefined
    await this.#runner.run(removalScript(paths), quiet)
  }

  /** Waits until the temporary files of the last program are gone; `false` when they are not. */
  async settled(): Promise<boolean> {
    const cared = await this.#forked?.cared
    this.#forked = undefined
    if (cared) this.#remember(cared.counts)
    if (cared?.gone === false) return false
    return (await this.#runner.ready) && this.isUsable
  }

  get #expectsNode(): boolean {
    return this.#node !== undefined && this.#runsWithoutNode < MOST_RUNS_WITHOUT_NODE
  }

  /** Ends it; a container that is to stay stays. */
  async remove(): Promise<void> {
    this.#preloaded?.end()
    this.#runner.end()
    this.#killers.end()
    await this.living.remove()
  }

  /** What the next program starts from. */
  #remember(counts: KernelCounts): void {
    // Where nothing counts, it tells what is at the moment.
    this.#counts = this.#user.most === '' ? counts : { ...counts, refusedForks: 0 }
  }

  #finish(end: ProgramEnd, before: KernelCounts): SlotRun {
    return { exit: readEnd(end, before, this.#settings.limits), usable: end.gone }
  }

  /** Lets the next shell begin, which takes a moment that nobody then waits for. Work of ours needs nobody who ends it. */
  async #prepare(isOwnWork = false): Promise<void> {
    if (this.#prepared) return
    await this.#preloaded?.revive()
    const killer = isOwnWork ? undefined : await this.#killers.revive()
    if (!this.#expectsNode) this.#preloaded?.makeAhead()
    this.#runner.prepare([killer?.pid ?? [], this.#preloaded?.keep ?? []].flat(), { isOwnWork, mayBeHeld: this.#preloaded !== undefined })
    this.#prepared = 'shell'
  }

  /** Prepares ahead of need. */
  async warm(): Promise<void> {
    await this.#prepare()
    if (!this.#node || !this.#expectsNode) return
    this.#prepared = 'node'
    void this.#runner.wait(this.#node.script) // one that does not is missed and no more
  }

  /** Asks everything to end, gives the program a moment, and then takes what is left. */
  async #end(running: Promise<unknown>, left: Promise<unknown>): Promise<void> {
    const killer = await this.#killers.current
    if (!killer || killer.isClosed) return this.#giveUp(running)
    killer.terminate()
    const graceOver = new AbortController()
    const over = running.catch(() => {})
    await Promise.race([left.catch(() => {}), delay(GRACE_MS, undefined, { signal: graceOver.signal }).catch(() => {})])
    graceOver.abort()
    const answer = await killer.kill([this.#runner.pid, ...(this.#preloaded?.keep ?? [])])
    // Without an answer the killer may have been ended with what an ended program left; then that program is over.
    if (answer?.gone === false) return this.#giveUp(running)
    const late = new AbortController()
    const value = await Promise.race([over, delay(PATIENCE_MS, 'late', { signal: late.signal }).catch(() => {})])
    late.abort()
    if (value === 'late') this.living.abandon()
  }

  async #killAll(): Promise<void> {
    if ((await this.#killers.killAll())?.gone !== true) this.living.abandon()
  }

  /** What cannot be killed inside ends with the container. */
  async #giveUp(running: Promise<unknown>): Promise<void> {
    this.living.abandon()
    await running.catch(() => {})
  }

  /** The runner is gone: a program killed it, or we did with everything else, or the kernel for memory, or all is over. */
  async #recover(before: KernelCounts, seen: KernelCounts, wasEnded: boolean, startedAt: number): Promise<SlotRun> {
    const answer = await this.#killers.killAll()
    const counts = largerOf(seen, answer?.counts ?? seen)
    const lost: ProgramEnd = { outcome: { signal: 'SIGKILL' }, counts, diskFull: false, gone: true }
    const exit = readEnd(lost, before, this.#settings.limits)
    if (answer?.gone === true) {
      this.#remember(answer.counts)
      const runner = await Runner.start(this.living.processes, this.#user)
      if (runner) {
        this.#runner = runner
        if (wasEnded || exit.kind !== 'signaled') return { exit, usable: true }
        throw lostError('the program ended the shell that ran it', true)
      }
    }
    if (!this.living.isOver) this.living.abandon()
    if (wasEnded) await this.living.ended()
    else if ((await this.living.end(evidenceSince(startedAt, before))).outOfMemory) {
      return { exit: { kind: 'out-of-memory', limitBytes: this.#settings.limits.memory }, usable: false }
    }
    if (wasEnded || exit.kind !== 'signaled') return { exit, usable: false }
    throw lostError('the container ended, or the connection to it broke', false)
  }
}
