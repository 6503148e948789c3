import type { CodeExecutorError } from '../../../core/index.ts'
import { quoteLiterally } from '../../../engine/index.ts'
import { randomName } from '../../../workspace/index.ts'
import type { Channel, ExecPlace, OutputListener } from '../exec-channel.ts'
import { MarkedStream } from '../marked-stream.ts'
import { signalName } from '../wait-status.ts'
import type { LaunchScript } from './launch-script.ts'
import type { ProgramEnd } from './program-end.ts'
import { OUTLIVE_SIGNALS, RUNNER } from './scripts.ts'
import { Turn } from './turn.ts'

/** What a shell says when it outlives signals. */
const HOLDABLE = 'holdable'

/** How a supervisor's process is started. */
export interface SupervisorUser {
  readonly shell: string
  readonly user: string
  /** The group of its processes where others use the container too, or `''`. */
  readonly group: string
  readonly workDir: string
  /** How many processes there are when a program has as many as it may, where the kernel does not count them; or `''`. */
  readonly most: string
  /** The container's own processes, which belong to somebody else. */
  readonly holders: readonly number[]
}

/** The process in a container that runs programs, one after the other. */
export class Runner implements OutputListener {
  readonly #secret = randomName(16)
  readonly #output = new MarkedStream(
    this.#secret,
    (chunk) => this.#onProgramOutput(chunk),
    (line) => this.#onLine(line),
  )
  readonly #error = new MarkedStream(
    this.#secret,
    (chunk) => this.#turn?.onError(chunk),
    () => this.#turn?.onErrorEnd(),
  )
  #channel: Channel | undefined
  #turn: Turn | undefined
  /** One whose program nobody knows yet. */
  #waiting: Turn | undefined
  readonly #started = Promise.withResolvers<number | undefined>()
  /** Resolves when the prepared shell outlives signals, if it was to. */
  #holdable = Promise.withResolvers<void>()
  #awaitsHoldable = false
  readonly #removals: PromiseWithResolvers<void>[] = []
  #ready = Promise.withResolvers<boolean>()
  /** How much it is to say that somebody may wait for. */
  #awaited = 0
  #pid = 0
  #closed = false

  /**
   * Starts one; resolves to nothing when it ended at once.
   *
   * @param killer - what a killer is to do that it starts at the holder's relay
   */
  static async start(place: ExecPlace, setup: SupervisorUser, killer = ''): Promise<Runner | undefined> {
    const runner = new Runner()
    const { shell, user, group, workDir, most, holders } = setup
    const Cmd = [shell, '-c', RUNNER, 'polyrun', shell, workDir, group, most, holders.join(' '), killer]
    const channel = await place.exec({ Cmd, User: user, WorkingDir: workDir }, runner)
    runner.#channel = channel
    void channel.closed.then(() => runner.#onClosed())
    channel.write(`${runner.#secret}\n${randomName(8)}\n`)
    runner.#ready.resolve(true)
    const pid = await runner.#started.promise
    if (pid === undefined) return undefined
    runner.#pid = pid
    channel.keepAlive(false)
    return runner
  }

  /** Its process id in the container. */
  get pid(): number {
    return this.#pid
  }

  /** Whether it is gone: a program ended it, or the engine did. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** Resolves when nothing of it is left to be read. */
  get closed(): Promise<void> {
    return this.#channel?.closed ?? Promise.resolve()
  }

  /**
   * Lets a script become a program. Resolves to how that ended, or to nothing when the runner was lost with it. Who is ended
   * before there is a program has ended by a signal.
   * @throws `INVALID_PATH`, `BACKEND_REJECTED` when the script gave up before there was a program
   */
  async run(script: LaunchScript, listener: OutputListener): Promise<ProgramEnd | undefined> {
    const turn = this.#begin(new Turn(listener, script.feeds, (feed) => this.#channel?.write(feed)))
    this.#channel?.write(script.text)
    const end = await turn.settled
    if (end === undefined || turn.hasBegun) return end
    if (turn.isRefused || !('signal' in end.outcome)) throw turn.refusal()
    if (!turn.isFed) return end
    this.#giveUp() // it would take long to skip what is left of a feed
    return undefined
  }

  /**
   * Lets the prepared shell become an interpreter, which says `need` when it waits for the order that {@link order} gives it.
   * Resolves when it does, to why it does not when it ended instead. Nobody is kept alive by it.
   */
  async wait(script: Buffer): Promise<CodeExecutorError | undefined> {
    const turn = (this.#waiting = this.#begin(new Turn(), false))
    this.#channel?.write(script)
    await Promise.race([turn.needed, turn.settled])
    return turn.isNeeding ? undefined : turn.refusal()
  }

  /**
   * Tells what waits which program to become. Resolves like {@link run}, and to whether there was a program: one that ended
   * while it waited has run nothing, and neither has one that could not do as it was told.
   */
  async order(order: Buffer, listener: OutputListener): Promise<{ readonly end: ProgramEnd | undefined; readonly hasBegun: boolean }> {
    const turn = this.#waiting
    this.#waiting = undefined
    if (turn === undefined) return { end: undefined, hasBegun: false }
    this.#keepAliveUntil(this.#ready.promise)
    turn.listenWith(listener)
    await Promise.race([turn.needed, turn.settled])
    if (turn.isNeeding) this.#channel?.write(order)
    return { end: await turn.settled, hasBegun: turn.hasBegun }
  }

  /**
   * Lets the prepared shell wait beside a program that somebody else runs, until {@link release}: then it ends what that
   * program left, as after one of its own, and this resolves. The program is not to begin before {@link holdable}, since its
   * signals would end the shell.
   */
  hold(): Promise<ProgramEnd | undefined> {
    return this.#begin(Turn.ofNobody()).settled
  }

  /** Resolves when the prepared shell outlives what a program may send to it. */
  get holdable(): Promise<void> {
    return this.#holdable.promise
  }

  /** Ends the waiting of a shell that is held. */
  release(failed: boolean): void {
    if (this.#turn !== undefined) this.#channel?.write(`exit ${failed ? 1 : 0}\n`)
  }

  #begin(turn: Turn, isAwaited = true): Turn {
    void turn.settled.then(() => (this.#turn = undefined))
    this.#turn = turn
    this.#ready = Promise.withResolvers<boolean>()
    if (isAwaited) this.#keepAliveUntil(this.#ready.promise)
    if (this.#closed) turn.lose()
    return turn
  }

  /** Resolves when the next program may come: to whether the temporary files of the last one are gone. */
  get ready(): Promise<boolean> {
    return this.#ready.promise
  }

  /**
   * Makes ready for the next program. `keep` are processes that are no program's, besides the runner and the container's own.
   * What comes may be work of ours, which leaves none; or a shell that is held, which outlives signals from now on and not only
   * when the program that sends them may be there.
   */
  prepare(keep: readonly number[], { isOwnWork = false, mayBeHeld = false } = {}): void {
    if (this.#closed) return
    this.#tell(`${isOwnWork ? 'own ' : ''}${keep.join(' ')}`)
    this.#holdable = Promise.withResolvers()
    this.#awaitsHoldable = mayBeHeld
    if (mayBeHeld) this.#channel?.write(`${OUTLIVE_SIGNALS}; echo ${HOLDABLE}\n`)
  }

  /** Removes files of the working directory, between two programs. Resolves when they are gone. */
  async remove(paths: readonly string[]): Promise<void> {
    if (this.#closed || paths.length === 0) return
    const removal = Promise.withResolvers<void>()
    this.#removals.push(removal)
    this.#keepAliveUntil(removal.promise)
    this.#tell(`rm -rf -- ${paths.map((path) => quoteLiterally(`./${path}`)).join(' ')}`)
    await removal.promise
  }

  /** A line for the runner itself, whatever it has to skip before. */
  #tell(line: string): void {
    this.#channel?.write(`\n${this.#secret} ${line}\n`)
  }

  #giveUp(): void {
    this.#channel?.destroy()
    this.#onClosed()
  }

  /** Somebody may wait for what it is to say. */
  #keepAliveUntil(said: Promise<unknown>): void {
    this.#awaited += 1
    this.#channel?.keepAlive(true)
    void said.then(() => {
      this.#awaited -= 1
      if (this.#awaited === 0) this.#channel?.keepAlive(false)
    })
  }

  /** Ends it when it waits for a program. */
  end(): void {
    this.#channel?.end()
  }

  onOutput(chunk: Buffer): void {
    this.#output.push(chunk)
  }

  onError(chunk: Buffer): void {
    this.#error.push(chunk)
  }

  #onProgramOutput(chunk: Buffer): void {
    if (this.#awaitsHoldable && chunk.includes(HOLDABLE)) {
      this.#awaitsHoldable = false // no program is there before, and what one prints is not looked at
      this.#holdable.resolve()
    }
    this.#turn?.onOutput(chunk)
  }

  #onLine(line: string): void {
    const [what, ...values] = line.split(' ')
    if (what === 'runner') return this.#started.resolve(Number(values[0]))
    if (what === 'removed') return this.#removals.shift()?.resolve()
    if (what === 'ready') return this.#ready.resolve(values[0] === '1')
    const [status = 0, signaled, memoryKills = 0, refusedForks = 0, full, gone] = values.map(Number)
    if (what !== 'end') return
    // A shell's status above 128 may stand for a signal; it says on its own error output when it does.
    const outcome = signaled === 1 ? { signal: signalName(status - 128) } : { exitCode: status }
    this.#turn?.onEnd({ outcome, counts: { memoryKills, refusedForks }, diskFull: full === 1, gone: gone === 1 })
  }

  #onClosed(): void {
    this.#closed = true
    this.#started.resolve(undefined)
    for (const removal of this.#removals.splice(0)) removal.resolve()
    this.#output.end()
    this.#error.end()
    this.#ready.resolve(false)
    this.#turn?.lose()
  }
}
