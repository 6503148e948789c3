import type { TestCounts } from './step.ts'

/** What the reporter writes after a test run. */
export interface VitestReport {
  readonly modules: readonly ModuleReport[]
  /** Errors outside of any test, such as a rejection that nobody handled. */
  readonly unhandledErrors: readonly string[]
}

export interface ModuleReport {
  readonly file: string
  /** Errors outside of its tests: it did not load, a hook of it failed, its process crashed. */
  readonly errors: readonly string[]
  readonly tests: readonly TestReport[]
}

export interface TestReport {
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** How it was declared: `run`, `skip`, `todo`, `only`. */
  readonly mode: string
  /** The reason given to `context.skip(reason)`. */
  readonly note?: string
  readonly errors?: readonly string[]
}

/** Why a test was skipped that gave no reason, by how it was declared. */
const UNSAID: Readonly<Record<string, string>> = { todo: 'todo', run: 'what comes before it failed' }

/** A test that never came to its end failed; a file that is broken outside of its tests is one more failure. */
export function countTests({ modules, unhandledErrors }: VitestReport): TestCounts {
  const tests = modules.flatMap((module) => module.tests.map((test) => ({ ...test, file: module.file })))
  const failures = [
    ...tests
      .filter(({ state }) => state === 'failed' || state === 'pending')
      .map(({ file, name, errors = ['it never came to its end'] }) => ({ name: `${file} > ${name}`, message: errors.join('\n') })),
    ...modules.filter(({ errors }) => errors.length > 0).map(({ file, errors }) => ({ name: file, message: errors.join('\n') })),
    ...unhandledErrors.map((message) => ({ name: 'outside of any test', message })),
  ]
  return {
    passed: tests.filter(({ state }) => state === 'passed').length,
    failed: failures.length,
    failures,
    skipped: tests
      .filter(({ state }) => state === 'skipped')
      .map(({ file, name, mode, note }) => ({ name: `${file} > ${name}`, reason: note ?? UNSAID[mode] ?? 'no reason given' })),
  }
}
