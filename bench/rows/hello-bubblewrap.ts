import { inspectHost } from '../../src/executors/local/host.ts'
import { compareHello } from '../lib/hello-pair.ts'
import { pythonExecutor } from '../lib/hello.ts'
import { unavailable, type BenchRow } from '../lib/row.ts'
import { milliseconds } from '../lib/words.ts'

const MOST_MS = 12

export const helloBubblewrap: BenchRow = {
  name: 'hello-bubblewrap',
  what: 'Python hello, isolation bubblewrap, against a bare spawn of the same interpreter',
  target: `<= +${MOST_MS} ms p50`,
  rounds: 150,
  async run(rounds) {
    const missing = inspectHost().whyNoSandbox()
    if (missing !== undefined) return unavailable(missing)
    const { difference, details, figures, samples } = await compareHello(pythonExecutor({ isolation: 'bubblewrap' }), rounds)
    return { measured: milliseconds(difference, true), met: difference <= MOST_MS, details, figures, samples }
  },
}
