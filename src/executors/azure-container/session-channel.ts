import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import type { WholeProgramIo } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import { ExecSocket } from './exec-socket.ts'
import { EXECUTOR } from './explain.ts'
import { RUNNER_DIRECTORY, WORK_DIR } from './group-spec.ts'
import { FrameReader, type FrameListener, type RunnerEnd } from './runner/frames.ts'
import type { Plan } from './runner/plan.ts'
import type { OutputRoom } from './runner/room.ts'

/** What the runner says before it knows the secret of its frames. */
const READY = 'polyrun-ready'
/** How long a runner may take to begin, and to end a run that is no longer wanted. */
const BEGIN_MS = 20_000
const KILL_MS = 10_000
const NOBODY: FrameListener = { onOutput: () => {}, onError: () => {}, onPhase: () => {} }

/** How to reach a container. */
export interface ChannelAddress {
  readonly uri: string
  readonly password: string
  readonly tlsCa: string | undefined
}

/** A runner in a container that takes one run after the other over an exec socket. */
export class SessionChannel {
  readonly #socket: ExecSocket
  readonly #lines: LineSplitter
  #closed = false

  private constructor(socket: ExecSocket, lines: LineSplitter) {
    this.#socket = socket
    this.#lines = lines
    void socket.closed.then(() => (this.#closed = true))
  }

  /**
   * Starts a runner whose runs have this group of processes, and ends what an earlier one left of it.
   * @throws `BACKEND_UNREACHABLE`, `BACKEND_REJECTED` when the image lacks something, `signal.reason`
   */
  static async open(address: ChannelAddress, group: number, openFiles: number | undefined, signal: AbortSignal): Promise<SessionChannel> {
    const lines = new LineSplitter()
    const ready = Promise.withResolvers<void>()
    lines.listener = (line) => line.includes(READY) && ready.resolve()
    const socket = await ExecSocket.open(address.uri, address.password, address.tlsCa, (text) => lines.push(text), signal)
    const channel = new SessionChannel(socket, lines)
    try {
      await socket.send(`exec /bin/sh ${RUNNER_DIRECTORY}/run.sh session ${WORK_DIR} ${openFiles ?? "''"}\n`)
      await channel.#until(ready.promise, BEGIN_MS, signal)
      const secret = randomName(16)
      const reader = new FrameReader(secret, NOBODY)
      const begun = Promise.withResolvers<void>()
      lines.listener = (line) => {
        reader.push([line])
        if (reader.hasBegun || reader.end !== undefined) begun.resolve()
      }
      await socket.send(`${secret} ${group}\n`)
      await channel.#until(begun.promise, BEGIN_MS, signal)
      const { end } = reader
      if (end?.kind !== 'refused') return channel
      throw new CodeExecutorError(
        'BACKEND_REJECTED',
        `The container refused to run programs: ${end.reason}. Take an image that has what it names.`,
        {
          executor: EXECUTOR,
          reason: end.reason,
        },
      )
    } catch (error) {
      channel.close()
      throw error
    }
  }

  /** Whether it can take another run. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * Runs a plan. When the signal fires, everything that the run started is dead when this settles, or the channel is closed.
   * @throws `BACKEND_LOST` when the socket was cut meanwhile; its program may be running still
   */
  async run(plan: Plan, room: OutputRoom, io: Omit<WholeProgramIo, 'holdDeadline'>): Promise<RunnerEnd> {
    const secret = randomName(16)
    const reader = new FrameReader(secret, io)
    const over = Promise.withResolvers<void>()
    this.#lines.listener = (line) => {
      reader.push([line])
      if (reader.end !== undefined) over.resolve()
    }
    const onAbort = (): void => void this.#kill(over.promise)
    io.signal.addEventListener('abort', onAbort, { once: true })
    try {
      const script = plan.script.toString('base64')
      await this.#socket.send('new\n')
      for (const [name, content] of plan.parts) await this.#sendPart(name, content)
      await this.#socket.send(`run ${secret} 0 ${room.live} ${room.part} ${room.most} ${script.length}\n${script}`)
      if (io.signal.aborted) onAbort()
      await Promise.race([over.promise, this.#socket.closed])
    } finally {
      io.signal.removeEventListener('abort', onAbort)
      this.#lines.listener = () => {}
    }
    if (reader.end !== undefined) return reader.end
    throw lost('the exec socket was cut while a program ran')
  }

  close(): void {
    this.#closed = true
    this.#socket.close()
  }

  async #sendPart(name: string, content: Uint8Array): Promise<void> {
    const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64')
    await this.#socket.send(`part ${name} ${text.length}\n${text}`)
  }

  async #kill(over: Promise<void>): Promise<void> {
    await this.#socket.send('kill\n')
    const timer = new AbortController()
    await Promise.race([over, delay(KILL_MS, undefined, { signal: timer.signal }).then(() => this.close())]).catch(() => {})
    timer.abort()
  }

  async #until(promise: Promise<void>, limitMs: number, signal: AbortSignal): Promise<void> {
    const timer = new AbortController()
    const late = delay(limitMs, undefined, { signal: AbortSignal.any([timer.signal, signal]) }).then(
      () => Promise.reject(lost(`the runner did not begin within ${limitMs} ms`)),
      () => Promise.reject(signal.aborted ? signal.reason : lost('nobody waits any more')),
    )
    late.catch(() => {})
    const cut = this.#socket.closed.then(() =>
      Promise.reject(lost('the exec socket was closed before the runner began; the image may have no /bin/sh or no stty')),
    )
    cut.catch(() => {})
    try {
      await Promise.race([promise, late, cut])
    } finally {
      timer.abort()
    }
  }
}

/** Text in pieces to lines, as a terminal ends them. */
class LineSplitter {
  listener: (line: string) => void = () => {}
  #rest = ''

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.listener(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}

function lost(how: string): CodeExecutorError<'BACKEND_LOST'> {
  const message = `The session in the container group was lost: ${how}. Run it again if it may run twice.`
  return new CodeExecutorError('BACKEND_LOST', message, { executor: EXECUTOR })
}
