import { BIG_BYTES, bigExecutor, runBareBig, runBig, runPipeAlone } from '../lib/big-output.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize, type Summary } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'

const LEAST_MB_PER_S = 200

/** The time is that of the whole run, the start of the program included, for all three. */
export const bigOutputSpeed: BenchRow = {
  name: 'big-output-speed',
  what: `${BIG_BYTES / 1e6} MB written to stdout, cap 1 MiB: how fast it is drained`,
  target: `>= ${LEAST_MB_PER_S} MB/s, or the speed of a bare spawn's pipe`,
  rounds: 20,
  async run(rounds) {
    const executor = bigExecutor()
    const contestants = { pipeAlone: () => rate(runPipeAlone), bare: () => rate(runBareBig), polyrun: () => rate(() => runBig(executor)) }
    const samples = await withStarted([executor], () => interleave(contestants, { rounds, warmUp: 2, pauseMs: 40 }))
    const [alone, bare, ours] = [summarize(samples.pipeAlone), summarize(samples.bare), summarize(samples.polyrun)]
    return {
      measured: words(ours.p50),
      met: ours.p50 >= Math.min(LEAST_MB_PER_S, bare.p50),
      details: [`polyrun ${range(ours)}; bare spawn ${range(bare)}; head | cat ${range(alone)}; ${rounds} rounds`],
      figures: { polyrunP50MBps: ours.p50, barePipeP50MBps: bare.p50, headToCatP50MBps: alone.p50 },
      samples,
    }
  },
}

/** Megabytes a second of a run that prints all of it. */
async function rate(run: () => Promise<void>): Promise<number> {
  return BIG_BYTES / 1e3 / (await timed(run))
}

function words(rate: number): string {
  return `${Math.round(rate)} MB/s`
}

function range({ min, p50, max }: Summary): string {
  return `p50 ${words(p50)} (${Math.round(min)} to ${Math.round(max)})`
}
