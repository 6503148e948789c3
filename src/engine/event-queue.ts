import type { ExecutionEvent } from '../core/index.ts'

/**
 * Hands events from a running program to whoever reads them, at the reader's pace. What waits is bounded: output comes
 * here already capped, and neighbouring pieces of one stream are joined while nobody takes them.
 */
export class EventQueue implements AsyncIterable<ExecutionEvent> {
  #waiting: ExecutionEvent[] = []
  #ended: { readonly error?: unknown } | undefined
  #wake = Promise.withResolvers<void>()

  push(event: ExecutionEvent): void {
    const last = this.#waiting.at(-1)
    if (last?.type === 'output-delta' && event.type === 'output-delta') {
      this.#waiting[this.#waiting.length - 1] = { type: 'output-delta', text: last.text + event.text }
    } else if (last?.type === 'error-delta' && event.type === 'error-delta') {
      this.#waiting[this.#waiting.length - 1] = { type: 'error-delta', text: last.text + event.text }
    } else {
      this.#waiting.push(event)
    }
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

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecutionEvent, void, undefined> {
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
