import { CodeExecutorError } from '../../../core/index.ts'
import type { OutputListener } from '../exec-channel.ts'
import type { ProgramEnd } from './program-end.ts'

const NOBODY: OutputListener = { onOutput: () => {}, onError: () => {} }

/** One program under way in a runner: what is said before it begins, what it prints, and how it ended. */
export class Turn {
  #listener: OutputListener
  readonly #feeds: Uint8Array[]
  readonly #onFeed: (feed: Uint8Array) => void
  readonly #needed = Promise.withResolvers<void>()
  readonly #settled = Promise.withResolvers<ProgramEnd | undefined>()
  /** What is said on the output before there is a program; `undefined` once it has begun. */
  #prologue: string | undefined = ''
  #complaint = ''
  #refused: string | undefined
  #isNeeding = false
  #isFed = false
  #end: ProgramEnd | undefined
  #errorEnded = false

  constructor(listener: OutputListener = NOBODY, feeds: readonly Uint8Array[] = [], onFeed: (feed: Uint8Array) => void = () => {}) {
    this.#listener = listener
    this.#feeds = [...feeds]
    this.#onFeed = onFeed
  }

  /** One of a program that somebody else runs. */
  static ofNobody(): Turn {
    const turn = new Turn()
    turn.#prologue = undefined
    return turn
  }

  /** Resolves to how it ended, or to nothing when the runner was lost with it. */
  get settled(): Promise<ProgramEnd | undefined> {
    return this.#settled.promise
  }

  /** Resolves when more than the feeds is asked for. */
  get needed(): Promise<void> {
    return this.#needed.promise
  }

  /** Whether more was asked for, and its end has not been told since. */
  get isNeeding(): boolean {
    return this.#isNeeding && this.#end === undefined
  }

  /** Whether there is a program. */
  get hasBegun(): boolean {
    return this.#prologue === undefined
  }

  /** Whether it was given any of the feeds. */
  get isFed(): boolean {
    return this.#isFed
  }

  /** Whether it was said why there will be no program. */
  get isRefused(): boolean {
    return this.#refused !== undefined
  }

  /** Has what comes from now on heard by somebody else. */
  listenWith(listener: OutputListener): void {
    this.#listener = listener
  }

  onOutput(chunk: Buffer): void {
    if (this.#prologue === undefined) this.#listener.onOutput(chunk)
    else this.#readPrologue(this.#prologue, chunk)
  }

  onError(chunk: Buffer): void {
    if (this.#prologue === undefined || this.#refused === undefined) this.#listener.onError(chunk)
    if (this.#prologue !== undefined) this.#complaint += chunk.toString('utf8')
  }

  /** The runner said how it ended. What the program printed as errors may not have been read to its end. */
  onEnd(end: ProgramEnd): void {
    this.#end = end
    this.#settle()
  }

  /** All of its errors have been read. */
  onErrorEnd(): void {
    this.#errorEnded = true
    this.#settle()
  }

  /** Nobody will say how it ended. */
  lose(): void {
    this.#settled.resolve(undefined)
  }

  /** Why there was no program. */
  refusal(): CodeExecutorError {
    const reason = [this.#refused ?? 'it did not begin', this.#complaint.trim()].filter(Boolean).join(': ')
    if (this.#refused?.startsWith('link ')) {
      const path = this.#refused.slice('link '.length)
      return new CodeExecutorError(
        'INVALID_PATH',
        `${path} is a link that a program left; nothing is written through it. Remove it first.`,
        {
          path,
          reason: 'it is a link',
        },
      )
    }
    return new CodeExecutorError('BACKEND_REJECTED', `The container refused to run it: ${reason}.`, { executor: 'docker', reason })
  }

  #readPrologue(said: string, chunk: Buffer): void {
    const before = Buffer.byteLength(said, 'latin1')
    const text = `${said}${chunk.toString('latin1')}`
    let at = 0
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      const line = text.slice(at, end)
      at = end + 1
      if (line === 'need') this.#feed()
      else if (line === 'begun') {
        this.#prologue = undefined
        const rest = chunk.subarray(at - before)
        if (rest.length > 0) this.#listener.onOutput(rest)
        return
      } else if (line.startsWith('refused ')) this.#refused = Buffer.from(line.slice('refused '.length), 'latin1').toString('utf8')
    }
    this.#prologue = text.slice(at)
  }

  #feed(): void {
    const feed = this.#feeds.shift()
    if (feed) {
      this.#isFed = true
      this.#onFeed(feed)
    } else {
      this.#isNeeding = true
      this.#needed.resolve()
    }
  }

  #settle(): void {
    if (this.#end !== undefined && this.#errorEnded) this.#settled.resolve(this.#end)
  }
}
