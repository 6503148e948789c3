import { orAborted } from '../engine/index.ts'
import type { OutputStream } from './io.ts'

/** Nobody reads our standard output any more: `polyrun ... | head -1`. */
export class ReaderGone extends Error {}

/** Writes to a stream at the speed of its reader, and knows when the reader has left. */
export class OutputSink {
  readonly #stream: OutputStream
  readonly #signal: AbortSignal
  readonly #gone: Promise<void>
  #isGone = false
  /** What was written last did not end its line. */
  midLine = false

  constructor(stream: OutputStream, signal: AbortSignal) {
    this.#stream = stream
    this.#signal = signal
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gone = promise
    // EPIPE from a pipe, EIO from a terminal that was closed: what is written has no reader, and that is no fault.
    stream.on('error', () => {
      this.#isGone = true
      resolve()
    })
  }

  /** Writes text and waits while the reader is behind. @throws {@link ReaderGone}, or the reason of the signal */
  async write(text: string): Promise<void> {
    if (this.#isGone) throw new ReaderGone()
    if (text === '') return
    this.midLine = !text.endsWith('\n')
    if (!this.#stream.write(text)) await this.#drained()
    if (this.#isGone) throw new ReaderGone()
  }

  /** Waits until everything was handed over. @throws {@link ReaderGone}, or the reason of the signal */
  async flush(): Promise<void> {
    if (!this.#isGone) await this.#untilGone(new Promise<void>((resolve) => this.#stream.write('', () => resolve())))
    if (this.#isGone) throw new ReaderGone()
  }

  async #drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stream.once('drain', resolve)
    try {
      await this.#untilGone(promise)
    } finally {
      this.#stream.off('drain', resolve)
    }
  }

  #untilGone(promise: Promise<void>): Promise<void> {
    return orAborted(Promise.race([promise, this.#gone]), this.#signal)
  }
}
