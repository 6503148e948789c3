import type { ExecutionEvent } from '../core/index.ts'
import { EventQueue } from './event-queue.ts'

/** What makes the events: pushes them, and ends the program when its signal fires. */
export type EventSource = (signal: AbortSignal, push: (event: ExecutionEvent) => void) => Promise<void>

/**
 * The events that `source` pushes, at the reader's pace, while the program goes at its own. It begins with the first
 * event that is asked for. Leaving early, also while the next event is awaited, ends the program and waits until it is gone.
 */
export function eventStream(source: EventSource): AsyncIterable<ExecutionEvent> {
  return { [Symbol.asyncIterator]: () => new EventStream(source) }
}

class EventStream implements AsyncIterator<ExecutionEvent, void, undefined> {
  readonly #source: EventSource
  readonly #queue = new EventQueue()
  readonly #events = this.#queue[Symbol.asyncIterator]()
  readonly #left = new AbortController()
  #over: Promise<void> | undefined

  constructor(source: EventSource) {
    this.#source = source
  }

  async next(): Promise<IteratorResult<ExecutionEvent, void>> {
    if (this.#left.signal.aborted) return { done: true, value: undefined }
    this.#over ??= this.#begin()
    return this.#events.next()
  }

  async return(): Promise<IteratorResult<ExecutionEvent, void>> {
    this.#left.abort()
    await this.#over
    return { done: true, value: undefined }
  }

  #begin(): Promise<void> {
    return this.#source(this.#left.signal, (event) => this.#queue.push(event)).then(
      () => this.#queue.end(),
      // Whoever has left wants to hear no more, least of all that it was ended.
      (error: unknown) => (this.#left.signal.aborted ? this.#queue.end() : this.#queue.fail(error)),
    )
  }
}
