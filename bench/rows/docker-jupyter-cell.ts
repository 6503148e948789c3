import { withKernelContainers } from '../lib/docker-jupyter.ts'
import { interleave, timed } from '../lib/interleave.ts'
import { withJupyter, withNbclient, withPlainServer } from '../lib/jupyter.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds } from '../lib/words.ts'

const MOST_MS = 8
const MOST_OF_PLAIN = 0.25
const MOST_OF_NBCLIENT = 1.5

export const dockerJupyterCell: BenchRow = {
  name: 'docker-jupyter-cell',
  what: 'a one-line cell in a container without a port, against the same client over plain TCP to a server outside, and against nbclient',
  target: `p50 <= ${MOST_MS} ms, <= ${MOST_OF_PLAIN}x of plain TCP, <= ${MOST_OF_NBCLIENT}x of nbclient`,
  rounds: 100,
  run: (rounds) =>
    withKernelContainers((make) =>
      withJupyter(({ virtualEnv }) =>
        withPlainServer(virtualEnv, (_, plain) =>
          withNbclient(virtualEnv, async (nbclient) => {
            const [stream, port] = [make(), make({ portRange: [18_800, 18_879], network: 'bridge' })]
            const run = (executor: typeof plain) => () => timed(() => executor.executeCode('1 + 1', 'python'))
            const samples = await withStarted([stream, port, plain], () =>
              interleave({ stream: run(stream), port: run(port), plain: run(plain), nbclient }, { rounds, warmUp: 10, pauseMs: 5 }),
            )
            const p50 = { stream: 0, port: 0, plain: 0, nbclient: 0 }
            for (const name of Object.keys(p50) as (keyof typeof p50)[]) p50[name] = summarize(samples[name]).p50
            const [ofPlain, ofNbclient] = [p50.stream / p50.plain, p50.stream / p50.nbclient]
            return {
              measured: `p50 ${milliseconds(p50.stream)}, ${ofPlain.toFixed(2)}x of plain TCP, ${ofNbclient.toFixed(2)}x of nbclient`,
              met: p50.stream <= MOST_MS && ofPlain <= MOST_OF_PLAIN && ofNbclient <= MOST_OF_NBCLIENT,
              details: [
                `p50: by the stream ${milliseconds(p50.stream)}, by a port ${milliseconds(p50.port)}, plain TCP ${milliseconds(p50.plain)}, nbclient ${milliseconds(p50.nbclient)}`,
              ],
              figures: {
                streamMs: p50.stream,
                portMs: p50.port,
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
    ),
}
