import { BIG_BYTES, bigExecutor } from '../lib/big-output.ts'
import { measureOutputGrowth, MOST_GROWTH_BYTES } from '../lib/output-growth.ts'
import type { BenchRow } from '../lib/row.ts'

export const bigOutputMemory: BenchRow = {
  name: 'big-output-memory',
  what: `${BIG_BYTES / 1e6} MB written to stdout, cap 1 MiB: how much this process grows`,
  target: `<= ${MOST_GROWTH_BYTES / 1e6} MB`,
  rounds: 10,
  nodeFlags: ['--expose-gc'],
  run: (rounds) => measureOutputGrowth(bigExecutor(), rounds),
}
