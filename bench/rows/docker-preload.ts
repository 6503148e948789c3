import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { compareWarm } from '../lib/docker-hello.ts'
import { moduleProbe, whyNotInImage } from '../lib/docker-probe.ts'
import { HELLOS, PANDAS, runThrough, type BenchProgram } from '../lib/docker-programs.ts'
import type { DockerTimes } from '../lib/docker-times.ts'
import { judge, wordBounds, type Bounds } from '../lib/docker-verdict.ts'
import { timed } from '../lib/interleave.ts'
import { unavailable, type BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { spread } from '../lib/words.ts'

/** As many follow each other without a rest. */
const RUNS_AT_ONCE = 20

interface Preloading {
  readonly name: string
  readonly what: string
  readonly program: BenchProgram
  /** What is imported ahead, and by no interpreter by itself. */
  readonly module: string
  readonly bounds: Bounds
}

/** Programs whose interpreter was there before them, with a module imported. */
export const dockerPreloads: readonly BenchRow[] = [
  preloadRow({
    name: 'docker-preload-hello',
    what: "Python hello from the fork server, against exec by the engine, and a bare spawn of the image's interpreter",
    program: HELLOS.python,
    module: 'json',
    bounds: { exec: 0.1, bare: 1 },
  }),
  preloadRow({
    name: 'docker-preload-pandas',
    what: '`import pandas` and one line, pandas preloaded, against exec of the same by the engine',
    program: PANDAS,
    module: 'pandas',
    bounds: { exec: 0.05 },
  }),
]

function preloadRow({ name, what, program, module, bounds }: Preloading): BenchRow {
  return {
    name,
    what,
    target: wordBounds(bounds),
    rounds: 40,
    run: (rounds) =>
      withEngine('python', async (engine) => {
        const missing = await whyNotInImage(engine, moduleProbe(module))
        if (missing !== undefined) return unavailable(missing)
        return judge(await comparePreloaded(engine, program, module, { rounds, bare: bounds.bare !== undefined }), bounds)
      }),
  }
}

async function comparePreloaded(
  engine: BenchEngine,
  program: BenchProgram,
  module: string,
  how: { readonly rounds: number; readonly bare: boolean },
): Promise<DockerTimes> {
  const executor = engine.executor({ preload: { python: [module] } })
  try {
    await assertPreloaded(executor, module)
    const atOnce: number[] = []
    while (atOnce.length < RUNS_AT_ONCE) atOnce.push(await timed(() => runThrough(executor, program)))
    const times = await compareWarm(engine, executor, program, how)
    const detail = `one right after the other, without the rest in which the next process is made ahead: ${spread(summarize(atOnce))}`
    return { ...times, details: [...times.details, detail] }
  } finally {
    await executor.stop()
  }
}

/** A run that starts an interpreter of its own would be measured as one of the fork server. */
async function assertPreloaded(executor: DockerCodeExecutor, module: string): Promise<void> {
  const source = `import sys\nprint(${JSON.stringify(module)} in sys.modules)\n`
  await runThrough(executor, { ...HELLOS.python, source, expected: 'True\n' })
}
