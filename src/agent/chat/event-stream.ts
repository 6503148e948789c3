/** What makes the events: pushes them, and gives up when its signal fires. */
export type EventSource<Event> = (left: AbortSignal, push: (event: Event) => void) => Promise<void>

/**
 * The events that `source` pushes, at the reader's pace. It begins with the first event that is asked for. Leaving early, also
 * while the next event is awaited, fires the signal of the source and waits until it has settled.
 */
export function eventStream<Event>(source: EventSource<Event>): AsyncIterable<Event> {
  return { [Symbol.asyncIterator]: () => new EventStream(source) }
}

class EventStream<Event> implements AsyncIterator<Event, void, undefined> {
  readonly #source: EventSource<Event>
  readonly #left = new AbortController()
  #waiting: Event[] = []
  #taken = 0
  #over: Promise<void> | undefined
  #end: { readonly error?: unknown } | undefined
  #wake = Promise.withResolvers<void>()

  constructor(source: EventSource<Event>) {
    this.#source = source
  }

  async next(): Promise<IteratorResult<Event, void>> {
    this.#over ??= this.#begin()
    for (;;) {
      if (this.#left.signal.aborted) return { done: true, value: undefined }
      const event = this.#take()
      if (event !== undefined) return { done: false, value: event }
      if (this.#end) return this.#finish(this.#end)
      await this.#wake.promise
    }
  }

  async return(): Promise<IteratorResult<Event, void>> {
    this.#left.abort(new Error('the reader has left'))
    this.#wake.resolve()
    await this.#over
    return { done: true, value: undefined }
  }

  /** Not with shift, which moves all the others each time. */
  #take(): Event | undefined {
    const event = this.#waiting[this.#taken]
    this.#taken += 1
    if (this.#taken < this.#waiting.length) return event
    this.#waiting = []
    this.#taken = 0
    return event
  }

  #finish(end: { readonly error?: unknown }): IteratorResult<Event, void> {
    this.#end = {} // an error is told once
    if ('error' in end) throw end.error
    return { done: true, value: undefined }
  }

  #begin(): Promise<void> {
    const push = (event: Event): void => {
      this.#waiting.push(event)
      this.#awaken()
    }
    return this.#source(this.#left.signal, push).then(
      () => this.#settle({}),
      (error: unknown) => this.#settle({ error }),
    )
  }

  #settle(end: { readonly error?: unknown }): void {
    this.#end = end
    this.#awaken()
  }

  #awaken(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}
