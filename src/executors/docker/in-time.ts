import { setTimeout as delay } from 'node:timers/promises'

/** Waits so long for something and no longer; `undefined` when it was not there in time. */
export async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const late = new AbortController()
  try {
    return await Promise.race([promise, delay(milliseconds, undefined, { signal: late.signal })])
  } finally {
    late.abort()
  }
}
