import type { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { BIG_BYTES, bigExecutor, runBig } from '../lib/big-output.ts'
import { watchPeak, type PeakSource } from '../lib/peak-memory.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { megabytes } from '../lib/words.ts'

const MOST_BYTES = 32e6
const WARM_UP_RUNS = 10

/** Warmed up with small runs only, so that the first big one counts in full. */
export const bigOutputMemory: BenchRow = {
  name: 'big-output-memory',
  what: `${BIG_BYTES / 1e6} MB written to stdout, cap 1 MiB: how much this process grows`,
  target: `<= ${MOST_BYTES / 1e6} MB`,
  rounds: 10,
  nodeFlags: ['--expose-gc'],
  async run(rounds) {
    const executor = bigExecutor()
    const { base, growth, source } = await withStarted([executor], () => measureGrowth(executor, rounds))
    const { p50, max } = summarize(growth)
    const means = source === 'kernel' ? "the kernel's high-water mark" : 'looking every 5 ms'
    return {
      measured: megabytes(max),
      met: max <= MOST_BYTES,
      details: [
        `peak over a base of ${megabytes(base)}: first run ${megabytes(growth[0] ?? 0)}, p50 ${megabytes(p50)}, most ${megabytes(max)}; ${means}`,
      ],
      figures: { baseBytes: base, firstGrowthBytes: growth[0] ?? 0, growthP50Bytes: p50, growthMostBytes: max },
      samples: { growthBytes: growth },
    }
  },
}

/** How much each big run adds at its peak to what this process had before the first of them. */
async function measureGrowth(executor: LocalCodeExecutor, rounds: number): Promise<{ base: number; growth: number[]; source: PeakSource }> {
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await executor.executeCode('echo small', 'sh')
  globalThis.gc?.()
  const base = process.memoryUsage.rss()
  const growth: number[] = []
  let source: PeakSource = 'sampled'
  for (let round = 0; round < rounds; round += 1) {
    const watch = watchPeak()
    await runBig(executor)
    growth.push(watch.end() - base)
    source = watch.source
  }
  return { base, growth, source }
}
