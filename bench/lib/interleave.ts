import { setTimeout as delay } from 'node:timers/promises'

/** Measurements by contestant; the n-th of each belong together. */
export type Interleaved<Name extends string = string> = Readonly<Record<Name, readonly number[]>>

/** How contestants take turns. */
export interface Turns {
  readonly rounds: number
  /** Rounds before those that count. */
  readonly warmUp: number
  /** Rest before each turn, in which what the turn before left to do gets done and disturbs nobody. */
  readonly pauseMs: number
}

/**
 * Lets contestants take turns in one process: all of them in each round, in an order that turns around every time, so
 * that a load that comes and goes meets all of them alike.
 */
export async function interleave<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<number>>>,
  { rounds, warmUp, pauseMs }: Turns,
): Promise<Interleaved<Name>> {
  const names = Object.keys(contestants) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await delay(pauseMs)
      const value = await contestants[name]()
      if (round >= 0) samples[name].push(value)
    }
  }
  return samples
}

/** How long work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
