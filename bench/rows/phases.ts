import { setTimeout as delay } from 'node:timers/promises'
import { pythonExecutor, runHello } from '../lib/hello.ts'
import { PhaseClock, PHASES, type Phase } from '../lib/phase-clock.ts'
import type { BenchRow } from '../lib/row.ts'
import { percentile } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'

const WARM_UP = 10
const PAUSE_MS = 40

/** For whoever wants to make it faster. */
export const phases: BenchRow = {
  name: 'phases',
  what: 'where the time of a Python hello goes, isolation none',
  rounds: 80,
  async run(rounds) {
    const clock = new PhaseClock()
    const executor = pythonExecutor()
    const samples = Object.fromEntries(PHASES.map((phase) => [phase, [] as number[]])) as Record<Phase, number[]>
    await withStarted([executor], async () => {
      for (let round = -WARM_UP; round < rounds; round += 1) {
        await delay(PAUSE_MS)
        const times = await clock.measure(() => runHello(executor))
        if (round >= 0) for (const phase of PHASES) samples[phase].push(times[phase])
      }
    })
    const p50 = (phase: Phase): number => percentile(samples[phase], 0.5)
    const around = PHASES.filter((phase) => phase !== 'program').reduce((sum, phase) => sum + p50(phase), 0)
    return {
      measured: `${around.toFixed(2)} ms around the program`,
      details: [PHASES.map((phase) => `${phase} ${p50(phase).toFixed(2)}`).join(', ') + ' (p50, ms)'],
      figures: Object.fromEntries(PHASES.map((phase) => [`${phase} P50Ms`, p50(phase)])),
      samples,
    }
  },
}
