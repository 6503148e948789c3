import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { HELLOS, runThrough } from '../lib/docker-programs.ts'
import { createRaw, removeRaw } from '../lib/docker-raw.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { milliseconds, spread } from '../lib/words.ts'

const MOST_MS = 300
const AT_ONCE = 4

/** Not judged: what the engine itself takes to kill and remove one container. */
const BY_HAND = 'removal of one container by hand'

/** Ignores the polite request to end. */
const STUBBORN = `trap '' TERM
echo up
sleep 600`

/** What an executor is busy with, or was, when it is stopped. */
const SITUATIONS: Readonly<Record<string, (executor: DockerCodeExecutor) => Promise<void>>> = {
  idle: (executor) => runThrough(executor, HELLOS.sh),
  'a program that ignores SIGTERM': (executor) => startStubborn(executor),
  [`${AT_ONCE} containers`]: async (executor) => {
    await Promise.all(Array.from({ length: AT_ONCE }, () => runThrough(executor, WAITING)))
  },
}

/** Long enough that the others begin before it ends. */
const WAITING = { ...HELLOS.sh, source: 'sleep 1; echo hello\n' } as const

export const dockerStop: BenchRow = {
  name: 'docker-stop',
  what: 'stop() of a docker executor, until the engine has forgotten its containers',
  target: `< ${MOST_MS} ms, the slowest of all`,
  rounds: 10,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const stops = Object.fromEntries(Object.entries(SITUATIONS).map(([name, prepare]) => [name, () => stopIn(engine, prepare)]))
      const contestants: Readonly<Record<string, () => Promise<number>>> = { ...stops, [BY_HAND]: () => removeByHand(engine) }
      const samples = await interleave(contestants, { rounds, warmUp: 0, pauseMs: 100 })
      const slowest = Math.max(...Object.keys(stops).flatMap((name) => samples[name] ?? []))
      return {
        measured: milliseconds(slowest),
        met: slowest < MOST_MS,
        details: Object.entries(samples).map(
          ([name, times]) => `${name}: ${spread(summarize(times))}, slowest ${milliseconds(Math.max(...times))}`,
        ),
        figures: Object.fromEntries(Object.entries(samples).map(([name, times]) => [`${name} p50Ms`, summarize(times).p50])),
        samples,
      }
    }),
}

async function stopIn(engine: BenchEngine, prepare: (executor: DockerCodeExecutor) => Promise<void>): Promise<number> {
  await using executor = engine.executor({ concurrency: AT_ONCE })
  await prepare(executor)
  return await timed(() => executor.stop())
}

async function removeByHand(engine: BenchEngine): Promise<number> {
  const container = await createRaw(engine)
  try {
    await container.start()
  } catch (error) {
    await removeRaw(container)
    throw error
  }
  return timed(() => removeRaw(container))
}

/** Resolves when the program runs. */
async function startStubborn(executor: DockerCodeExecutor): Promise<void> {
  const events = executor.streamCode(STUBBORN, 'sh')[Symbol.asyncIterator]()
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    if (next.value.type !== 'output-delta') continue
    events.next().catch(() => {}) // stop() ends it, as is meant
    return
  }
  throw new Error('the program that was to be stopped ended by itself')
}
