import { portableHost } from '../../src/executors/local/host.ts'
import { compareHello } from '../lib/hello-pair.ts'
import { pythonExecutor } from '../lib/hello.ts'
import type { BenchRow } from '../lib/row.ts'

export const helloPortable: BenchRow = {
  name: 'hello-portable',
  what: 'Python hello without cgroups (process groups and markers instead), against a bare spawn',
  rounds: 100,
  async run(rounds) {
    const { ratio, details, figures, samples } = await compareHello(pythonExecutor({}, portableHost()), rounds)
    return { measured: `${ratio.toFixed(2)}x`, details, figures, samples }
  },
}
