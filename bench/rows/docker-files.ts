import { packArchive } from '../../src/executors/docker/archive.ts'
import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { withEngine, type BenchEngine } from '../lib/docker-engine.ts'
import { execRaw, withRaw, workDirOf, type RawContainer } from '../lib/docker-raw.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { spread } from '../lib/words.ts'

const FILES = 1000
const FILE_BYTES = 1000
const MOST_TIMES = 1.5
/** Both bring a directory of their own each time. The executor's time is that of a whole call: it packs, and runs a program, too. */
export const dockerFiles: BenchRow = {
  name: 'docker-files',
  what: `a call with ${FILES} files of ${FILE_BYTES} bytes and a program that counts them, against one upload of their archive by the engine`,
  target: `<= ${MOST_TIMES}x p50`,
  rounds: 20,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const executor = engine.executor()
      const packing: number[] = []
      let directories = 0
      const samples = await withRaw(engine, (container) =>
        withStarted([executor], () => {
          const contestants = {
            byHand: () => uploadByHand(engine, container, `given${(directories += 1)}`, packing),
            polyrun: () => timed(() => bring(executor, `given${(directories += 1)}`)),
          }
          return interleave(contestants, { rounds, warmUp: 1, pauseMs: 40 })
        }),
      )
      const [theirs, ours, packed] = [summarize(samples.byHand), summarize(samples.polyrun), summarize(packing)]
      const { ratio, pairRatio } = comparePairs(samples.byHand, samples.polyrun)
      return {
        measured: `${ratio.toFixed(2)}x`,
        met: ratio <= MOST_TIMES,
        details: [
          `upload ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} pairs; p50 of the pairs ${pairRatio.toFixed(2)}x`,
          `the archive that is uploaded was packed before; that takes ${spread(packed)}`,
        ],
        figures: {
          byHandP50Ms: theirs.p50,
          packingP50Ms: packed.p50,
          polyrunP50Ms: ours.p50,
          ratioTimes: ratio,
          pairRatioTimes: pairRatio,
        },
        samples,
      }
    }),
}

/** The upload alone. What came is counted afterwards. */
async function uploadByHand(engine: BenchEngine, container: RawContainer, directory: string, packing: number[]): Promise<number> {
  let archive: Buffer = Buffer.alloc(0)
  packing.push(await timed(async () => (archive = await packArchive(new Map(filesOf(directory))))))
  const took = await timed(() => container.putArchive(archive, { path: workDirOf(engine) }))
  const { output } = await execRaw(engine, container, { argv: ['sh', '-c', count(directory)], env: {} })
  if (output !== EXPECTED) throw new Error(`the archive became ${output.trim()} files`)
  return took
}

async function bring(executor: DockerCodeExecutor, directory: string): Promise<void> {
  const files = { ...Object.fromEntries(filesOf(directory)), 'main.sh': count(directory) }
  const { output, error } = await executor.executeCode(files, 'sh')
  if (output !== EXPECTED) throw new Error(`the call brought ${output.trim()} files: ${error}`)
}

const EXPECTED = `${FILES}\n`

function count(directory: string): string {
  return `set -- ${directory}/*.txt; echo $#`
}

function filesOf(directory: string): [path: string, content: Buffer][] {
  return Array.from({ length: FILES }, (_, number) => [`${directory}/${number}.txt`, Buffer.alloc(FILE_BYTES, String(number))])
}
