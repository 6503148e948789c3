import type { Duplex } from 'node:stream'
import { CodeExecutorError } from '../../../core/index.ts'
import { orAborted } from '../../../engine/index.ts'
import type { DockerContainer } from '../../docker/client.ts'
import { Channel } from '../../docker/exec-channel.ts'
import { FRAME, FrameReader, WINDOW_BYTES, type FrameKind, type FrameListener } from './frames.ts'
import { RELAY } from './relay-script.ts'
import { RelayStream, type StreamOwner } from './relay-stream.ts'

/** Bytes of what a relay complains of that are kept. */
const COMPLAINT_BYTES = 2_000

/** How a relay is started in a container. */
export interface RelaySetup {
  /** The interpreter. */
  readonly python: string
  /** User and group: somebody whom no kernel can signal, and who may use the socket. */
  readonly user: string
  /** The socket that its streams lead to. */
  readonly socketPath: string
}

/**
 * Byte streams to a socket in a container that has no network, all over one process of the engine that was started ahead.
 * A stream begins at once and without a word to the engine.
 */
export class Relay implements FrameListener, StreamOwner {
  readonly #frames = new FrameReader(this)
  readonly #streams = new Map<number, RelayStream>()
  readonly #ready = Promise.withResolvers<void>()
  #channel: Channel | undefined
  #isReady = false
  #isClosed = false
  #complaint = ''
  #numbers = 0
  /** Streams that keep this process alive. */
  #referenced = 0

  /** Starts one. @throws see `engineError`; `BACKEND_REJECTED` when it ended at once */
  static async start(container: DockerContainer, { python, user, socketPath }: RelaySetup, signal: AbortSignal): Promise<Relay> {
    const relay = new Relay()
    const Cmd = [python, '-I', '-S', '-c', RELAY, socketPath, String(WINDOW_BYTES)]
    const { channel } = await Channel.exec(container, { Cmd, User: user, WorkingDir: '/' }, relay)
    relay.#channel = channel
    void channel.closed.then(() => relay.#onClosed())
    await orAborted(relay.#ready.promise, signal)
    channel.keepAlive(false)
    return relay
  }

  /** Whether it is gone: its process was ended, or the container. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Opens a stream. One that leads nowhere breaks. */
  open(): Duplex {
    const number = (this.#numbers += 1)
    const stream = new RelayStream(number, this)
    this.#streams.set(number, stream)
    if (this.#isClosed) queueMicrotask(() => stream.receiveReset(GONE))
    return stream
  }

  send(bytes: Buffer): void {
    if (!this.#isClosed) this.#channel?.write(bytes)
  }

  reference(change: 1 | -1): void {
    this.#referenced += change
    this.#channel?.keepAlive(this.#referenced > 0)
  }

  forget(stream: number): void {
    this.#streams.delete(stream)
  }

  /** Ends it and every stream. */
  end(): void {
    this.#channel?.destroy()
    this.#onClosed()
  }

  onOutput(chunk: Buffer): void {
    if (this.#isReady) return this.#frames.push(chunk)
    this.#isReady = true
    this.#ready.resolve()
    this.#frames.push(chunk.subarray(1))
  }

  onError(chunk: Buffer): void {
    this.#complaint = (this.#complaint + chunk.toString('utf8')).slice(-COMPLAINT_BYTES)
  }

  onData(number: number, chunk: Buffer): void {
    this.#streams.get(number)?.receive(chunk)
  }

  onControl(kind: FrameKind, number: number, amount: number): void {
    const stream = this.#streams.get(number)
    if (kind === FRAME.end) stream?.receiveEnd()
    if (kind === FRAME.credit) stream?.receiveCredit(amount)
    if (kind === FRAME.reset) stream?.receiveReset('The server in the container closed the connection, or does not listen yet.')
  }

  #onClosed(): void {
    this.#isClosed = true
    const reason = this.#complaint.trim() || 'it ended at once'
    const message = `The container has no Python that can carry bytes: ${reason}. Take an image in which python3 and jupyter-server are.`
    this.#ready.reject(new CodeExecutorError('BACKEND_REJECTED', message, { executor: 'docker-jupyter', reason }))
    this.#ready.promise.catch(() => {}) // nobody waits any more when it was ready
    for (const stream of [...this.#streams.values()]) stream.receiveReset(GONE)
  }
}

const GONE = 'The connection to the container broke.'
