const LINE_FEED = 0x0a

/**
 * A stream in which somebody we trust writes lines that begin with a secret, among bytes of somebody who does not know
 * it. Hands on the bytes as they come and the lines, without the secret, when they are whole.
 */
export class MarkedStream {
  readonly #secret: Buffer
  readonly #onBytes: (chunk: Buffer) => void
  readonly #onLine: (line: string) => void
  /** Bytes at the end that may be the beginning of the secret. */
  #held: Buffer | undefined
  /** A line that has begun. */
  #line: Buffer | undefined

  constructor(secret: string, onBytes: (chunk: Buffer) => void, onLine: (line: string) => void) {
    this.#secret = Buffer.from(secret, 'latin1')
    this.#onBytes = onBytes
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    let rest = chunk
    if (this.#held) {
      rest = Buffer.concat([this.#held, chunk])
      this.#held = undefined
    }
    while (rest.length > 0) rest = this.#line ? this.#readLine(this.#line, rest) : this.#readBytes(rest)
  }

  /** The stream is over: what was held back were just bytes. */
  end(): void {
    const held = this.#held
    this.#held = undefined
    if (held) this.#onBytes(held)
  }

  #readLine(line: Buffer, rest: Buffer): Buffer {
    const end = rest.indexOf(LINE_FEED)
    if (end < 0) {
      this.#line = Buffer.concat([line, rest])
      return rest.subarray(rest.length)
    }
    this.#line = undefined
    this.#onLine(
      Buffer.concat([line, rest.subarray(0, end)])
        .toString('latin1')
        .trim(),
    )
    return rest.subarray(end + 1)
  }

  #readBytes(rest: Buffer): Buffer {
    const found = rest.indexOf(this.#secret)
    if (found >= 0) {
      if (found > 0) this.#onBytes(rest.subarray(0, found))
      this.#line = Buffer.alloc(0)
      return rest.subarray(found + this.#secret.length)
    }
    const held = this.#beginningAtEnd(rest)
    if (held > 0) this.#held = Buffer.from(rest.subarray(rest.length - held)) // a copy: the chunk's memory is used again
    if (rest.length > held) this.#onBytes(rest.subarray(0, rest.length - held))
    return rest.subarray(rest.length)
  }

  /** How many bytes at the end are the beginning of the secret. */
  #beginningAtEnd(rest: Buffer): number {
    for (let length = Math.min(this.#secret.length - 1, rest.length); length > 0; length -= 1) {
      if (rest.compare(this.#secret, 0, length, rest.length - length) === 0) return length
    }
    return 0
  }
}
