import { expect, test } from 'vitest'
import { ROWS } from '../../../bench/rows/index.ts'

test('names are words of their own, and every row has rounds', () => {
  const names = ROWS.map((row) => row.name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
  for (const { rounds } of ROWS) expect(rounds).toBeGreaterThan(0)
})
