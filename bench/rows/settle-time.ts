import { TimeoutError } from '../../src/core/index.ts'
import { inspectHost, portableHost, type LocalHost } from '../../src/executors/local/host.ts'
import type { LocalCodeExecutor, LocalIsolation } from '../../src/executors/local/index.ts'
import { pythonExecutor } from '../lib/hello.ts'
import { interleave } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds, spread } from '../lib/words.ts'

const LIMIT_MS = 400
const MOST_MS = 250

/** Ignores SIGTERM, and so does the child it has in a session of its own. */
const STUBBORN = `import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0: os.setsid()
os.write(1, b'up\\n')
time.sleep(600)
`

export const settleTime: BenchRow = {
  name: 'settle-time',
  what: 'from the deadline until the call settles, for a program and its child that ignore SIGTERM',
  target: `<= ${MOST_MS} ms, the slowest of all`,
  rounds: 15,
  async run(rounds) {
    const host = inspectHost()
    const hosts: readonly (readonly [name: string, isolation: LocalIsolation, host: LocalHost])[] = [
      ...(host.cgroups ? [['cgroups', 'none', host] as const] : []),
      ...(host.whyNoSandbox() === undefined ? [['bubblewrap', 'bubblewrap', host] as const] : []),
      ['process groups and markers', 'none', portableHost()],
    ]
    const executors = hosts.map(([name, isolation, on]) => ({ name, executor: pythonExecutor({ isolation }, on) }))
    const contestants = Object.fromEntries(executors.map(({ name, executor }) => [name, () => settleAfterDeadline(executor)]))
    const samples = await withStarted(
      executors.map(({ executor }) => executor),
      () => interleave(contestants, { rounds, warmUp: 1, pauseMs: 40 }),
    )
    const slowest = Math.max(...Object.values(samples).flat())
    return {
      measured: milliseconds(slowest),
      met: slowest <= MOST_MS,
      details: Object.entries(samples).map(
        ([name, times]) => `${name}: ${spread(summarize(times))}, slowest ${milliseconds(Math.max(...times))}`,
      ),
      figures: Object.fromEntries(Object.entries(samples).map(([name, times]) => [`${name} p50Ms`, summarize(times).p50])),
      samples,
    }
  },
}

async function settleAfterDeadline(executor: LocalCodeExecutor): Promise<number> {
  const startedAt = performance.now()
  try {
    await executor.executeCode(STUBBORN, 'python', { timeoutMs: LIMIT_MS })
  } catch (error) {
    if (error instanceof TimeoutError && error.result.output.startsWith('up\n')) return performance.now() - startedAt - LIMIT_MS
    throw error
  }
  throw new Error('the stubborn program ended by itself')
}
