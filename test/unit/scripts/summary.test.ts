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
  const steps = [finished('one', {}), finished('tests', { ok: false, tests: { passed: 5, failed: 2, skipped } })]
  expect(totals(steps)).toEqual({ passed: 6, failed: 3, skipped })
})

test('the last lines name what was skipped, what failed and what was exercised, and end with the count', () => {
  const evidence = foldEvidence([
    { kind: 'executor', name: 'local (bubblewrap)', status: 'unavailable', reason: 'bwrap is not installed' },
    { kind: 'language', name: 'python', status: 'unavailable', reason: 'it is slow' },
    { kind: 'language', name: 'python', status: 'exercised' },
    { kind: 'language', name: 'c', status: 'exercised' },
  ])
  const tests = { passed: 1, failed: 0, skipped: [{ name: 'x', reason: 'y' }] }
  const lines = formatSummary([finished('tests', { tests }), finished('lint', { ok: false })], evidence).split('\n')
  expect(lines).toEqual([
    'Skipped:',
    '  x: y',
    '',
    'Failed steps: lint',
    '',
    'Executors: 0 exercised, 1 unavailable',
    '  local (bubblewrap)  unavailable because bwrap is not installed',
    '',
    'Languages: 2 exercised, 0 unavailable',
    '  c       exercised',
    '  python  exercised',
    '',
    '2 passed, 1 failed, 1 skipped',
  ])
})

test('a test without an end and a file that does not load are failures', () => {
  const counts = countTests({
    unhandledErrors: 1,
    modules: [
      { file: 'broken.test.ts', errors: 2, tests: [] },
      {
        file: 'a.test.ts',
        errors: 0,
        tests: [
          { name: 'passes', state: 'passed', mode: 'run' },
          { name: 'hangs', state: 'pending', mode: 'run' },
          { name: 'fails', state: 'failed', mode: 'run' },
          { name: 'waits', state: 'skipped', mode: 'todo' },
          { name: 'cannot', state: 'skipped', mode: 'run', note: 'because' },
        ],
      },
    ],
  })
  expect(counts).toEqual({
    passed: 1,
    failed: 4,
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
  expect(await runAll([step('tests', { tests: { passed: 1, failed: 1, skipped: [] } })], {}, () => {})).toBe(1)
})
