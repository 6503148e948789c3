import { interleave, timed } from '../lib/interleave.ts'
import { withJupyter, withNbclient, withPlainServer } from '../lib/jupyter.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds } from '../lib/words.ts'

const MOST_MS = 8
const MOST_OF_PLAIN = 0.25
const MOST_OF_NBCLIENT = 1.5

/**
 * Cells of one turn. They follow each other without a pause: a connection that was quiet for 200 ms acknowledges at once for a
 * while, and would show nothing of what a session is like.
 */
const CELLS_PER_TURN = 8

export const jupyterCell: BenchRow = {
  name: 'jupyter-cell',
  what: 'a one-line cell on an own server, against the same client over plain TCP, and against nbclient',
  target: `p50 <= ${MOST_MS} ms, <= ${MOST_OF_PLAIN}x of plain TCP, <= ${MOST_OF_NBCLIENT}x of nbclient`,
  rounds: 20,
  run: (rounds) =>
    withJupyter(({ virtualEnv, executor }) =>
      withPlainServer(virtualEnv, (byUrl, plain) =>
        withNbclient(virtualEnv, async (nbclient) => {
          const own = executor()
          const samples = await withStarted([own, byUrl, plain], () =>
            interleave(
              {
                own: () => medianOf(() => timed(() => own.executeCode('1 + 1', 'python'))),
                byUrl: () => medianOf(() => timed(() => byUrl.executeCode('1 + 1', 'python'))),
                plain: () => medianOf(() => timed(() => plain.executeCode('1 + 1', 'python'))),
                nbclient: () => medianOf(nbclient),
              },
              { rounds, warmUp: 2, pauseMs: 5 },
            ),
          )
          const p50 = { own: 0, byUrl: 0, plain: 0, nbclient: 0 }
          for (const name of Object.keys(p50) as (keyof typeof p50)[]) p50[name] = summarize(samples[name]).p50
          const [ofPlain, ofNbclient] = [p50.own / p50.plain, p50.own / p50.nbclient]
          return {
            measured: `p50 ${milliseconds(p50.own)}, ${ofPlain.toFixed(2)}x of plain TCP, ${ofNbclient.toFixed(2)}x of nbclient`,
            met: p50.own <= MOST_MS && ofPlain <= MOST_OF_PLAIN && ofNbclient <= MOST_OF_NBCLIENT,
            details: [
              `p50: own server ${milliseconds(p50.own)}, by URL ${milliseconds(p50.byUrl)}, plain TCP ${milliseconds(p50.plain)}, nbclient ${milliseconds(p50.nbclient)}`,
            ],
            figures: {
              ownMs: p50.own,
              byUrlMs: p50.byUrl,
              plainMs: p50.plain,
              nbclientMs: p50.nbclient,
              ofPlainRatio: ofPlain,
              ofNbclientRatio: ofNbclient,
            },
            samples,
          }
        }),
      ),
    ),
}

/** What a cell of a turn takes, most of the time. */
async function medianOf(cell: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < CELLS_PER_TURN; index += 1) times.push(await cell())
  return summarize(times).p50
}
