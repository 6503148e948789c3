import { BIG_BYTES, CAP_BYTES } from '../lib/big-output.ts'
import { withEngine } from '../lib/docker-engine.ts'
import { measureOutputGrowth, MOST_GROWTH_BYTES } from '../lib/output-growth.ts'
import type { BenchRow } from '../lib/row.ts'

export const dockerOutputMemory: BenchRow = {
  name: 'docker-output-memory',
  what: `${BIG_BYTES / 1e6} MB written to stdout in a container, cap 1 MiB: how much this process grows`,
  target: `<= ${MOST_GROWTH_BYTES / 1e6} MB`,
  rounds: 10,
  nodeFlags: ['--expose-gc'],
  run: (rounds) => withEngine('python', (engine) => measureOutputGrowth(engine.executor({ limits: { outputBytes: CAP_BYTES } }), rounds)),
}
