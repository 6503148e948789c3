import { expect, test } from 'vitest'
import { describeEngineHoldings, grownIn } from '../../../bench/lib/docker-holdings.ts'

const THEN = { descriptors: 30, containers: 4, volumes: 0, execs: 8, processes: 20, memoryBytes: 6e6 }

test('as much as then, and less, is no growth', () => {
  expect(grownIn(THEN, THEN)).toEqual([])
  expect(grownIn(THEN, { descriptors: 1, containers: 0, volumes: 0, execs: 0, processes: 0, memoryBytes: 0 })).toEqual([])
})

test.each(['descriptors', 'containers', 'volumes', 'execs', 'processes'] as const)('one more of the %s is growth', (name) => {
  expect(grownIn(THEN, { ...THEN, [name]: THEN[name] + 1 })).toEqual([name])
})

test('memory may grow by what the kernel keeps for a while, and no more', () => {
  expect(grownIn(THEN, { ...THEN, memoryBytes: 16e6 })).toEqual([])
  expect(grownIn(THEN, { ...THEN, memoryBytes: 16e6 + 1, execs: 9 })).toEqual(['execs', 'memory'])
})

test('the counts in words', () => {
  expect(describeEngineHoldings(THEN)).toBe('30 descriptors, 4 containers, 8 execs, 20 processes and 6.0 MB in them, 0 volumes with a name')
})
