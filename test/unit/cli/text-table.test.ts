import { expect, test } from 'vitest'
import { alignColumns } from '../../../src/cli/text-table.ts'

test('columns are aligned, colours do not count, and no line ends in blanks', () => {
  const red = '\u001B[31ma\u001B[39m'
  const rows = [[red, 'x', ''], ['long', 'y', 'end'], ['b']]
  expect(alignColumns(rows, '  ')).toBe(`  ${red}     x\n  long  y  end\n  b\n`)
})

test('no rows are no text', () => {
  expect(alignColumns([])).toBe('')
})
