import type { CodeExecutor } from '../../src/core/index.ts'
import { runBig } from './big-output.ts'
import { watchPeak, type PeakSource } from './peak-memory.ts'
import type { Measurement } from './row.ts'
import { summarize } from './statistics.ts'
import { withStarted } from './with-started.ts'
import { megabytes } from './words.ts'

/** How much this process may grow. */
export const MOST_GROWTH_BYTES = 32e6
const WARM_UP_RUNS = 10

/**
 * Measures how much each big run adds at its peak to what this process had before the first of them. Warmed up with small runs
 * only, so that the first big one counts in full. Stops the executor.
 */
export async function measureOutputGrowth(executor: CodeExecutor, rounds: number): Promise<Measurement> {
  const { base, growth, source } = await withStarted([executor], () => collectGrowth(executor, rounds))
  const { p50, max } = summarize(growth)
  const means = source === 'kernel' ? "the kernel's high-water mark" : 'looking every 5 ms'
  return {
    measured: megabytes(max),
    met: max <= MOST_GROWTH_BYTES,
    details: [
      `peak over a base of ${megabytes(base)}: first run ${megabytes(growth[0] ?? 0)}, p50 ${megabytes(p50)}, most ${megabytes(max)}; ${means}`,
    ],
    figures: { baseBytes: base, firstGrowthBytes: growth[0] ?? 0, growthP50Bytes: p50, growthMostBytes: max },
    samples: { growthBytes: growth },
  }
}

async function collectGrowth(executor: CodeExecutor, rounds: number): Promise<{ base: number; growth: number[]; source: PeakSource }> {
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
