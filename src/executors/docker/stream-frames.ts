import { CodeExecutorError } from '../../core/index.ts'

const HEADER_BYTES = 8
const STANDARD_ERROR = 2

/**
 * Takes apart what the engine sends over one connection for two streams: frames of a header (stream, three zeros, length
 * in big endian) and bytes. See "Stream format" of the attach endpoint in the Docker Engine API. Bytes are handed on as
 * they come, without waiting for a frame to be whole.
 */
export class StreamFrames {
  readonly #onOutput: (chunk: Buffer) => void
  readonly #onError: (chunk: Buffer) => void
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #left = 0

  constructor(onOutput: (chunk: Buffer) => void, onError: (chunk: Buffer) => void) {
    this.#onOutput = onOutput
    this.#onError = onError
  }

  /** @throws `PROTOCOL_VIOLATION` when this is no such stream */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes)
        at += taken
        this.#headerBytes += taken
        if (this.#headerBytes < HEADER_BYTES) return
        this.#headerBytes = 0
        this.#left = this.#readLength()
        continue
      }
      const part = chunk.subarray(at, at + this.#left)
      at += part.length
      this.#left -= part.length
      if (this.#header[0] === STANDARD_ERROR) this.#onError(part)
      else this.#onOutput(part)
    }
  }

  #readLength(): number {
    if (this.#header.readUInt32BE(0) % 0x1000000 === 0 && (this.#header[0] ?? 0) <= STANDARD_ERROR) return this.#header.readUInt32BE(4)
    const promise = 'an attached stream is made of frames'
    throw new CodeExecutorError('PROTOCOL_VIOLATION', `The container engine broke its protocol: ${promise}.`, {
      executor: 'docker',
      promise,
    })
  }
}
