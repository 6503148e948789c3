import type { Evidence, Subject } from './evidence.ts'
import type { FinishedStep, SkippedTest } from './step.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: readonly SkippedTest[]
}

/** Every step is one, plus the tests inside it. */
export function totals(steps: readonly FinishedStep[]): Totals {
  const sum = (count: (step: FinishedStep) => number): number => steps.reduce((total, step) => total + count(step), 0)
  return {
    passed: sum(({ outcome }) => (outcome.ok ? 1 : 0) + (outcome.tests?.passed ?? 0)),
    failed: sum(({ outcome }) => (outcome.ok ? 0 : 1) + (outcome.tests?.failed ?? 0)),
    skipped: steps.flatMap(({ outcome }) => outcome.tests?.skipped ?? []),
  }
}

/** The last lines of the run: what was skipped, what failed, what was exercised, and the count. */
export function formatSummary(steps: readonly FinishedStep[], evidence: Evidence): string {
  const { passed, failed, skipped } = totals(steps)
  const failedSteps = steps.filter(({ outcome }) => !outcome.ok).map(({ name }) => name)
  return [
    ...(skipped.length > 0 ? ['Skipped:', ...skipped.map(({ name, reason }) => `  ${name}: ${reason}`), ''] : []),
    ...(failedSteps.length > 0 ? [`Failed steps: ${failedSteps.join(', ')}`, ''] : []),
    ...formatSubjects('Executors', evidence.executors),
    '',
    ...formatSubjects('Languages', evidence.languages),
    '',
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ].join('\n')
}

function formatSubjects(title: string, subjects: readonly Subject[]): string[] {
  const exercised = subjects.filter(({ status }) => status === 'exercised').length
  const width = Math.max(0, ...subjects.map(({ name }) => name.length))
  const rows = subjects.map(({ name, status, reason }) => {
    const text = status === 'exercised' ? 'exercised' : `unavailable because ${reason ?? 'nobody said why'}`
    return `  ${name.padEnd(width)}  ${text}`
  })
  return [`${title}: ${exercised} exercised, ${subjects.length - exercised} unavailable`, ...rows]
}
