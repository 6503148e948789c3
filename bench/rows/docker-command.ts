import { withEngine } from '../lib/docker-engine.ts'
import { execRaw, withRaw } from '../lib/docker-raw.ts'
import { describeTimes } from '../lib/docker-times.ts'
import { judge, wordBounds } from '../lib/docker-verdict.ts'
import { interleave, timed } from '../lib/interleave.ts'
import type { BenchRow } from '../lib/row.ts'
import { withStarted } from '../lib/with-started.ts'

const BOUNDS = { exec: 0.25 } as const
const COMMAND = ['true'] as const

/** A command in a container that is warm: the executor ran one before. */
export const dockerCommand: BenchRow = {
  name: 'docker-command',
  what: `\`runCommand(['true'])\` in a hardened container, against exec of it by the engine in one`,
  target: wordBounds(BOUNDS),
  rounds: 100,
  run: (rounds) =>
    withEngine('python', async (engine) => {
      const executor = engine.executor()
      const samples = await withRaw(engine, (container) =>
        withStarted([executor], () => {
          const contestants = {
            exec: () => timed(async () => mustSucceed(await execRaw(engine, container, { argv: COMMAND, env: {} }))),
            polyrun: () => timed(async () => mustSucceed(await executor.runCommand(COMMAND))),
          }
          return interleave(contestants, { rounds, warmUp: 5, pauseMs: 40 })
        }),
      )
      return judge(describeTimes(samples), BOUNDS)
    }),
}

function mustSucceed({ exitCode, error }: { readonly exitCode: number | null; readonly error: string }): void {
  if (exitCode !== 0) throw new Error(`true ended with ${exitCode}: ${error}`)
}
