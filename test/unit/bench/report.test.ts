import { expect, test } from 'vitest'
import type { RowResult } from '../../../bench/lib/measure-row.ts'
import { describeUnmeasured, isMissed, renderPage, renderRow, renderTable, verdict } from '../../../bench/lib/report.ts'

const row = (found: Partial<RowResult['measurement'] & object> | undefined, other: Partial<RowResult> = {}): RowResult => ({
  name: 'a',
  what: 'a run',
  target: '<= 1 ms',
  measurement: found && { measured: '2 ms', details: ['one run'], figures: {}, ...found },
  failure: undefined,
  load: [0.1, 2],
  otherCores: 0.1,
  ...other,
})
const MACHINE = {
  cores: 2,
  processor: 'x',
  memoryBytes: 2 ** 31,
  system: 's',
  node: 'v24',
  python: 'p',
  cgroups: 'none',
  bubblewrap: 'b',
  engine: 'e',
}

test.each([
  ['reached', row({ met: true }), false],
  ['MISSED', row({ met: false }), true],
  ['FAILED', row(undefined, { failure: 'it broke' }), true],
  ['not measured', row({ unavailable: 'no bubblewrap' }), false],
  ['', row({}, { target: undefined }), false],
])('a row is judged %j', (expected, result, missed) => {
  expect(verdict(result)).toBe(expected)
  expect(isMissed(result)).toBe(missed)
})

test('a row says what was measured, why it was not, and how busy the machine was', () => {
  expect(renderRow(row({ met: false }))).toBe(
    ['a: a run', '  2 ms (target <= 1 ms)  MISSED', '    one run', '    load average 0.1 to 2.0, 0.1 cores busy with other work'].join(
      '\n',
    ),
  )
  expect(renderRow(row(undefined, { failure: 'it broke\nbadly' }))).toContain('FAILED\n    it broke\n    badly')
  expect(renderRow(row({ unavailable: 'no bubblewrap' }))).toContain('no bubblewrap')
})

test('the table is Markdown, with a bar in a cell escaped', () => {
  expect(
    renderTable([row({ met: true, measured: '1 | 2' })])
      .split('\n')
      .at(-1),
  ).toBe('| a run | <= 1 ms | 1 \\| 2 | reached |')
})

test('the page says when the machine was busy, and only then', () => {
  const page = (otherCores: number): string =>
    renderPage({ date: '2026-01-02', machine: MACHINE, rows: [row({ met: true }, { otherCores })] })
  expect(page(0.9)).toContain('busy with other work meanwhile')
  expect(page(0.1)).not.toContain('busy with other work meanwhile')
  expect(page(0.1)).toContain('| a run | <= 1 ms | 2 ms | reached |')
  expect(page(0.1)).toContain('Measured on 2026-01-02')
})

test('rows that could not be measured are counted by name, in the page too', () => {
  const rows = [
    row({ met: true }),
    row({ unavailable: 'no engine' }, { name: 'b' }),
    row({ unavailable: 'no root', met: true }, { name: 'c' }),
  ]
  expect(describeUnmeasured(rows)).toBe('2 of 3 rows could not be measured here, or not in full: b, c')
  expect(describeUnmeasured([row({ met: false }), row(undefined, { failure: 'it broke' })])).toBeUndefined()
  const page = renderPage({ date: '2026-01-02', machine: MACHINE, rows })
  expect(page).toContain('2 of 3 rows could not be measured here, or not in full: b, c. The details say why.')
  expect(page).toContain('- no engine')
})
