import { assertSignal } from './checks.ts'

/**
 * Works under one signal that fires when the first of several does, with that one's reason. Every listener is gone
 * afterwards; `AbortSignal.any` leaves something behind on a signal that lives long: https://github.com/nodejs/node/issues/54614
 */
export async function underSignals<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const unlink: (() => void)[] = []
  for (const signal of signals) {
    assertSignal(signal)
    if (signal === undefined) continue
    const follow = (): void => controller.abort(signal.reason)
    if (signal.aborted) follow()
    signal.addEventListener('abort', follow, { once: true })
    unlink.push(() => signal.removeEventListener('abort', follow))
  }
  try {
    return await work(controller.signal)
  } finally {
    for (const remove of unlink) remove()
  }
}
