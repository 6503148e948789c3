import { CodeExecutorError } from '../../../core/index.ts'
import { quoteLiterally } from '../../../engine/index.ts'
import { randomName } from '../../../workspace/index.ts'
import type { Channel, ExecPlace, OutputListener } from '../exec-channel.ts'
import { MarkedStream } from '../marked-stream.ts'
import { signalName, type WaitStatus } from '../wait-status.ts'
import type { LaunchScript } from './launch-script.ts'
import { RUNNER } from './scripts.ts'

/** What the kernel counted for the container since it was made. */
export interface KernelCounts {
  /** Processes killed because the memory limit was reached. */
  readonly memoryKills: number
  /** Forks refused because the process limit was reached; where they are not counted, 1 while there are too many processes. */
  readonly refusedForks: number
}

/** How a program ended, as the shell that waited for it says. */
export interface ProgramEnd {
  readonly outcome: WaitStatus
  readonly counts: KernelCounts
  /** Whether the working directory or the temporary one was full when the program had failed. */
  readonly diskFull: boolean
  /** Whether everything that it started is gone. */
  readonly gone: boolean
}

/** How a supervisor's process is started. */
export interface SupervisorUser {
  readonly shell: string
  readonly user: string
  /** The group of its processes where others use the container too, or `''`. */
  readonly group: string
  readonly workDir: string
  /** How many processes there are when a program has as many as it may, where the kernel does not count them; or `''`. */
  readonly most: string
}

/** One program under way. */
interface Turn {
  readonly listener: OutputListener
  readonly feeds: Uint8Array[]
  /** What the shell prints before it becomes the program; `undefined` once it has begun. */
  prologue: string | undefined
  complaint: string
  refused: string | undefined
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

  /** Starts one; resolves to nothing when it ended at once. */
  static async start(place: ExecPlace, setup: SupervisorUser): Promise<Runner | undefined> {
    const runner = new Runner()
    const { shell, user, group, workDir, most } = setup
    const config = { Cmd: [shell, '-c', RUNNER, 'polyrun', shell, workDir, group, most], User: user, WorkingDir: workDir }
    const channel = await place.exec(config, runner)
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
   * Lets a script become a program. Resolves to how that ended, or to nothing when the runner was lost with it.
   * @throws `INVALID_PATH`, `BACKEND_REJECTED` when the script gave up before there was a program
   */
  async run(script: LaunchScript, listener: OutputListener): Promise<ProgramEnd | undefined> {
    const turn = this.#begin(listener, script.feeds, '')
    this.#channel?.write(script.text)
    const end = await turn.settled.promise
    if (end !== undefined && turn.prologue !== undefined) throw refusal(turn)
    return end
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
   * Makes ready for the next program. `keep` are the processes of the container that are no program's, the holder first. What
   * comes may be work of ours, which leaves none.
   */
  prepare(keep: readonly number[], isOwnWork = false): void {
    if (!this.#closed) this.#channel?.write(`${isOwnWork ? 'own ' : ''}${keep.join(' ')}\n`)
  }

  /** Removes files of the working directory, between two programs. Resolves when they are gone. */
  async remove(paths: readonly string[]): Promise<void> {
    if (this.#closed || paths.length === 0) return
    const removal = Promise.withResolvers<void>()
    this.#removals.push(removal)
    this.#keepAliveUntil(removal.promise)
    this.#channel?.write(`rm -rf -- ${paths.map((path) => quoteLiterally(`./${path}`)).join(' ')}\n`)
    await removal.promise
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
