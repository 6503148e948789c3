import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../../engine/index.ts'
import type { JupyterAddress } from '../jupyter-server.ts'
import { readMessage, writeMessage, type KernelMessage, type Request } from './messages.ts'
import type { ServerSettings, WireSocket } from './services.ts'
import { readV1, V1 } from './wire-v1.ts'

/** Who hears of what a kernel says, and of what becomes of the connection. */
export interface ChannelListener {
  onMessage(message: KernelMessage): void
  /** The connection was cut and is there again. What was said meanwhile comes if the server kept it. */
  onRestored(): void
  /** The connection is gone for good: the kernel, the server or the way to it. */
  onLost(cause: Error): void
  /** Whether it is known that the server will not come back. */
  isHopeless(): Promise<boolean>
}

const OPEN = 1
/** An image of a hundred megabytes is twice that in base64, with what is around it. */
const LARGEST_MESSAGE_BYTES = 512 * 1024 ** 2
const HANDSHAKE_MS = 60_000
/** How long a connection that was cut is tried again, and how often. */
const PATIENCE_MS = 10_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/** The websocket of one kernel. It is opened again when it is cut, under the same session, so that servers give what they kept. */
export class KernelChannel {
  readonly #kernelId: string
  readonly #address: JupyterAddress
  readonly #settings: ServerSettings
  readonly #listener: ChannelListener
  readonly #session = randomUUID()
  #socket: WireSocket | undefined
  #isClosed = false
  #isAcknowledging = false
  #reopening: Promise<void> | undefined
  /** Older servers and gateways know no protocol by name, and then none may be asked for. */
  #protocols: readonly string[] = [V1]

  constructor(kernelId: string, address: JupyterAddress, settings: ServerSettings, listener: ChannelListener) {
    this.#kernelId = kernelId
    this.#address = address
    this.#settings = settings
    this.#listener = listener
  }

  /** Connects; the server answers when the kernel does. Rejects with why it could not. */
  async open(): Promise<void> {
    try {
      await this.#openOnce()
    } catch (cause) {
      if (cause instanceof RefusedError || this.#protocols.length === 0) throw cause
      this.#protocols = []
      try {
        await this.#openOnce()
      } catch {
        this.#protocols = [V1]
        throw cause
      }
    }
  }

  async #openOnce(): Promise<void> {
    const socket = this.#connect()
    const opened = Promise.withResolvers<void>()
    socket.on('open', opened.resolve)
    socket.on('unexpected-response', (_, { statusCode = 0 }) => {
      socket.terminate()
      opened.reject(new RefusedError(statusCode))
    })
    socket.on('error', opened.reject) // and keeps one that comes later from being nobody's
    socket.on('close', (code) => opened.reject(new Error(`the server closed the connection (${code})`)))
    socket.on('message', (data, isBinary) => this.#onFrame(socket, data, isBinary))
    this.#socket = socket
    await opened.promise
    if (this.#isClosed) return socket.terminate()
    socket.on('close', () => {
      this.#reopening = this.#reopen().finally(() => {
        this.#reopening = undefined
      })
    })
  }

  /** Settles when the connection is there, or lost: one that was cut may be on its way back. */
  async settled(): Promise<void> {
    await this.#reopening
  }

  /** Sends a request and returns its id. While the connection is down nothing can be sent. */
  send(request: Request): string {
    const id = randomUUID()
    const socket = this.#socket
    if (socket?.readyState !== OPEN) throw new Error('the connection to the kernel is down')
    socket.send(this.#settings.serializer.serialize(writeMessage(request, id, this.#session), socket.protocol))
    return id
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.terminate()
    this.#socket = undefined
  }

  #connect(): WireSocket {
    const { wsUrl, token, WebSocket } = this.#settings
    const { openStream } = this.#address
    const url = `${wsUrl}api/kernels/${encodeURIComponent(this.#kernelId)}/channels?session_id=${this.#session}`
    return new WebSocket(url, this.#protocols, {
      perMessageDeflate: false,
      maxPayload: LARGEST_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      headers: token === '' ? {} : { authorization: `token ${token}` },
      ...(openStream && { createConnection: () => unreferenced(openStream()) }),
    })
  }

  #onFrame(socket: WireSocket, data: Buffer, isBinary: boolean): void {
    if (this.#isClosed || socket !== this.#socket) return
    this.#acknowledge(socket)
    const message = this.#read(socket, data, isBinary)
    if (message) this.#listener.onMessage(message)
    if (message?.printed) free(data)
  }

  /** What is no message is left out: it can be of no run, and a run whose end never comes has a time limit. */
  #read(socket: WireSocket, data: Buffer, isBinary: boolean): KernelMessage | undefined {
    try {
      if (isBinary && socket.protocol === V1) return readV1(data)
      const { serializer } = this.#settings
      return readMessage(serializer.deserialize(isBinary ? new Uint8Array(data).buffer : data.toString('utf8'), socket.protocol))
    } catch {
      return undefined
    }
  }

  /**
   * A server that does not turn off Nagle's algorithm holds back its next small frame until the one before is acknowledged,
   * which this system puts off by 40 ms in case there is something to send with it. So something is sent: an unasked pong,
   * which RFC 6455 (5.5.3) lets everybody ignore.
   */
  #acknowledge(socket: WireSocket): void {
    if (this.#address.openStream || this.#isAcknowledging) return
    this.#isAcknowledging = true
    setImmediate(() => {
      this.#isAcknowledging = false
      if (socket.readyState === OPEN) socket.pong()
    })
  }

  async #reopen(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.open()
        if (!this.#isClosed) this.#listener.onRestored()
        return
      } catch (cause) {
        const isGone = (cause instanceof RefusedError && cause.statusCode === 404) || (await this.#listener.isHopeless())
        if (!this.#isClosed && (isGone || performance.now() > deadline)) {
          this.close()
          this.#listener.onLost(cause instanceof Error ? cause : new Error(messageOf(cause)))
        }
      }
      await delay(pauseMs)
    }
  }
}

/** An idle kernel is not to keep this process alive; a cell that runs has a time limit, which does. */
function unreferenced(stream: Duplex): Duplex {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
  return stream
}

/** Frames from this size on have memory of their own. */
const LARGE_BYTES = 64 * 1024

/** Gives back the memory of a frame whose content was copied. A program may print faster than memory is collected. */
function free(frame: Buffer): void {
  const { buffer } = frame
  if (frame.byteLength >= LARGE_BYTES && buffer instanceof ArrayBuffer && buffer.byteLength === frame.byteLength) buffer.transfer(0)
}

/** The server answered, and gave no websocket. */
export class RefusedError extends Error {
  readonly statusCode: number

  constructor(statusCode: number) {
    super(`the server answered HTTP ${statusCode}`)
    this.statusCode = statusCode
  }
}
