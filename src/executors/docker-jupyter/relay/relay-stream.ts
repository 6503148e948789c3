import { Duplex } from 'node:stream'
import { FRAME, frameHeader, MOST_DATA_BYTES, WINDOW_BYTES } from './frames.ts'

/** A part of the window that is worth a message of its own. */
const CREDIT_BYTES = WINDOW_BYTES / 4

/** The relay of a stream. */
export interface StreamOwner {
  /** Takes bytes for the other end, in order. */
  send(bytes: Buffer): void
  /** One more, or one less, keeps this process alive. */
  reference(change: 1 | -1): void
  /** The stream is over. */
  forget(stream: number): void
}

/** One byte stream through a relay, as a socket would be. What is read or written too fast waits. */
export class RelayStream extends Duplex {
  readonly #number: number
  readonly #owner: StreamOwner
  #isReferenced = false
  /** Bytes that came and were not yet acknowledged. */
  #uncredited = 0
  /** Bytes that may be sent before the other end has taken some. */
  #room = WINDOW_BYTES
  #waiting: { rest: Buffer; readonly done: (error?: Error | null) => void } | undefined
  #isReset = false

  constructor(number: number, owner: StreamOwner) {
    super({ readableHighWaterMark: MOST_DATA_BYTES, writableHighWaterMark: MOST_DATA_BYTES, emitClose: true })
    this.#number = number
    this.#owner = owner
    // Who uses it hears of an error; one that comes when nobody does any more is nobody's.
    this.on('error', () => {})
    this.ref()
    this.#send(frameHeader(FRAME.open, number))
  }

  /** It keeps this process alive, as a new one does. */
  ref(): this {
    if (!this.#isReferenced && !this.destroyed) this.#owner.reference(1)
    this.#isReferenced = !this.destroyed
    return this
  }

  /** It does not. */
  unref(): this {
    if (this.#isReferenced) this.#owner.reference(-1)
    this.#isReferenced = false
    return this
  }

  /** What clients of sockets call. There is no connection of its own that could be tuned, and whoever waits has a time limit. */
  setKeepAlive(): this {
    return this
  }

  /** As {@link setKeepAlive}: nothing is held back here. */
  setNoDelay(): this {
    return this
  }

  /** As {@link setKeepAlive}. */
  setTimeout(): this {
    return this
  }

  /** Bytes came. The chunk's memory may be used again after the call. */
  receive(chunk: Buffer): void {
    this.#uncredited += chunk.length
    if (this.push(Buffer.from(chunk))) this.#credit()
  }

  /** No more bytes come. */
  receiveEnd(): void {
    this.push(null)
  }

  /** The other end took bytes in. */
  receiveCredit(bytes: number): void {
    this.#room += bytes
    this.#flush()
  }

  /** The connection broke. */
  receiveReset(why: string): void {
    this.#isReset = true
    this.destroy(Object.assign(new Error(why), { code: 'ECONNRESET' }))
  }

  override _read(): void {
    this.#credit()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#waiting = { rest: chunk, done }
    this.#flush()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send(frameHeader(FRAME.end, this.#number))
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isOver = this.readableEnded && this.writableFinished
    if (!this.#isReset && !isOver) this.#send(frameHeader(FRAME.reset, this.#number))
    this.unref()
    this.#owner.forget(this.#number)
    this.#waiting?.done(error)
    this.#waiting = undefined
    done(error)
  }

  #flush(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    while (this.#room > 0 && waiting.rest.length > 0) {
      const part = waiting.rest.subarray(0, Math.min(MOST_DATA_BYTES, this.#room))
      this.#room -= part.length
      waiting.rest = waiting.rest.subarray(part.length)
      this.#send(Buffer.concat([frameHeader(FRAME.data, this.#number, part.length), part]))
    }
    if (waiting.rest.length > 0) return
    this.#waiting = undefined
    waiting.done()
  }

  #send(bytes: Buffer): void {
    this.#owner.send(bytes)
  }

  #credit(): void {
    if (this.#uncredited < CREDIT_BYTES) return
    this.#send(frameHeader(FRAME.credit, this.#number, this.#uncredited))
    this.#uncredited = 0
  }
}
