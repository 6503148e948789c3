import { randomName } from '../../../workspace/index.ts'
import type { OutputListener } from '../exec-channel.ts'
import { MarkedStream } from '../marked-stream.ts'
import { SECRET_BYTES } from './fork-request.ts'

/**
 * What a fork server says from one order to its answer. Both streams carry the program's bytes between two marks; what is
 * before them was left by somebody else. The program can know the first mark and not the second one.
 */
export class Exchange implements OutputListener {
  readonly begin = randomName(SECRET_BYTES / 2)
  readonly end = randomName(SECRET_BYTES / 2)
  /** The answer, once both streams have been read up to it. */
  readonly answer: Promise<string>
  readonly #output: MarkedSection
  readonly #error: MarkedSection

  constructor(listener: OutputListener, { hasBegun }: { readonly hasBegun: boolean }) {
    this.#output = new MarkedSection(this, hasBegun, (chunk) => listener.onOutput(chunk))
    this.#error = new MarkedSection(this, hasBegun, (chunk) => listener.onError(chunk))
    this.answer = Promise.all([this.#output.ended, this.#error.ended]).then(([answer]) => answer)
  }

  /** Whether a program has begun. */
  get hasBegun(): boolean {
    return this.#output.hasBegun
  }

  onOutput(chunk: Buffer): void {
    this.#output.push(chunk)
  }

  onError(chunk: Buffer): void {
    this.#error.push(chunk)
  }

  /** Nothing more comes: what was held back were just bytes. */
  close(): void {
    this.#output.close()
    this.#error.close()
  }
}

/** One of the two streams. */
class MarkedSection {
  readonly ended: Promise<string>
  hasBegun: boolean
  #hasEnded = false
  readonly #untilBegin: MarkedStream
  readonly #untilEnd: MarkedStream

  constructor(marks: { readonly begin: string; readonly end: string }, hasBegun: boolean, onBytes: (chunk: Buffer) => void) {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.ended = promise
    this.hasBegun = hasBegun
    this.#untilBegin = new MarkedStream(
      marks.begin,
      (chunk) => this.hasBegun && onBytes(chunk),
      () => (this.hasBegun = true),
    )
    this.#untilEnd = new MarkedStream(
      marks.end,
      (chunk) => {
        if (this.#hasEnded) return
        if (this.hasBegun) return onBytes(chunk)
        this.#untilBegin.push(chunk)
        if (this.hasBegun) this.#untilBegin.end() // from now on bytes go past it
      },
      (line) => {
        this.#hasEnded = true
        resolve(line)
      },
    )
  }

  push(chunk: Buffer): void {
    this.#untilEnd.push(chunk)
  }

  close(): void {
    this.#untilEnd.end()
  }
}
