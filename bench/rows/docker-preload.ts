import type { DockerCodeExecutor, DockerPreload } from '../../src/executors/docker/index.ts'
import { withEngine, type BenchEngine, type BenchImage } from '../lib/docker-engine.ts'
import { compareWarm } from '../lib/docker-hello.ts'
import { moduleProbe, programProbe, whyNotInImage } from '../lib/docker-probe.ts'
import { HELLOS, PANDAS, runThrough, type BenchProgram } from '../lib/docker-programs.ts'
import type { DockerTimes } from '../lib/docker-times.ts'
import { judge, wordBounds, type Bounds } from '../lib/docker-verdict.ts'
import { timed } from '../lib/interleave.ts'
import { unavailable, type BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { spread } from '../lib/words.ts'

/** As many follow each other without a rest. */
const RUNS_AT_ONCE = 20

/** What is there ahead of a program, where that can be, and how a program tells. */
interface Ahead {
  readonly image: BenchImage
  readonly preload: DockerPreload
  readonly needs: Parameters<typeof whyNotInImage>[1]
  /** A program that prints `true` when it was so. */
  readonly tells: string
}

interface Preloading {
  readonly name: string
  readonly what: string
  readonly program: BenchProgram
  readonly ahead: Ahead
  readonly bounds: Bounds
}

/** Programs whose interpreter was there before them. */
export const dockerPreloads: readonly BenchRow[] = [
  preloadRow({
    name: 'docker-preload-hello',
    what: "Python hello from the fork server, against exec by the engine, and a bare spawn of the image's interpreter",
    program: HELLOS.python,
    ahead: withModule('json'),
    bounds: { exec: 0.1, bare: 1 },
  }),
  preloadRow({
    name: 'docker-preload-pandas',
    what: '`import pandas` and one line, pandas preloaded, against exec of the same by the engine',
    program: PANDAS,
    ahead: withModule('pandas'),
    bounds: { exec: 0.05 },
  }),
  preloadRow({
    name: 'docker-preload-node',
    what: "Node hello in a Node that waited, against exec by the engine, and a bare spawn of the image's interpreter",
    program: HELLOS.node,
    ahead: {
      image: 'node',
      preload: { javascript: true },
      needs: programProbe('node'),
      tells: "console.log(require('fs').readFileSync('/proc/self/cmdline', 'utf8').includes('preload'))",
    },
    bounds: { exec: 0.25, bare: 1.1 },
  }),
]

/** A module that no interpreter imports by itself. */
function withModule(module: string): Ahead {
  const tells = `import sys\nprint(str(${JSON.stringify(module)} in sys.modules).lower())\n`
  return { image: 'python', preload: { python: [module] }, needs: moduleProbe(module), tells }
}

function preloadRow({ name, what, program, ahead, bounds }: Preloading): BenchRow {
  return {
    name,
    what,
    target: wordBounds(bounds),
    rounds: 40,
    run: (rounds) =>
      withEngine(ahead.image, async (engine) => {
        const missing = await whyNotInImage(engine, ahead.needs)
        if (missing !== undefined) return unavailable(missing)
        return judge(await comparePreloaded(engine, program, ahead, { rounds, bare: bounds.bare !== undefined }), bounds)
      }),
  }
}

async function comparePreloaded(
  engine: BenchEngine,
  program: BenchProgram,
  ahead: Ahead,
  how: { readonly rounds: number; readonly bare: boolean },
): Promise<DockerTimes> {
  const executor = engine.executor({ preload: ahead.preload })
  try {
    await assertAhead(executor, program, ahead)
    const atOnce: number[] = []
    while (atOnce.length < RUNS_AT_ONCE) atOnce.push(await timed(() => runThrough(executor, program)))
    const times = await compareWarm(engine, executor, program, how)
    const detail = `one right after the other, without the rest in which the next process is made ahead: ${spread(summarize(atOnce))}`
    return { ...times, details: [...times.details, detail] }
  } finally {
    await executor.stop()
  }
}

/** A run that starts an interpreter of its own would be measured as one that was there. */
async function assertAhead(executor: DockerCodeExecutor, program: BenchProgram, { tells }: Ahead): Promise<void> {
  await executor.start()
  await runThrough(executor, { ...program, source: tells, expected: 'true\n' })
}
