import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packArchive } from '../../src/executors/docker/archive.ts'
import { withEngine } from '../lib/docker-engine.ts'
import { withRaw, workDirOf } from '../lib/docker-raw.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { spread } from '../lib/words.ts'

const FILES = 1_000
const FILE_BYTES = 50_000
const MOST_TIMES = 1.5

export const dockerUpload: BenchRow = {
  name: 'docker-upload',
  what: `upload of ${FILES} files, 50 MB, to a container, against packing and one raw upload of their archive`,
  target: `<= ${MOST_TIMES}x p50`,
  rounds: 8,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const host = mkdtempSync(join(tmpdir(), 'bench-upload-'))
      const content = Buffer.alloc(FILE_BYTES, 'some bytes of a file\n')
      mkdirSync(join(host, 'many'))
      for (let index = 0; index < FILES; index += 1) writeFileSync(join(host, `many/${index}.bin`), content)
      const executor = engine.executor({ limits: { disk: '2g', memory: '2g' } })
      let directories = 0
      try {
        const samples = await withRaw(engine, (container) =>
          withStarted([executor], () =>
            interleave(
              {
                byHand: () =>
                  timed(async () => {
                    directories += 1
                    const files = new Map(Array.from({ length: FILES }, (_, index) => [`given${directories % 2}/${index}.bin`, content]))
                    await container.putArchive(await packArchive(files), { path: workDirOf(engine) })
                  }),
                polyrun: () =>
                  timed(async () => {
                    const { uploaded } = await executor.files.upload(join(host, 'many'), { to: `given${directories % 2}` })
                    if (uploaded.length !== FILES) throw new Error(`only ${uploaded.length} files came`)
                  }),
              },
              { rounds, warmUp: 1, pauseMs: 100 },
            ),
          ),
        )
        const { ratio, pairRatio } = comparePairs(samples.byHand, samples.polyrun)
        const [theirs, ours] = [summarize(samples.byHand), summarize(samples.polyrun)]
        return {
          measured: `${ratio.toFixed(2)}x`,
          met: ratio <= MOST_TIMES,
          details: [`by hand ${spread(theirs)}, polyrun ${spread(ours)}; p50 of the pairs ${pairRatio.toFixed(2)}x`],
          figures: { byHandP50Ms: theirs.p50, polyrunP50Ms: ours.p50, ratioTimes: ratio, pairRatioTimes: pairRatio },
          samples,
        }
      } finally {
        await rm(host, { recursive: true, force: true })
      }
    }),
}
