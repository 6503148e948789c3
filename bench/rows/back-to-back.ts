import { pythonExecutor, runHello, withBareHello } from '../lib/hello.ts'
import { interleave, timed } from '../lib/interleave.ts'
import { readCpuTimes } from '../lib/load.ts'
import type { BenchRow } from '../lib/row.ts'
import { comparePairs, summarize } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds, spread } from '../lib/words.ts'

const RUNS = 20

/** No rest between the runs: whatever a run leaves to be done before the next one is paid for here. */
export const backToBack: BenchRow = {
  name: 'back-to-back',
  what: `${RUNS} Python hellos one right after the other, isolation none, against as many bare spawns`,
  rounds: 12,
  async run(rounds) {
    const executor = pythonExecutor()
    const cpu = { bare: [] as number[], polyrun: [] as number[] }
    const samples = await withBareHello((runBare) =>
      withStarted([executor], () => {
        const contestants = { bare: () => perRun(runBare, cpu.bare), polyrun: () => perRun(() => runHello(executor), cpu.polyrun) }
        return interleave(contestants, { rounds, warmUp: 1, pauseMs: 100 })
      }),
    )
    const [ours, theirs] = [summarize(samples.polyrun), summarize(samples.bare)]
    const processor = cpu.bare.length === 0 ? undefined : { bare: summarize(cpu.bare), polyrun: summarize(cpu.polyrun) }
    const { ratio } = comparePairs(samples.bare, samples.polyrun)
    return {
      measured: `${milliseconds(ours.p50)} per run, ${ratio.toFixed(2)}x`,
      details: [
        `per run: bare spawn ${spread(theirs)}, polyrun ${spread(ours)}, ${rounds} rounds`,
        ...(processor
          ? [`processor time per run, program included: bare spawn ${spread(processor.bare)}, polyrun ${spread(processor.polyrun)}`]
          : []),
      ],
      figures: {
        barePerRunP50Ms: theirs.p50,
        polyrunPerRunP50Ms: ours.p50,
        ratioTimes: ratio,
        ...(processor && { bareProcessorP50Ms: processor.bare.p50, polyrunProcessorP50Ms: processor.polyrun.p50 }),
      },
      samples: { ...samples, bareProcessor: cpu.bare, polyrunProcessor: cpu.polyrun },
    }
  },
}

/** How long one of many runs takes, and how much processor time of ours and of our children, which other work does not change. */
async function perRun(hello: () => Promise<void>, processorMs: number[]): Promise<number> {
  const before = readCpuTimes()
  const total = await timed(async () => {
    for (let run = 0; run < RUNS; run += 1) await hello()
  })
  const after = readCpuTimes()
  if (before !== undefined && after !== undefined) processorMs.push(((after.own - before.own) * 1000) / RUNS)
  return total / RUNS
}
