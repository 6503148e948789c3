import { EventQueue, type StreamEvent } from './event-queue.ts'

/** What makes the events: pushes them, and ends the program when its signal fires. */
export type EventSource<Event extends StreamEvent> = (signal: AbortSignal, push: (event: Event) => void) => Promise<void>

/**
 * The events that `source` pushes, at the reader's pace, while the program goes at its own. It begins with the first
 * event that is asked for. Leaving early, also while the next event is awaited, ends the program and waits until it is gone.
 */
export function eventStream<Event extends StreamEvent>(source: EventSource<Event>): AsyncIterable<Event> {
  return { [Symbol.asyncIterator]: () => new EventStream(source) }
}

class EventStream<Event extends StreamEvent> implements AsyncIterator<Event, void, undefined> {
  readonly #source: EventSource<Event>
  readonly #queue = new EventQueue<Event>()
  readonly #events = this.#queue[Symbol.asyncIterator]()
  readonly #left = new AbortController()
  #over: Promise<void> | undefined

  constructor(source: EventSource<Event>) {
    this.#source = source
  }

  async next(): Promise<IteratorResult<Event, void>> {
    if (this.#left.signal.aborted) return { done: true, value: undefined }
    this.#over ??= this.#begin()
    return this.#events.next()
  }

  async return(): Promise<IteratorResult<Event, void>> {
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
