import { watchPeak } from './peak-memory.ts'
import type { Measurement } from './row.ts'
import { megabytes, milliseconds } from './words.ts'

/** Something with files that is done once, since only the first time shows all that it takes. */
export interface FileWork {
  readonly name: string
  /** Does it, and says what came. */
  readonly run: () => Promise<string>
}

/** Measures how much each work adds at its peak to what this process has before it. */
export async function measureFileGrowth(works: readonly FileWork[], mostBytes: number): Promise<Measurement> {
  const details: string[] = []
  const figures: Record<string, number> = {}
  let most = 0
  for (const { name, run } of works) {
    globalThis.gc?.()
    const base = process.memoryUsage.rss()
    const watch = watchPeak()
    const startedAt = performance.now()
    const came = await run()
    const took = performance.now() - startedAt
    const growth = watch.end() - base
    most = Math.max(most, growth)
    details.push(`${name}: ${megabytes(growth)}, ${milliseconds(took)}, ${came}`)
    Object.assign(figures, { [`${name}Bytes`]: growth, [`${name}Ms`]: took })
  }
  return { measured: megabytes(most), met: most <= mostBytes, details, figures }
}
