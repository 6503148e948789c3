import { decode, firstCharacterStart, wholeCharactersEnd } from './utf8-edges.ts'

/** Where a buffer begins; it grows to its full size as output comes. */
const FIRST_BYTES = 4 * 1024

/**
 * Keeps the first and the last half of what passes through, and counts the rest. Memory never exceeds the cap, however
 * much comes.
 */
export class CappedBytes {
  #headLimit: number
  readonly #tailLimit: number
  #head = Buffer.alloc(0)
  #headBytes = 0
  /** The last bytes, a ring once it is full. */
  #ring = Buffer.alloc(0)
  #ringStart = 0
  #ringBytes = 0
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#tailLimit = Math.floor(limitBytes / 2)
    this.#headLimit = limitBytes - this.#tailLimit
  }

  /** Bytes that were left out so far. */
  get omittedBytes(): number {
    return this.#totalBytes - this.#headBytes - this.#ringBytes
  }

  /** Takes a chunk. It is copied, so the caller may use its memory again. */
  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength
    const room = Math.min(this.#headLimit - this.#headBytes, chunk.byteLength)
    if (room > 0) {
      this.#head = grown(this.#head, this.#headBytes, this.#headBytes + room, this.#headLimit)
      this.#head.set(chunk.subarray(0, room), this.#headBytes)
      this.#headBytes += room
    }
    if (room < chunk.byteLength) this.#pushTail(chunk.subarray(room))
  }

  /** Takes note of bytes that never came. What comes after them is the last part, so that the marker stands where they are missing. */
  omit(bytes: number): void {
    this.#totalBytes += bytes
    this.#headLimit = this.#headBytes
    this.#ringStart = 0
    this.#ringBytes = 0
  }

  /** Everything that was kept, as text, with one line between the ends that says how much is missing. */
  text(): string {
    const head = this.#head.subarray(0, this.#headBytes)
    const tail = this.#tail()
    if (this.omittedBytes === 0) return decode(Buffer.concat([head, tail]))
    const headEnd = wholeCharactersEnd(head)
    const tailStart = firstCharacterStart(tail)
    const omitted = this.omittedBytes + head.byteLength - headEnd + tailStart
    return `${decode(head.subarray(0, headEnd))}\n[... ${omitted} bytes left out ...]\n${decode(tail.subarray(tailStart))}`
  }

  #pushTail(chunk: Uint8Array): void {
    const incoming = chunk.subarray(Math.max(0, chunk.byteLength - this.#tailLimit))
    // It only wraps at its full size, so while it grows its content starts at 0.
    this.#ring = grown(this.#ring, this.#ringBytes, this.#ringBytes + incoming.byteLength, this.#tailLimit)
    const size = this.#ring.byteLength
    const position = size === 0 ? 0 : (this.#ringStart + this.#ringBytes) % size
    const untilEnd = Math.min(incoming.byteLength, size - position)
    this.#ring.set(incoming.subarray(0, untilEnd), position)
    this.#ring.set(incoming.subarray(untilEnd), 0)
    const overwritten = Math.max(0, this.#ringBytes + incoming.byteLength - size)
    if (size > 0) this.#ringStart = (this.#ringStart + overwritten) % size
    this.#ringBytes = Math.min(size, this.#ringBytes + incoming.byteLength)
  }

  #tail(): Buffer {
    const end = this.#ringStart + this.#ringBytes
    const size = this.#ring.byteLength
    if (end <= size) return this.#ring.subarray(this.#ringStart, end)
    return Buffer.concat([this.#ring.subarray(this.#ringStart), this.#ring.subarray(0, end - size)])
  }
}

/** A buffer with room for more, at least twice as large as before, so that growing costs little in all. */
function grown(buffer: Buffer<ArrayBuffer>, usedBytes: number, neededBytes: number, limitBytes: number): Buffer<ArrayBuffer> {
  const size = buffer.byteLength
  if (neededBytes <= size || size === limitBytes) return buffer
  const larger = Buffer.allocUnsafeSlow(Math.min(limitBytes, Math.max(neededBytes, size * 2, FIRST_BYTES)))
  larger.set(buffer.subarray(0, usedBytes))
  return larger
}
