import { heapAfterCollecting } from '../lib/heap.ts'
import { timed } from '../lib/interleave.ts'
import { withJupyter } from '../lib/jupyter.ts'
import { countHoldings, describeHoldings, isBackTo, untilBackTo } from '../lib/leftovers.ts'
import type { BenchRow } from '../lib/row.ts'
import { megabytes, milliseconds } from '../lib/words.ts'

const CELLS = 500
const WARM_UP_CELLS = 30
const MOST_HEAP_BYTES = 10e6

export const jupyterManyCells: BenchRow = {
  name: 'jupyter-many-cells',
  what: `${CELLS} cells one after another, with output, displays and errors`,
  target: `descriptors, temporary files and cgroups back to the start; heap growth <= ${MOST_HEAP_BYTES / 1e6} MB`,
  rounds: 1,
  fixed: true,
  nodeFlags: ['--expose-gc'],
  run: () =>
    withJupyter(async ({ executor }) => {
      const untouched = countHoldings()
      const jupyter = executor()
      const cell = async (index: number): Promise<void> => {
        await jupyter.executeCode(index % 10 === 0 ? '1 / 0' : `print(${index})\n{"n": ${index}}`, 'python')
      }
      for (let index = 0; index < WARM_UP_CELLS; index += 1) await cell(index)
      const open = await untilBackTo(untouched, 500)
      const heapBefore = heapAfterCollecting()
      const total = await timed(async () => {
        for (let index = 0; index < CELLS; index += 1) await cell(index)
      })
      const after = await untilBackTo(open)
      const heapGrowth = heapAfterCollecting() - heapBefore
      await jupyter.stop()
      const stopped = await untilBackTo(untouched)
      const isClean = isBackTo(open, after) && isBackTo(untouched, stopped)
      return {
        measured: `${isClean ? 'all back' : 'NOT all back'}, heap ${heapGrowth >= 0 ? '+' : ''}${megabytes(heapGrowth)}`,
        met: isClean && heapGrowth <= MOST_HEAP_BYTES,
        details: [
          `before the cells ${describeHoldings(open)}; after ${describeHoldings(after)}`,
          `before start ${describeHoldings(untouched)}; after stop ${describeHoldings(stopped)}`,
          `${milliseconds(total / CELLS)} per cell`,
        ],
        figures: { heapGrowthBytes: heapGrowth, perCellMs: total / CELLS, descriptorGrowth: after.descriptors - open.descriptors },
      }
    }),
}
