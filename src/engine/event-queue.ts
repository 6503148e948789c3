import type { CommandEvent, ExecutionEvent } from '../core/index.ts'

/** What a stream tells. */
export type StreamEvent = ExecutionEvent | CommandEvent

/**
 * Hands events from a running program to whoever reads them, at the reader's pace. What waits is bounded: output comes
 * here already capped, and neighbouring pieces of one stream are joined while nobody takes them.
 */
export class EventQueue<Event extends StreamEvent = ExecutionEvent> implements AsyncIterable<Event> {
  #waiting: Event[] = []
  #ended: { readonly error?: unknown } | undefined
  #wake = Promise.withResolvers<void>()

  push(event: Event): void {
    const last = this.#waiting.at(-1)
    const joined = last && join(last, event)
    if (joined) this.#waiting[this.#waiting.length - 1] = joined
    else this.#waiting.push(event)
    this.#wake.resolve()
  }

  /** No more events come. */
  end(): void {
    this.#ended ??= {}
    this.#wake.resolve()
  }

  /** No more events come, and the reader gets `error` after those that wait. */
  fail(error: unknown): void {
    this.#ended ??= { error }
    this.#wake.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      const batch = this.#waiting
      this.#waiting = []
      yield* batch
      if (this.#waiting.length > 0) continue
      if (this.#ended) {
        if ('error' in this.#ended) throw this.#ended.error
        return
      }
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
  }
}

/** Two pieces of one stream as one. */
function join<Event extends StreamEvent>(last: Event, next: Event): Event | undefined {
  if (last.type === 'output-delta' && next.type === 'output-delta') return { ...last, text: last.text + next.text }
  if (last.type === 'error-delta' && next.type === 'error-delta') return { ...last, text: last.text + next.text }
  return undefined
}
