import { setTimeout as delay } from 'node:timers/promises'
import { orAborted } from '../../../engine/index.ts'
import { randomName } from '../../../workspace/index.ts'
import type { ExecPlace, OutputListener } from '../exec-channel.ts'
import { MarkedStream } from '../marked-stream.ts'
import type { KernelCounts } from './program-end.ts'
import type { SupervisorUser } from './runner.ts'
import { KILLER } from './scripts.ts'

/** How long it may take to look. A program may have stopped it, and somebody the whole container. */
const PATIENCE_MS = 10_000
/** How long it may take to start: in a container that others use, a program of theirs may stop it half made, and the engine waits. */
const START_MS = 3_000
/** How long it may take to end everything. What cannot be ended in this time ends with the container. */
const KILL_PATIENCE_MS = 4_000
/** How often one that does not answer is looked at: a program may have stopped it. */
const LOOK_AT_IT_MS = 200

/** What the killer answers. */
export interface KillerAnswer {
  readonly counts: KernelCounts
  /** Whether nothing is left but what was to be kept. */
  readonly gone: boolean
}

const NOTHING_ENDED: KillerAnswer = { counts: { memoryKills: 0, refusedForks: 0 }, gone: false }

/** What takes commands to the killer. What it answers comes to a listener. */
export interface KillerLink {
  /** Resolves when it is gone. */
  readonly closed: Promise<void>
  write(lines: string): void
  /** Whether it keeps this process alive. */
  keepAlive(keep: boolean): void
  /** Ends the killer where the link is its only reason to live. */
  end(): void
  /** Whether a process in the container has been stopped, which a killer cannot say of itself. */
  isStopped?(pid: number): Promise<boolean>
  /** Lets go of it without waiting for anything; that closes the link. */
  destroy(): void
}

/** The process in a container that ends programs, and looks at what the kernel counts while they run. */
export class Killer {
  /** Its process id in the container. */
  readonly pid: number
  readonly #link: KillerLink
  readonly #answers: PromiseWithResolvers<KillerAnswer | undefined>[]
  #closed = false

  private constructor(pid: number, link: KillerLink, answers: PromiseWithResolvers<KillerAnswer | undefined>[]) {
    this.pid = pid
    this.#link = link
    this.#answers = answers
    void link.closed.then(() => {
      this.#closed = true
      for (const answer of answers.splice(0)) answer.resolve(undefined)
    })
  }

  /** Starts one. @throws see {@link ExecPlace} */
  static start(place: ExecPlace, { shell, user, group, workDir, most, holders }: SupervisorUser): Promise<Killer | undefined> {
    const Cmd = [shell, '-c', KILLER, 'polyrun', group, most, holders.join(' ')]
    return Killer.greet((listener) => place.exec({ Cmd, User: user, WorkingDir: workDir }, listener))
  }

  /** Gets to know one at the end of a link; resolves to nothing when it ended at once, or did not answer in time. */
  static async greet(open: (listener: OutputListener) => Promise<KillerLink>): Promise<Killer | undefined> {
    const secret = randomName(16)
    const answers: PromiseWithResolvers<KillerAnswer | undefined>[] = []
    const started = Promise.withResolvers<number | undefined>()
    const lines = new MarkedStream(
      secret,
      () => {},
      (line) => {
        const [what, first = '0', second = '0', third] = line.split(' ')
        if (what === 'killer') started.resolve(Number(first))
        else answers.shift()?.resolve({ counts: { memoryKills: Number(first), refusedForks: Number(second) }, gone: third === '1' })
      },
    )
    const listener = { onOutput: (chunk: Buffer) => lines.push(chunk), onError: () => {} }
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), START_MS)
    const opening = open(listener)
    try {
      const link = await orAborted(opening, late.signal)
      void link.closed.then(() => started.resolve(undefined))
      link.write(`${secret}\n`)
      const pid = await orAborted(started.promise, late.signal)
      link.keepAlive(false)
      return pid === undefined ? undefined : new Killer(pid, link, answers)
    } catch (error) {
      opening.then(
        (link) => link.destroy(),
        () => {},
      )
      if (late.signal.aborted) return undefined
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Whether it is gone: a program ended it, or the engine did. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** Asks everything of the programs' user to end. */
  terminate(): void {
    this.#link.write('terminate\n')
  }

  /** Looks at the kernel's counts. Resolves to nothing when it is gone, as the others do. */
  look(): Promise<KillerAnswer | undefined> {
    return this.#ask('look', PATIENCE_MS)
  }

  /** Kills everything but the processes to keep; those only when what is to be killed comes back faster than it can be found. */
  kill(keep: readonly number[]): Promise<KillerAnswer | undefined> {
    return this.#unlessStopped(this.#ask(`kill ${keep.join(' ')}`, KILL_PATIENCE_MS))
  }

  /** Kills everything of the programs' user at one stroke, the runner too. */
  killAll(): Promise<KillerAnswer | undefined> {
    return this.#unlessStopped(this.#ask('kill-all', KILL_PATIENCE_MS))
  }

  /** Ends it. */
  end(): void {
    this.#link.end()
  }

  /** One that a program has stopped will not end anything. */
  async #unlessStopped(answer: Promise<KillerAnswer | undefined>): Promise<KillerAnswer | undefined> {
    const over = new AbortController()
    void answer.then(() => over.abort())
    const stopped = async (): Promise<KillerAnswer | undefined> => {
      while (await delay(LOOK_AT_IT_MS, true, { signal: over.signal }).catch(() => false)) {
        if (await this.#link.isStopped?.(this.pid)) return NOTHING_ENDED
      }
      return answer
    }
    return Promise.race([answer, stopped()])
  }

  #ask(command: string, patienceMs: number): Promise<KillerAnswer | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const answer = Promise.withResolvers<KillerAnswer | undefined>()
    this.#answers.push(answer)
    this.#link.write(`${command}\n`)
    return inTime(answer.promise, this.#link, patienceMs)
  }
}

/** One that does not answer in time is given up; that settles the promise. */
async function inTime<T>(promise: Promise<T>, link: KillerLink, patienceMs: number): Promise<T> {
  const timer = setTimeout(() => link.destroy(), patienceMs)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
