import type { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { runHello, withBareHello } from './hello.ts'
import { interleave, timed, type Interleaved } from './interleave.ts'
import { comparePairs, summarize, type Comparison } from './statistics.ts'
import { withStarted } from './with-started.ts'
import { milliseconds, spread } from './words.ts'

/** A bare hello next to an executor's. */
export interface HelloPair extends Comparison {
  readonly samples: Interleaved
  readonly details: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

/** Rest before each turn, enough for an executor to get ready for its next run. */
const PAUSE_MS = 40
const WARM_UP = 10

/** Measures hello through an executor against a bare spawn of the same interpreter on the same program. Stops the executor. */
export async function compareHello(executor: LocalCodeExecutor, rounds: number): Promise<HelloPair> {
  const samples = await withBareHello((runBare) =>
    withStarted([executor], () => {
      const contestants = { bare: () => timed(runBare), polyrun: () => timed(() => runHello(executor)) }
      return interleave(contestants, { rounds, warmUp: WARM_UP, pauseMs: PAUSE_MS })
    }),
  )
  const [ours, theirs] = [summarize(samples.polyrun), summarize(samples.bare)]
  const compared = comparePairs(samples.bare, samples.polyrun)
  return {
    ...compared,
    samples,
    details: [
      `bare spawn ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} pairs`,
      `p50 of the pairs: ${compared.pairRatio.toFixed(2)}x, ${milliseconds(compared.pairDifference, true)}`,
    ],
    figures: {
      bareP50Ms: theirs.p50,
      bareP95Ms: theirs.p95,
      polyrunP50Ms: ours.p50,
      polyrunP95Ms: ours.p95,
      ratioTimes: compared.ratio,
      pairRatioTimes: compared.pairRatio,
      differenceMs: compared.difference,
      pairDifferenceMs: compared.pairDifference,
    },
  }
}
