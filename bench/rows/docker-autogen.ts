import { AUTOGEN_VERSION, findAutogen } from '../lib/autogen-install.ts'
import { withAutogen, type Autogen } from '../lib/autogen.ts'
import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { HELLOS, runThrough } from '../lib/docker-programs.ts'
import { interleave, timed, type Interleaved } from '../lib/interleave.ts'
import { unavailable, type BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds, spread } from '../lib/words.ts'

/** The same image for both. AutoGen's container is as AutoGen makes it: with a network, and with nothing taken away. */
export const dockerAutogen: BenchRow = {
  name: 'docker-autogen',
  what: `Python hello in a hardened container, against the Docker executor of AutoGen ${AUTOGEN_VERSION} with its own defaults`,
  rounds: 30,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const found = await findAutogen()
      if ('missing' in found) return unavailable(found.missing)
      const { result, stopMs } = await withAutogen(found.python, engine, HELLOS.python, async (autogen) => ({
        startMs: autogen.startMs,
        samples: await compare(engine, autogen, rounds),
      }))
      const { startMs, samples } = result
      const [theirs, ours] = [summarize(samples.autogen ?? []), summarize(samples.polyrun ?? [])]
      const { ratio } = comparePairs(samples.autogen ?? [], samples.polyrun ?? [])
      return {
        measured: `${ratio.toFixed(3)}x`,
        details: [
          `AutoGen ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} pairs`,
          `AutoGen took ${milliseconds(startMs)} to start and ${milliseconds(stopMs)} to stop, once each`,
        ],
        figures: { autogenP50Ms: theirs.p50, polyrunP50Ms: ours.p50, ratioTimes: ratio, autogenStartMs: startMs, autogenStopMs: stopMs },
        samples,
      }
    }),
}

function compare(engine: BenchEngine, autogen: Autogen, rounds: number): Promise<Interleaved> {
  const executor = engine.executor()
  const contestants = { autogen: () => autogen.run(), polyrun: () => timed(() => runThrough(executor, HELLOS.python)) }
  return withStarted([executor], () => interleave(contestants, { rounds, warmUp: 3, pauseMs: 40 }))
}
