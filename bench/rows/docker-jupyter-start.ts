import { withKernelContainers } from '../lib/docker-jupyter.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { milliseconds } from '../lib/words.ts'

export const dockerJupyterStart: BenchRow = {
  name: 'docker-jupyter-start',
  what: 'from nothing to the first result of a kernel in a container, and stop()',
  rounds: 6,
  run: (rounds) =>
    withKernelContainers(async (make) => {
      const stops: number[] = []
      const first = async (): Promise<number> => {
        const executor = make()
        const took = await timed(() => executor.executeCode('1 + 1', 'python'))
        stops.push(await timed(() => executor.stop()))
        return took
      }
      const samples = await interleave({ first }, { rounds, warmUp: 1, pauseMs: 50 })
      const [firstMs, stopMs] = [summarize(samples.first).p50, summarize(stops.slice(1)).p50]
      return {
        measured: `p50 ${milliseconds(firstMs)}, stop ${milliseconds(stopMs)}`,
        details: [],
        figures: { firstMs, stopMs },
        samples,
      }
    }),
}
