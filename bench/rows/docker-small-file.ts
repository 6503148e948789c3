import { withEngine } from '../lib/docker-engine.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds, spread } from '../lib/words.ts'

const MOST_MS = 5
const CONTENT = 'a line of text\n'.repeat(68)

export const dockerSmallFile: BenchRow = {
  name: 'docker-small-file',
  what: 'read and write of a 1 KB file in a warm container',
  target: `<= ${MOST_MS} ms p50`,
  rounds: 60,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const executor = engine.executor()
      const must = async (call: Promise<{ readonly ok: boolean }>): Promise<void> => {
        if (!(await call).ok) throw new Error('a file call failed')
      }
      const samples = await withStarted([executor], async () => {
        await must(executor.files.write('small.txt', CONTENT)) // whoever begins finds it
        return interleave(
          {
            write: () => timed(() => must(executor.files.write('small.txt', CONTENT))),
            read: () => timed(() => must(executor.files.read('small.txt'))),
            hello: () => timed(() => executor.executeCode('true', 'sh')),
          },
          { rounds, warmUp: 3, pauseMs: 30 },
        )
      })
      const [write, read, hello] = [summarize(samples.write), summarize(samples.read), summarize(samples.hello)]
      const slower = Math.max(write.p50, read.p50)
      return {
        measured: milliseconds(slower),
        met: slower <= MOST_MS,
        details: [`write ${spread(write)}; read ${spread(read)}; beside them the program \`true\` takes ${spread(hello)}`],
        figures: { writeP50Ms: write.p50, readP50Ms: read.p50, helloP50Ms: hello.p50 },
        samples,
      }
    }),
}
