/** What a frame is about. The numbers are those of the program in `relay-script.ts`. */
export const FRAME = {
  /** A stream of this number begins; only this side says so. */
  open: 0,
  /** Bytes of a stream. */
  data: 1,
  /** No more bytes come in this direction. */
  end: 2,
  /** The stream is over at once, in both directions. */
  reset: 3,
  /** So many bytes were taken in, and as many more may come. Its number of bytes is the length of no payload. */
  credit: 4,
} as const

/** One number out of {@link FRAME}. */
export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/** Kind, stream and length, the last two as 32 bits in big endian. */
const HEADER_BYTES = 9
/** Bytes of a stream that may be under way in one direction before they were taken in at the other end. */
export const WINDOW_BYTES = 1024 * 1024
/** Bytes of one frame. A frame of another stream waits no longer than for these. */
export const MOST_DATA_BYTES = 64 * 1024

/** What takes the frames of the other side. The memory of a chunk may be used again after the call. */
export interface FrameListener {
  onData(stream: number, chunk: Buffer): void
  onControl(kind: FrameKind, stream: number, amount: number): void
}

/** The bytes of a frame without its payload. */
export function frameHeader(kind: FrameKind, stream: number, length = 0): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header[0] = kind
  header.writeUInt32BE(stream, 1)
  header.writeUInt32BE(length, 5)
  return header
}

/** Takes frames apart as their bytes come. Data is handed on without waiting for its frame to be whole. */
export class FrameReader {
  readonly #listener: FrameListener
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #stream = 0
  #left = 0

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const part = chunk.subarray(at, at + this.#left)
        at += part.length
        this.#left -= part.length
        this.#listener.onData(this.#stream, part)
        continue
      }
      const taken = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes)
      at += taken
      this.#headerBytes += taken
      if (this.#headerBytes === HEADER_BYTES) this.#readHeader()
    }
  }

  #readHeader(): void {
    this.#headerBytes = 0
    const kind = this.#header[0] as FrameKind
    const length = this.#header.readUInt32BE(5)
    this.#stream = this.#header.readUInt32BE(1)
    if (kind === FRAME.data) this.#left = length
    else this.#listener.onControl(kind, this.#stream, length)
  }
}
