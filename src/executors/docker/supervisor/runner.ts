import { CodeExecutorError } from '../../../core/index.ts'
import { quoteLiterally } from '../../../engine/index.ts'
import { randomName } from '../../../workspace/index.ts'
import type { Channel, ExecPlace, OutputListener } from '../exec-channel.ts'
import { MarkedStream } from '../marked-stream.ts'
import { signalName } from '../wait-status.ts'
import type { LaunchScript } from './launch-script.ts'
import type { ProgramEnd } from './program-end.ts'
import { RUNNER } from './scripts.ts'

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

/** One program under way. */
interface Turn {
  readonly listener: OutputListener
  readonly feeds: Uint8Array[]
  /** What the shell prints before it becomes the program; `undefined` once it has begun. */
  prologue: string | undefined
  complaint: string
  refused: string | undefined
  /** Whether it was given any of the feeds. */
  isFed: boolean
  end: ProgramEnd | undefined
  errorEnded: boolean
  readonly settled: PromiseWithResolvers<ProgramEnd | undefined>
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
    (chunk) => this.#onProgramError(chunk),
    () => this.#onErrorEnd(),
  )
  #channel: Channel | undefined
  #turn: Turn | undefined
  readonly #started = Promise.withResolvers<number | undefined>()
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
    const turn = this.#begin(listener, script.feeds, '')
    this.#channel?.write(script.text)
    const end = await turn.settled.promise
    if (end === undefined || turn.prologue === undefined) return end
    if (turn.refused !== undefined || !('signal' in end.outcome)) throw refusal(turn)
    if (!turn.isFed) return end
    this.#giveUp() // it would take long to skip what is left of a feed
    return undefined
  }

  /**
   * Lets the prepared shell wait beside a program that somebody else runs, until {@link release}: then it ends what that
   * program left, as after one of its own, and this resolves. A program's signals end the shell and not its waiting for us.
   */
  hold(): Promise<ProgramEnd | undefined> {
    const turn = this.#begin({ onOutput: () => {}, onError: () => {} }, [], undefined)
    this.#channel?.write('trap : 15\n')
    return turn.settled.promise
  }

  /** Ends the waiting of a shell that is held. */
  release(failed: boolean): void {
    if (this.#turn !== undefined) this.#channel?.write(`exit ${failed ? 1 : 0}\n`)
  }

  #begin(listener: OutputListener, feeds: readonly Uint8Array[], prologue: string | undefined): Turn {
    const settled = Promise.withResolvers<ProgramEnd | undefined>()
    const turn: Turn = {
      listener,
      feeds: [...feeds],
      prologue,
      complaint: '',
      refused: undefined,
      isFed: false,
      end: undefined,
      errorEnded: false,
      settled,
    }
    void settled.promise.then(() => (this.#turn = undefined))
    this.#turn = turn
    this.#ready = Promise.withResolvers<boolean>()
    this.#keepAliveUntil(this.#ready.promise)
    if (this.#closed) settled.resolve(undefined)
    return turn
  }

  /** Resolves when the next program may come: to whether the temporary files of the last one are gone. */
  get ready(): Promise<boolean> {
    return this.#ready.promise
  }

  /**
   * Makes ready for the next program. `keep` are processes that are no program's, besides the runner and the container's own.
   * What comes may be work of ours, which leaves none.
   */
  prepare(keep: readonly number[], isOwnWork = false): void {
    if (!this.#closed) this.#tell(`${isOwnWork ? 'own ' : ''}${keep.join(' ')}`)
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
    const turn = this.#turn
    if (turn === undefined) return
    if (turn.prologue === undefined) turn.listener.onOutput(chunk)
    else this.#readPrologue(turn, chunk)
  }

  #readPrologue(turn: Turn, chunk: Buffer): void {
    const before = Buffer.byteLength(turn.prologue ?? '', 'latin1')
    const text = `${turn.prologue ?? ''}${chunk.toString('latin1')}`
    let at = 0
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      const line = text.slice(at, end)
      at = end + 1
      if (line === 'need') this.#feed(turn)
      else if (line === 'begun') {
        turn.prologue = undefined
        const rest = chunk.subarray(at - before)
        if (rest.length > 0) turn.listener.onOutput(rest)
        return
      } else if (line.startsWith('refused ')) turn.refused = Buffer.from(line.slice('refused '.length), 'latin1').toString('utf8')
    }
    turn.prologue = text.slice(at)
  }

  #feed(turn: Turn): void {
    const feed = turn.feeds.shift()
    turn.isFed = true
    if (feed) this.#channel?.write(feed)
  }

  #onProgramError(chunk: Buffer): void {
    const turn = this.#turn
    if (turn === undefined) return
    if (turn.prologue === undefined || turn.refused === undefined) turn.listener.onError(chunk)
    if (turn.prologue !== undefined) turn.complaint += chunk.toString('utf8')
  }

  #onLine(line: string): void {
    const [what, ...values] = line.split(' ')
    if (what === 'runner') return this.#started.resolve(Number(values[0]))
    if (what === 'removed') return this.#removals.shift()?.resolve()
    if (what === 'ready') return this.#ready.resolve(values[0] === '1')
    const [status = 0, signaled, memoryKills = 0, refusedForks = 0, full, gone] = values.map(Number)
    if (what !== 'end' || this.#turn === undefined) return
    // A shell's status above 128 may stand for a signal; it says on its own error output when it does.
    const outcome = signaled === 1 ? { signal: signalName(status - 128) } : { exitCode: status }
    this.#turn.end = { outcome, counts: { memoryKills, refusedForks }, diskFull: full === 1, gone: gone === 1 }
    this.#settle(this.#turn)
  }

  #onErrorEnd(): void {
    if (this.#turn === undefined) return
    this.#turn.errorEnded = true
    this.#settle(this.#turn)
  }

  #settle({ end, errorEnded, settled }: Turn): void {
    if (end !== undefined && errorEnded) settled.resolve(end)
  }

  #onClosed(): void {
    this.#closed = true
    this.#started.resolve(undefined)
    for (const removal of this.#removals.splice(0)) removal.resolve()
    this.#output.end()
    this.#error.end()
    this.#ready.resolve(false)
    this.#turn?.settled.resolve(undefined)
  }
}

function refusal({ refused, complaint }: Turn): CodeExecutorError {
  const reason = [refused ?? 'it did not begin', complaint.trim()].filter(Boolean).join(': ')
  if (refused?.startsWith('link ')) {
    const path = refused.slice('link '.length)
    return new CodeExecutorError('INVALID_PATH', `${path} is a link that a program left; nothing is written through it. Remove it first.`, {
      path,
      reason: 'it is a link',
    })
  }
  return new CodeExecutorError('BACKEND_REJECTED', `The container refused to run it: ${reason}.`, { executor: 'docker', reason })
}
