import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { withEngine } from '../lib/docker-engine.ts'
import { countWhenQuiet, describeEngineHoldings, grownIn, untilEngineBackTo } from '../lib/docker-holdings.ts'
import { HELLOS, runThrough } from '../lib/docker-programs.ts'
import { heapAfterCollecting } from '../lib/heap.ts'
import { timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { megabytes, milliseconds } from '../lib/words.ts'

const RUNS = 500
const WARM_UP_RUNS = 60
const AT_ONCE = 4
const MOST_HEAP_BYTES = 10e6

export const dockerManyRuns: BenchRow = {
  name: 'docker-many-runs',
  what: `${RUNS} Python hellos in containers, ${AT_ONCE} at a time`,
  target: `descriptors, processes, execs, containers, their memory and volumes back to the start; heap growth <= ${MOST_HEAP_BYTES / 1e6} MB`,
  rounds: 1,
  fixed: true,
  nodeFlags: ['--expose-gc'],
  run: () =>
    withEngine('python', async (engine) => {
      const untouched = await countWhenQuiet(engine)
      await using executor = engine.executor({ concurrency: AT_ONCE })
      await runMany(executor, WARM_UP_RUNS)
      const open = await countWhenQuiet(engine)
      const heapBefore = heapAfterCollecting()
      const total = await timed(() => runMany(executor, RUNS))
      const after = await untilEngineBackTo(engine, open)
      const heapGrowth = heapAfterCollecting() - heapBefore
      await executor.stop()
      const stopped = await untilEngineBackTo(engine, untouched)
      const left = [...grownIn(open, after), ...grownIn(untouched, stopped).map((name) => `${name} after stop`)]
      return {
        measured: `${left.length === 0 ? 'all back' : `NOT back: ${left.join(', ')}`}, heap ${heapGrowth >= 0 ? '+' : ''}${megabytes(heapGrowth)}`,
        met: left.length === 0 && heapGrowth <= MOST_HEAP_BYTES,
        details: [
          `before the runs ${describeEngineHoldings(open)}`,
          `after the runs ${describeEngineHoldings(after)}`,
          `before start ${describeEngineHoldings(untouched)}; after stop ${describeEngineHoldings(stopped)}`,
          `heap ${megabytes(heapBefore)} before, ${milliseconds((total * AT_ONCE) / RUNS)} per run and place`,
        ],
        figures: {
          heapGrowthBytes: heapGrowth,
          perRunAndPlaceMs: (total * AT_ONCE) / RUNS,
          descriptorGrowth: after.descriptors - open.descriptors,
          processGrowth: after.processes - open.processes,
          execGrowth: after.execs - open.execs,
          containerMemoryGrowthBytes: after.memoryBytes - open.memoryBytes,
        },
      }
    }),
}

/** As many loops as programs are to run at a time. */
async function runMany(executor: DockerCodeExecutor, runs: number): Promise<void> {
  const loop = async (): Promise<void> => {
    for (let run = 0; run < runs / AT_ONCE; run += 1) await runThrough(executor, HELLOS.python)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, loop))
}
