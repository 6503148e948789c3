import { inspectHost } from '../../src/executors/local/host.ts'
import type { LocalIsolation } from '../../src/executors/local/index.ts'
import { pythonExecutor, runHello } from '../lib/hello.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { milliseconds, spread } from '../lib/words.ts'

/** The life of an executor that runs one program, step by step. */
interface Steps {
  readonly construct: number[]
  readonly start: number[]
  readonly firstRun: number[]
  readonly stop: number[]
}

export const firstResult: BenchRow = {
  name: 'first-result',
  what: 'from nothing to the first hello of a new executor: make, start, run',
  rounds: 20,
  async run(rounds) {
    const kinds: LocalIsolation[] = inspectHost().whyNoSandbox() === undefined ? ['none', 'bubblewrap'] : ['none']
    const steps = new Map(kinds.map((kind) => [kind, { construct: [], start: [], firstRun: [], stop: [] } as Steps]))
    const contestants = Object.fromEntries([...steps].map(([kind, into]) => [kind, () => live(kind, into)]))
    const samples = await interleave(contestants, { rounds, warmUp: 0, pauseMs: 40 })
    const p50 = (times: readonly number[] = []): number => summarize(times).p50
    return {
      measured: kinds.map((kind) => `${kind} ${milliseconds(p50(samples[kind]))}`).join(', '),
      details: [...steps].map(
        ([kind, { construct, start, firstRun, stop }]) =>
          `${kind}: ${spread(summarize(samples[kind] ?? []))}; ` +
          `p50 make ${milliseconds(p50(construct))}, start ${milliseconds(p50(start))}, run ${milliseconds(p50(firstRun))}, stop ${milliseconds(p50(stop))}`,
      ),
      figures: Object.fromEntries(
        [...steps].flatMap(([kind, { start, stop }]) => [
          [`${kind} firstResultP50Ms`, p50(samples[kind])],
          [`${kind} startP50Ms`, p50(start)],
          [`${kind} stopP50Ms`, p50(stop)],
        ]),
      ),
      samples,
    }
  },
}

/** Lives one executor's life; the time until its first result. */
async function live(isolation: LocalIsolation, { construct, start, firstRun, stop }: Steps): Promise<number> {
  const made = performance.now()
  const executor = pythonExecutor({ isolation })
  construct.push(performance.now() - made)
  start.push(await timed(() => executor.start()))
  firstRun.push(await timed(() => runHello(executor)))
  const total = performance.now() - made
  stop.push(await timed(() => executor.stop()))
  return total
}
