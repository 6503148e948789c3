import type { Openable } from '../../src/engine/lifecycle.ts'

/** A thing to open and close whose every step a test decides, and that counts what happened to it. */
export class FakePlace implements Openable {
  readonly name = 'fake'
  /** Openings that were begun. */
  opens = 0
  closes = 0
  /** Whether the last thing that was done is an opening that worked. */
  isOpen = false
  readonly signals: AbortSignal[] = []
  /** What the openings do, one after the other; the last one is used again. */
  openings: (() => Promise<void>)[] = [async () => {}]
  closing: () => Promise<void> = async () => {}

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const opening = this.openings[Math.min(this.opens, this.openings.length - 1)]
    this.opens += 1
    this.signals.push(signal)
    await opening?.()
    this.isOpen = true
  }

  async close(): Promise<void> {
    this.closes += 1
    await this.closing()
    this.isOpen = false
  }
}

/** A promise that a test settles. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void; readonly fail: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  return { passed: promise, open: resolve, fail: reject }
}
