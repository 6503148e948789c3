import { pythonExecutor, runHello } from '../lib/hello.ts'
import { heapAfterCollecting } from '../lib/heap.ts'
import { countHoldings, describeHoldings, isBackTo, untilBackTo } from '../lib/leftovers.ts'
import { timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { megabytes, milliseconds } from '../lib/words.ts'

const RUNS = 1000
const WARM_UP_RUNS = 50
const MOST_HEAP_BYTES = 10e6

export const manyRuns: BenchRow = {
  name: 'many-runs',
  what: `${RUNS} runs one after another`,
  target: `descriptors, temporary files and cgroups back to the start; heap growth <= ${MOST_HEAP_BYTES / 1e6} MB`,
  rounds: 1,
  fixed: true,
  nodeFlags: ['--expose-gc'],
  async run() {
    const untouched = countHoldings()
    const executor = pythonExecutor()
    for (let run = 0; run < WARM_UP_RUNS; run += 1) await runHello(executor)
    const open = await untilBackTo(untouched, 500)
    const heapBefore = heapAfterCollecting()
    const total = await timed(async () => {
      for (let run = 0; run < RUNS; run += 1) await runHello(executor)
    })
    const after = await untilBackTo(open)
    const heapGrowth = heapAfterCollecting() - heapBefore
    await executor.stop()
    const stopped = await untilBackTo(untouched)
    const isClean = isBackTo(open, after) && isBackTo(untouched, stopped)
    return {
      measured: `${isClean ? 'all back' : 'NOT all back'}, heap ${heapGrowth >= 0 ? '+' : ''}${megabytes(heapGrowth)}`,
      met: isClean && heapGrowth <= MOST_HEAP_BYTES,
      details: [
        `before the runs ${describeHoldings(open)}`,
        `after the runs  ${describeHoldings(after)}`,
        `before start ${describeHoldings(untouched)}; after stop ${describeHoldings(stopped)}`,
        `heap ${megabytes(heapBefore)} before, ${milliseconds(total / RUNS)} per run`,
      ],
      figures: { heapGrowthBytes: heapGrowth, perRunMs: total / RUNS, descriptorGrowth: after.descriptors - open.descriptors },
    }
  },
}
