import { setTimeout as delay } from 'node:timers/promises'
import { createExecutorPool, type ExecutorPool } from '../../src/wrappers/index.ts'
import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { HELLOS, runThrough } from '../lib/docker-programs.ts'
import { createRawRun, removeRaw } from '../lib/docker-raw.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { spread } from '../lib/words.ts'

const SIZE = 2
const MOST_TIMES = 0.15
const PATIENCE_MS = 30_000
const LOOK_MS = 20
/** Nothing has to be brought into the container for this one. */
const INLINE = { argv: ['python3', '-c', HELLOS.python.source], env: HELLOS.python.env } as const

/** Every run gets a container that no other program was in; the pool makes them ahead, which is waited for before each turn. */
export const dockerFreshContainer: BenchRow = {
  name: 'docker-fresh-container',
  what: `Python hello in a fresh container from a filled pool of ${SIZE}, against create, start and wait by hand of a container as hardened`,
  target: `<= ${MOST_TIMES}x p50`,
  rounds: 30,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const pool = createExecutorPool({ size: SIZE, recycle: 'container', create: () => engine.executor({ concurrency: 1 }) })
      const contestants = { byHand: () => freshByHand(engine), polyrun: () => freshOfPool(pool) }
      const samples = await withStarted([pool], () => interleave(contestants, { rounds, warmUp: 1, pauseMs: 40 }))
      const [theirs, ours] = [summarize(samples.byHand), summarize(samples.polyrun)]
      const { ratio, pairRatio } = comparePairs(samples.byHand, samples.polyrun)
      return {
        measured: `${ratio.toFixed(3)}x`,
        met: ratio <= MOST_TIMES,
        details: [
          `by hand ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} pairs; p50 of the pairs ${pairRatio.toFixed(3)}x`,
          'what was printed is read from the pool, and not from the container made by hand',
        ],
        figures: { byHandP50Ms: theirs.p50, polyrunP50Ms: ours.p50, ratioTimes: ratio, pairRatioTimes: pairRatio },
        samples,
      }
    }),
}

/** The pool fills itself again before the turn ends, so that the other contestant has the machine for itself. */
async function freshOfPool(pool: ExecutorPool): Promise<number> {
  await filled(pool)
  const took = await timed(() => runThrough(pool, HELLOS.python))
  await filled(pool)
  return took
}

async function filled(pool: ExecutorPool): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (pool.stats.idle < SIZE) {
    if (performance.now() > deadline) throw new Error('the pool did not fill again', { cause: pool.stats.lastError })
    await delay(LOOK_MS)
  }
}

async function freshByHand(engine: BenchEngine): Promise<number> {
  const startedAt = performance.now()
  const container = await createRawRun(engine, INLINE)
  try {
    await container.start()
    const { StatusCode } = await container.wait()
    const took = performance.now() - startedAt
    if (StatusCode === 0) return took
    throw new Error(`the container made by hand ended with ${StatusCode}`)
  } finally {
    await removeRaw(container)
  }
}
