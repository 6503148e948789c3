import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCi } from './environment.ts'
import { endOnSignal } from './end-on-signal.ts'
import { readEvidence } from './evidence.ts'
import { runSteps } from './run-steps.ts'
import type { Step } from './step.ts'
import { formatSummary, totals } from './summary.ts'

/** Runs the steps, prints the summary and resolves to the exit code. Its temporary directory is gone afterwards. */
export async function runAll(
  steps: readonly Step[],
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<number> {
  const temp = await mkdtemp(join(tmpdir(), 'polyrun-test-'))
  const letSignalsBe = endOnSignal(() => rmSync(temp, { recursive: true, force: true }))
  try {
    const evidence = join(temp, 'evidence')
    await mkdir(evidence)
    const finished = await runSteps(steps, { temp, evidence, ci: isCi(env), required: env['POLYRUN_REQUIRE'] ?? '' }, print)
    print(`\n${formatSummary(finished, await readEvidence(evidence))}`)
    return totals(finished).failed === 0 ? 0 : 1
  } finally {
    letSignalsBe()
    await rm(temp, { recursive: true, force: true })
  }
}
