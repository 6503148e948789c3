import { withJupyter } from '../lib/jupyter.ts'
import { watchPeak } from '../lib/peak-memory.ts'
import type { BenchRow } from '../lib/row.ts'
import { withStarted } from '../lib/with-started.ts'
import { megabytes } from '../lib/words.ts'

const MOST_GROWTH_BYTES = 48 * 1024 ** 2
const PRINTED_BYTES = 20_000_000
const CAP_BYTES = 1024 ** 2
/** Printed line by line, and at once. */
const SOURCES = [`for _ in range(${PRINTED_BYTES / 100}): print("x" * 99)`, `print("x" * ${PRINTED_BYTES})`]

export const jupyterOutputMemory: BenchRow = {
  name: 'jupyter-output-memory',
  what: '20 MB of printed text from a kernel, cap 1 MiB: how much this process grows, and whether the kernel is usable after',
  target: `<= ${MOST_GROWTH_BYTES / 1024 ** 2} MiB, usable`,
  rounds: 3,
  nodeFlags: ['--expose-gc'],
  run: (rounds) =>
    withJupyter(async ({ executor }) => {
      const jupyter = executor({ limits: { outputBytes: CAP_BYTES }, timeoutMs: 120_000 })
      const growth: number[] = []
      let usable = true
      await withStarted([jupyter], async () => {
        for (let run = 0; run < 10; run += 1) await jupyter.executeCode('print("small")', 'python')
        globalThis.gc?.()
        const base = process.memoryUsage.rss()
        for (let round = 0; round < rounds; round += 1) {
          for (const source of SOURCES) {
            const watch = watchPeak()
            const { omittedBytes } = await jupyter.executeCode(source, 'python')
            growth.push(watch.end() - base)
            usable &&= omittedBytes.output > PRINTED_BYTES - 2 * CAP_BYTES
            usable &&= (await jupyter.executeCode('print(1)', 'python')).output === '1\n'
          }
        }
      })
      const most = Math.max(...growth)
      return {
        measured: `${megabytes(most)}, ${usable ? 'usable' : 'NOT usable'}`,
        met: usable && most <= MOST_GROWTH_BYTES,
        details: [`peaks, line by line and at once in turns: ${growth.map(megabytes).join(', ')}`],
        figures: { growthMostBytes: most },
        samples: { growthBytes: growth },
      }
    }),
}
