import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** What a read takes at most. */
const READ_BYTES = 64 * 1024

/**
 * Reads a connection into one piece of memory that is used again and again. Node would make a new one for each read, and a
 * program that floods its output would have this process hold 70 MB of them until they are collected.
 *
 * Returns the stream to write to: a new one over the same connection, or the given one where that cannot be done and `onBytes`
 * hears of its `data` events.
 */
export function readSteadily(stream: NodeJS.ReadWriteStream, onBytes: (chunk: Buffer) => void): NodeJS.ReadWriteStream {
  const handle = handleOf(stream)
  if (handle === undefined) return stream.on('data', onBytes)
  const early = stream.read() as Buffer | null
  stream.removeAllListeners()
  stream.on('error', () => {})
  Object.assign(stream, { _handle: null }) // so that the old socket does not close what the new one reads
  const socket = new Socket({
    handle,
    readable: true,
    writable: true,
    onread: {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback(length, buffer) {
        onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, length))
        return true
      },
    },
  } as ConstructorParameters<typeof Socket>[0])
  if (early !== null) onBytes(early)
  socket.resume()
  return socket
}

/** The connection below a plain socket; an encrypted one is not read by us. */
function handleOf(stream: unknown): object | undefined {
  if (!(stream instanceof Socket) || stream instanceof TLSSocket) return undefined
  const { _handle: handle } = stream as unknown as { _handle?: unknown }
  return typeof handle === 'object' && handle !== null ? handle : undefined
}
