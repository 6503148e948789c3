import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { foldEvidence } from '../../../scripts/lib/evidence.ts'
import { runAll } from '../../../scripts/lib/run-all.ts'
import type { FinishedStep, Step, StepOutcome } from '../../../scripts/lib/step.ts'
import { formatSummary, totals } from '../../../scripts/lib/summary.ts'
import { countTests } from '../../../scripts/lib/vitest-report.ts'

const step = (name: string, outcome: Partial<StepOutcome>): Step => ({
  name,
  run: () => Promise.resolve({ ok: true, output: '', ...outcome }),
})
const finished = (name: string, outcome: Partial<StepOutcome>): FinishedStep => ({ name, outcome: { ok: true, output: '', ...outcome } })

test('counts tests and steps together', () => {
  const skipped = [{ name: 'a > b', reason: 'no docker' }]
  const steps = [finished('one', {}), finished('tests', { ok: false, tests: { passed: 5, failed: 2, failures: [], skipped } })]
  expect(totals(steps)).toEqual({ passed: 6, failed: 3, skipped })
})

test('the last lines name what was skipped, what failed and what was exercised, and end with the count', () => {
  const evidence = foldEvidence([
    { kind: 'executor', name: 'local (bubblewrap)', status: 'unavailable', reason: 'bwrap is not installed' },
    { kind: 'language', name: 'python', status: 'unavailable', reason: 'it is slow' },
    { kind: 'language', name: 'python', status: 'exercised' },
    { kind: 'language', name: 'c', status: 'exercised' },
    { kind: 'check', name: 'validator', status: 'unavailable', reason: 'it is elsewhere' },
  ])
  const failures = [{ name: 'a.test.ts > adds', message: ['expected 3', ...Array.from({ length: 60 }, () => 'more')].join('\n') }]
  const tests = { passed: 1, failed: 1, failures, skipped: [{ name: 'x', reason: 'y' }] }
  const lines = formatSummary(
    [finished('tests', { ok: false, tests }), finished('lint', { ok: false, output: 'a.ts: no\n' })],
    evidence,
  ).split('\n')
  expect(lines).toEqual([
    'Executors: 0 exercised, 1 unavailable',
    '  local (bubblewrap)  unavailable because bwrap is not installed',
    '',
    'Languages: 2 exercised, 0 unavailable',
    '  c       exercised',
    '  python  exercised',
    '',
    'Checks: 0 exercised, 1 unavailable',
    '  validator  unavailable because it is elsewhere',
    '',
    'Skipped:',
    '  x: y',
    '',
    'Failed:',
    '  tests:',
    '    a.test.ts > adds',
    '      expected 3',
    ...Array.from({ length: 29 }, () => '      more'),
    '  lint:',
    '    a.ts: no',
    '',
    '1 passed, 3 failed, 1 skipped',
  ])
})

test('a test without an end and a file that does not load are failures', () => {
  const counts = countTests({
    unhandledErrors: ['a promise nobody waited for'],
    modules: [
      { file: 'broken.test.ts', errors: ['no such module', 'nor that'], tests: [] },
      {
        file: 'a.test.ts',
        errors: [],
        tests: [
          { name: 'passes', state: 'passed', mode: 'run' },
          { name: 'hangs', state: 'pending', mode: 'run' },
          { name: 'fails', state: 'failed', mode: 'run', errors: ['expected 3'] },
          { name: 'waits', state: 'skipped', mode: 'todo' },
          { name: 'cannot', state: 'skipped', mode: 'run', note: 'because' },
        ],
      },
    ],
  })
  expect(counts).toEqual({
    passed: 1,
    failed: 4,
    failures: [
      { name: 'a.test.ts > hangs', message: 'it never came to its end' },
      { name: 'a.test.ts > fails', message: 'expected 3' },
      { name: 'broken.test.ts', message: 'no such module\nnor that' },
      { name: 'outside of any test', message: 'a promise nobody waited for' },
    ],
    skipped: [
      { name: 'a.test.ts > waits', reason: 'todo' },
      { name: 'a.test.ts > cannot', reason: 'because' },
    ],
  })
})

test('a failing step gives exit 1 and does not stop the others', async () => {
  const lines: string[] = []
  let temp = ''
  const steps: Step[] = [
    step('good', { output: 'not worth telling', notes: ['worth telling'] }),
    step('bad', { ok: false, output: 'what went wrong' }),
    { name: 'broken', run: () => Promise.reject(new Error('the check itself broke')) },
    {
      name: 'last',
      async run(context) {
        temp = context.temp
        await appendFile(join(context.evidence, '1.jsonl'), '{"kind":"language","name":"python","status":"exercised"}\n')
        return { ok: context.finished.length === 3, output: '' }
      },
    },
  ]
  expect(await runAll(steps, {}, (line) => lines.push(line))).toBe(1)
  const text = lines.join('\n')
  expect(text).toMatch(/ok {4}good \(.*\n {6}worth telling\nFAIL {2}bad/)
  expect(text).toContain('what went wrong')
  expect(text).toContain('the check itself broke')
  expect(text).not.toContain('not worth telling')
  expect(text).toContain('  python  exercised')
  expect(text.endsWith('2 passed, 2 failed, 0 skipped')).toBe(true)
  expect(temp).not.toBe('')
  expect(existsSync(temp)).toBe(false)
})

test('a run in which all is well gives exit 0', async () => {
  expect(await runAll([step('good', {})], {}, () => {})).toBe(0)
})

test('failed tests make the run fail even if their step says otherwise', async () => {
  expect(await runAll([step('tests', { tests: { passed: 1, failed: 1, failures: [], skipped: [] } })], {}, () => {})).toBe(1)
})
