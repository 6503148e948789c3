import { CodeExecutorError, type CodeResult, type ExecutionEvent } from '../core/index.ts'
import { orAborted } from '../engine/index.ts'

/**
 * One run that several callers wait for. Whoever joins late gets what was told so far. A caller that goes away ends only
 * its own waiting; when the last one goes the run is ended, and that one waits until it is gone.
 */
export class SharedRun {
  /** Resolves, always, when the run and what follows it are over. */
  readonly settled: Promise<void>
  readonly #executor: string
  readonly #controller = new AbortController()
  readonly #result = Promise.withResolvers<CodeResult>()
  readonly #events: ExecutionEvent[] = []
  readonly #callers = new Set<symbol>()
  /** How many events some reader has taken; those cannot be joined with what comes after. */
  #taken = 0
  /** `end` was told, or the run failed. */
  #over = false
  #succeeded = false
  #news = Promise.withResolvers<void>()

  constructor(executor: string, run: (signal: AbortSignal) => AsyncIterable<ExecutionEvent>) {
    this.#executor = executor
    this.#result.promise.catch(() => {}) // whoever waits gets it; nobody may be waiting any more
    this.settled = this.#follow(run)
  }

  /** Whether one more caller may join: not a run that was given up, nor one that ended and is not worth keeping. */
  get joinable(): boolean {
    return !this.#abandoned && (!this.#over || this.#succeeded)
  }

  /** Waits for the result. @throws what the run failed with, or `signal.reason` */
  async result(signal: AbortSignal | undefined): Promise<CodeResult> {
    const leave = this.#join(signal)
    try {
      return await orAborted(this.#result.promise, signal)
    } finally {
      await leave()
    }
  }

  /** All events from the first one. @throws what the run failed with, or `signal.reason` */
  async *events(signal: AbortSignal | undefined): AsyncGenerator<ExecutionEvent, void, undefined> {
    const leave = this.#join(signal)
    try {
      for (let position = 0; ; position += 1) {
        signal?.throwIfAborted()
        while (position >= this.#events.length && !this.#over) await orAborted(this.#news.promise, signal)
        const event = this.#events[position]
        if (event === undefined) break
        this.#taken = Math.max(this.#taken, position + 1)
        yield event
        if (event.type === 'end') return
      }
      await orAborted(this.#result.promise, signal)
    } finally {
      await leave()
    }
  }

  /** The last caller left before the end. */
  get #abandoned(): boolean {
    return this.#controller.signal.aborted
  }

  #join(signal: AbortSignal | undefined): () => Promise<void> {
    const caller = Symbol('caller')
    this.#callers.add(caller)
    const leave = (): void => {
      this.#callers.delete(caller)
      if (this.#callers.size === 0 && !this.#over) this.#controller.abort(signal?.reason)
    }
    // Heard at once, and not when a reader happens to ask for the next event.
    signal?.addEventListener('abort', leave, { once: true })
    return async () => {
      signal?.removeEventListener('abort', leave)
      leave()
      if (this.#abandoned) await this.settled
    }
  }

  async #follow(run: (signal: AbortSignal) => AsyncIterable<ExecutionEvent>): Promise<void> {
    try {
      for await (const event of run(this.#controller.signal)) this.#push(event)
      const promise = 'a stream ends with an end event'
      const message = `The ${this.#executor} executor broke its contract: ${promise}.`
      if (!this.#over) throw new CodeExecutorError('PROTOCOL_VIOLATION', message, { executor: this.#executor, promise })
    } catch (error) {
      this.#result.reject(error)
    } finally {
      this.#over = true
      this.#news.resolve()
    }
  }

  #push(event: ExecutionEvent): void {
    const last = this.#taken < this.#events.length ? this.#events.at(-1) : undefined
    if ((event.type === 'output-delta' || event.type === 'error-delta') && last?.type === event.type) {
      this.#events[this.#events.length - 1] = { type: event.type, text: last.text + event.text }
    } else {
      this.#events.push(event)
    }
    if (event.type === 'end') {
      this.#over = true
      this.#succeeded = event.result.success
      this.#result.resolve(event.result)
    }
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }
}
