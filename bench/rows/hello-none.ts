import { compareHello } from '../lib/hello-pair.ts'
import { pythonExecutor } from '../lib/hello.ts'
import type { BenchRow } from '../lib/row.ts'

const MOST_TIMES = 1.25

export const helloNone: BenchRow = {
  name: 'hello-none',
  what: 'Python hello, isolation none, against a bare spawn of the same interpreter',
  target: `<= ${MOST_TIMES}x p50`,
  rounds: 150,
  async run(rounds) {
    const { ratio, details, figures, samples } = await compareHello(pythonExecutor(), rounds)
    return { measured: `${ratio.toFixed(2)}x`, met: ratio <= MOST_TIMES, details, figures, samples }
  },
}
