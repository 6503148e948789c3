import { interleave, timed } from '../lib/interleave.ts'
import { withJupyter } from '../lib/jupyter.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds } from '../lib/words.ts'

const MOST_OF_COLD = 0.1
/** Time enough for the next spare kernel to be ready. */
const PAUSE_MS = 3_000

export const jupyterSpare: BenchRow = {
  name: 'jupyter-spare',
  what: 'a fresh kernel by restart(), from a spare one, against a cold start',
  target: `<= ${MOST_OF_COLD}x`,
  rounds: 8,
  run: (rounds) =>
    withJupyter(async ({ executor }) => {
      const [spare, cold] = [executor({ spareKernels: 2 }), executor()]
      const samples = await withStarted([spare, cold], () =>
        interleave(
          { spare: () => timed(() => spare.restart()), cold: () => timed(() => cold.restart()) },
          { rounds, warmUp: 1, pauseMs: PAUSE_MS },
        ),
      )
      const [spareMs, coldMs] = [summarize(samples.spare).p50, summarize(samples.cold).p50]
      return {
        measured: `${(spareMs / coldMs).toFixed(3)}x`,
        met: spareMs / coldMs <= MOST_OF_COLD,
        details: [`p50: from a spare ${milliseconds(spareMs)}, cold ${milliseconds(coldMs)}`],
        figures: { spareMs, coldMs, ratio: spareMs / coldMs },
        samples,
      }
    }),
}
