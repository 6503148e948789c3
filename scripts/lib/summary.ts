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

/** A failure with more lines is told in full above. */
const MESSAGE_LINES = 30

/** The last lines of the run: what was exercised, what was skipped, what failed and why, and the count: where a log is cut, its end is kept. */
export function formatSummary(steps: readonly FinishedStep[], evidence: Evidence): string {
  const { passed, failed, skipped } = totals(steps)
  const failedSteps = steps.filter(({ outcome }) => !outcome.ok)
  return [
    ...formatSubjects('Executors', evidence.executors),
    '',
    ...formatSubjects('Languages', evidence.languages),
    '',
    ...formatSubjects('Checks', evidence.checks),
    '',
    ...(skipped.length > 0 ? ['Skipped:', ...skipped.map(({ name, reason }) => `  ${name}: ${reason}`), ''] : []),
    ...(failedSteps.length > 0 ? ['Failed:', ...failedSteps.flatMap(formatFailedStep), ''] : []),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ].join('\n')
}

/** The tests that failed; of a step without any, the end of what it said. */
function formatFailedStep({ name, outcome }: FinishedStep): string[] {
  const failures = outcome.tests?.failures ?? []
  const lines =
    failures.length > 0
      ? failures.flatMap((failure) => [failure.name, ...failure.message.split('\n').slice(0, MESSAGE_LINES).map(indent)])
      : outcome.output.trimEnd().split('\n').slice(-MESSAGE_LINES)
  return [indent(`${name}:`), ...lines.map((line) => indent(indent(line)))]
}

const indent = (line: string): string => `  ${line}`

function formatSubjects(title: string, subjects: readonly Subject[]): string[] {
  const exercised = subjects.filter(({ status }) => status === 'exercised').length
  const width = Math.max(0, ...subjects.map(({ name }) => name.length))
  const rows = subjects.map(({ name, status, reason }) => {
    const text = status === 'exercised' ? 'exercised' : `unavailable because ${reason ?? 'nobody said why'}`
    return `  ${name.padEnd(width)}  ${text}`
  })
  return [`${title}: ${exercised} exercised, ${subjects.length - exercised} unavailable`, ...rows]
}
