import type { CodeExecutor } from '../../src/core/index.ts'
import { packArchive } from '../../src/executors/docker/archive.ts'
import type { BenchEngine } from './docker-engine.ts'
import { runThrough, type BenchProgram } from './docker-programs.ts'
import { execRaw, withRaw, workDirOf, type RawContainer } from './docker-raw.ts'
import { whyNoImageRoot, withImageRoot } from './docker-root.ts'
import { describeTimes, type DockerTimes } from './docker-times.ts'
import { interleave, timed, type Interleaved } from './interleave.ts'
import { withStarted } from './with-started.ts'

/** Rest before each turn, enough for an executor to get ready for its next run. */
const PAUSE_MS = 40
const WARM_UP = 5

/**
 * Measures a warm program through an executor against the command in a container of the same kind, and against a bare spawn of
 * the image's interpreter, unless `bare` is false or none can be made here. Stops the executor. @throws when a program does not do what it should
 */
export async function compareWarm(
  engine: BenchEngine,
  executor: CodeExecutor,
  program: BenchProgram,
  { rounds, bare = true }: { readonly rounds: number; readonly bare?: boolean },
): Promise<DockerTimes> {
  const measure = (others: Contestants): Promise<Interleaved> =>
    withRaw(engine, async (container) => {
      await container.putArchive(await packArchive(new Map([[program.file, Buffer.from(program.source)]])), { path: workDirOf(engine) })
      const contestants = {
        exec: () => timed(() => execProgram(engine, container, program)),
        polyrun: () => timed(() => runThrough(executor, program)),
        ...others,
      }
      return withStarted([executor], () => interleave(contestants, { rounds, warmUp: WARM_UP, pauseMs: PAUSE_MS }))
    })
  if (!bare) return describeTimes(await measure({}))
  const whyNoBare = whyNoImageRoot()
  if (whyNoBare !== undefined) return { ...describeTimes(await measure({})), whyNoBare }
  const samples = await withImageRoot(engine, async (root) => {
    const run = await root.bare(program)
    return measure({ bare: () => timed(run), chroot: () => timed(root.chrootTrue), plain: () => timed(root.plainTrue) })
  })
  return describeTimes(samples)
}

/** Runs the program as a command of the engine; throws when it did not print what it should. */
export async function execProgram(engine: BenchEngine, container: RawContainer, program: BenchProgram): Promise<void> {
  const { output, error } = await execRaw(engine, container, program)
  if (output !== program.expected) throw new Error(`the command ${program.argv.join(' ')} printed ${JSON.stringify(output)}: ${error}`)
}

type Contestants = Readonly<Record<string, () => Promise<number>>>
