import type { FinishedStep, Step, StepContext, StepOutcome } from './step.ts'

/** Runs every step, also after one failed. Quiet where all is well, everything it said where not. */
export async function runSteps(
  steps: readonly Step[],
  context: Omit<StepContext, 'finished'>,
  print: (line: string) => void,
): Promise<FinishedStep[]> {
  const finished: FinishedStep[] = []
  for (const step of steps) {
    const start = performance.now()
    const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`
    // Long steps say that they are alive; some machines end a job that is silent for long.
    const alive = setInterval(() => print(`...   ${step.name} (${seconds()} so far)`), 60_000)
    const outcome = await runStep(step, { ...context, finished })
    clearInterval(alive)
    finished.push({ name: step.name, outcome })
    print(`${outcome.ok ? 'ok   ' : 'FAIL '} ${step.name} (${seconds()})`)
    for (const note of outcome.notes ?? []) print(`      ${note}`)
    if (!outcome.ok) print(`${outcome.output}\n`)
  }
  return finished
}

async function runStep(step: Step, context: StepContext): Promise<StepOutcome> {
  try {
    return await step.run(context)
  } catch (error) {
    return { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
