import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { execProgram } from '../lib/docker-hello.ts'
import { HELLOS, runThrough, type BenchProgram } from '../lib/docker-programs.ts'
import { createRaw, removeRaw } from '../lib/docker-raw.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { spread } from '../lib/words.ts'

const MOST_TIMES = 1.15

/** Nothing has to be brought into the container for this one. */
const INLINE: BenchProgram = { ...HELLOS.python, argv: ['python3', '-c', HELLOS.python.source] }

/** The first round does not count: with it the process loads what it needs to talk to the engine. */
export const dockerFirstResult: BenchRow = {
  name: 'docker-first-result',
  what: 'from nothing to the first Python hello of a new docker executor, against create, start and exec by hand of a container as hardened',
  target: `<= ${MOST_TIMES}x p50`,
  rounds: 20,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const startMs: number[] = []
      const contestants = { byHand: () => firstByHand(engine), polyrun: () => firstOfExecutor(engine, startMs) }
      const samples = await interleave(contestants, { rounds, warmUp: 1, pauseMs: 100 })
      const [theirs, ours, started] = [summarize(samples.byHand), summarize(samples.polyrun), summarize(startMs.slice(-rounds))]
      const { ratio, pairRatio } = comparePairs(samples.byHand, samples.polyrun)
      return {
        measured: `${ratio.toFixed(2)}x`,
        met: ratio <= MOST_TIMES,
        details: [
          `by hand ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} pairs; p50 of the pairs ${pairRatio.toFixed(2)}x`,
          `of polyrun's time its start takes ${spread(started)}`,
        ],
        figures: {
          byHandP50Ms: theirs.p50,
          polyrunP50Ms: ours.p50,
          polyrunStartP50Ms: started.p50,
          ratioTimes: ratio,
          pairRatioTimes: pairRatio,
        },
        samples,
      }
    }),
}

/** The executor's end is no part of it, and waited for. */
async function firstOfExecutor(engine: BenchEngine, startMs: number[]): Promise<number> {
  const startedAt = performance.now()
  await using executor = engine.executor()
  startMs.push(await timed(() => executor.start()))
  await runThrough(executor, HELLOS.python)
  return performance.now() - startedAt
}

async function firstByHand(engine: BenchEngine): Promise<number> {
  const startedAt = performance.now()
  const container = await createRaw(engine)
  try {
    await container.start()
    await execProgram(engine, container, INLINE)
    return performance.now() - startedAt
  } finally {
    await removeRaw(container)
  }
}
