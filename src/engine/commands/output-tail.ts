import { decode, firstCharacterStart, wholeCharactersEnd } from '../utf8-edges.ts'

/** What came since a position, as text. */
export interface TailPiece {
  readonly text: string
  /** Bytes between the position and the piece that are gone. */
  readonly lostBytes: number
  /** The position behind the piece. */
  readonly next: number
}

/** Where the buffer begins; it grows as output comes. */
const FIRST_BYTES = 4 * 1024

/** Keeps the last bytes of a stream, for readers who come now and then. Memory never exceeds twice the limit. */
export class OutputTail {
  readonly #limit: number
  #bytes = Buffer.alloc(0)
  #length = 0
  #total = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** Takes a chunk. It is copied, so the caller may use its memory again. */
  push(chunk: Uint8Array): void {
    const incoming = chunk.subarray(Math.max(0, chunk.byteLength - this.#limit))
    this.#makeRoom(incoming.byteLength)
    this.#bytes.set(incoming, this.#length)
    this.#length += incoming.byteLength
    this.#total += chunk.byteLength
  }

  /** Takes note of bytes that never came. What was there before them is gone for readers, as if it had come too. */
  omit(bytes: number): void {
    this.#length = 0
    this.#total += bytes
  }

  /** What is there behind a position. While more may come, a character that is not complete waits for the rest of it. */
  since(position: number, isOver: boolean): TailPiece {
    const kept = Math.min(this.#length, this.#limit)
    const oldest = this.#total - kept
    const from = Math.min(Math.max(position, oldest), this.#total)
    const bytes = this.#bytes.subarray(this.#length - (this.#total - from), this.#length)
    const start = from > position ? firstCharacterStart(bytes) : 0
    const end = isOver ? bytes.byteLength : Math.max(start, wholeCharactersEnd(bytes))
    return { text: decode(bytes.subarray(start, end)), lostBytes: Math.max(0, from + start - position), next: from + end }
  }

  /** No more comes: what is not needed is given back. */
  end(): void {
    const kept = Math.min(this.#length, this.#limit)
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#length - kept, this.#length))
    this.#length = kept
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.byteLength) return
    const most = 2 * this.#limit
    const kept = Math.min(this.#length, this.#limit)
    const size = Math.min(most, Math.max(this.#length + more, 2 * this.#bytes.byteLength, FIRST_BYTES))
    const grows = size > this.#bytes.byteLength
    const bytes = grows ? Buffer.allocUnsafeSlow(size) : this.#bytes
    const moved = this.#length + more <= size ? this.#length : kept
    bytes.set(this.#bytes.subarray(this.#length - moved, this.#length), 0)
    this.#bytes = bytes
    this.#length = moved
  }
}
