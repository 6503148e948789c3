import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import { load } from './connect.ts'
import { EXECUTOR } from './explain.ts'

/** How long it may take until the socket is there; firewalls that drop its port say nothing. */
const HANDSHAKE_MS = 15_000
/** Characters of one message; its end is waited for before the next, so that not all of a large input waits in memory. */
const MESSAGE_CHARACTERS = 192 * 1024

/** The part of a socket of `ws` that is used here. */
interface Socket {
  on(event: 'open' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'message', listener: (data: Uint8Array | ArrayBuffer | readonly Uint8Array[]) => void): unknown
  send(data: string, sent: (error?: Error | null) => void): void
  terminate(): void
}

/** The terminal of a process in a container, over the socket that Azure gives for it. */
export class ExecSocket {
  /** Resolves when nothing comes any more. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  #sending: Promise<void> = Promise.resolve()

  private constructor(socket: Socket, closed: Promise<void>) {
    this.#socket = socket
    this.closed = closed
  }

  /**
   * Opens one.
   * @throws `BACKEND_UNREACHABLE` with the host and port, which many networks block
   */
  static async open(
    uri: string,
    password: string,
    tlsCa: string | undefined,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<ExecSocket> {
    const { WebSocket } = await load('ws', () => import('ws'))
    const socket: Socket = new WebSocket(uri, {
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      ...(tlsCa !== undefined && { ca: tlsCa }),
    })
    const opened = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const onAbort = (): void => opened.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('open', () => opened.resolve())
    socket.on('error', (error) => opened.reject(unreachable(uri, error)))
    socket.on('close', () => {
      opened.reject(unreachable(uri, new Error('it was closed at once')))
      closed.resolve()
    })
    // Frames of the service end anywhere, also within a character; the first one is empty and is not the end.
    const decoder = new TextDecoder()
    socket.on('message', (data) => onText(decoder.decode(bytesOf(data), { stream: true })))
    try {
      if (signal.aborted) onAbort()
      await opened.promise
    } catch (error) {
      socket.terminate()
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
    const opener = new ExecSocket(socket, closed.promise)
    await opener.send(password)
    return opener
  }

  /** Types text. Resolves when it is on its way, also when nobody will read it. */
  send(text: string): Promise<void> {
    this.#sending = this.#sending.then(async () => {
      for (let start = 0; start < text.length; start += MESSAGE_CHARACTERS) {
        const part = text.slice(start, start + MESSAGE_CHARACTERS)
        await new Promise<void>((resolve) => this.#socket.send(part, () => resolve()))
      }
    })
    return this.#sending
  }

  /** Ends it at once: its process hears that the terminal is gone. */
  close(): void {
    this.#socket.terminate()
  }
}

function bytesOf(data: Uint8Array | ArrayBuffer | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return data
  return data instanceof ArrayBuffer ? new Uint8Array(data) : Buffer.concat([...data])
}

function unreachable(uri: string, cause: Error): CodeExecutorError {
  const host = URL.parse(uri)?.host ?? 'the host that Azure named'
  const message = `The exec socket at ${host} could not be opened: ${messageOf(cause)}. Many networks block its port: open it, or take isolation: 'execution', which needs port 443 only.`
  return new CodeExecutorError('BACKEND_UNREACHABLE', message, { executor: EXECUTOR }, { cause })
}
