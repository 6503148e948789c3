import type { ExecutionEvent } from '../core/index.ts'
import { EventQueue } from '../engine/event-queue.ts'
import { underSignals } from './signals.ts'

/**
 * The events that `run` pushes, at the reader's pace, while the run goes at its own: a reader that is slow, or stops
 * reading without a word, holds nothing up. What waits is bounded, since executors cap what they tell. Leaving early fires
 * the signal that `run` gets, and waits until it is over.
 */
export async function* detachedStream(
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal, push: (event: ExecutionEvent) => void) => Promise<void>,
): AsyncGenerator<ExecutionEvent, void, undefined> {
  const queue = new EventQueue()
  const left = new AbortController()
  const over = underSignals([signal, left.signal], (either) => run(either, (event) => queue.push(event))).then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  )
  try {
    yield* queue
  } finally {
    left.abort()
    await over
  }
}
