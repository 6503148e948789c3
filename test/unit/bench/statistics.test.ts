import { expect, test } from 'vitest'
import { comparePairs, mostAtOnce, percentile, summarize } from '../../../bench/lib/statistics.ts'

test.each([
  [0, 1],
  [0.5, 3],
  [0.95, 4.8],
  [1, 5],
])('the %d percentile of 1 to 5, in any order, is %d', (share, expected) => {
  expect(percentile([4, 1, 5, 3, 2], share)).toBeCloseTo(expected)
})

test('between two samples it is interpolated, and one sample is every percentile', () => {
  expect(percentile([1, 2], 0.5)).toBe(1.5)
  expect([0, 0.5, 0.95, 1].map((share) => percentile([7], share))).toEqual([7, 7, 7, 7])
})

test('numbers are sorted as numbers, and the list is left as it was', () => {
  const samples = [10, 9, 100]
  expect(percentile(samples, 0.5)).toBe(10)
  expect(samples).toEqual([10, 9, 100])
})

test.each([
  ['no samples', [], 0.5],
  ['a share above 1', [1], 1.1],
  ['a share below 0', [1], -0.1],
  ['a share that is no number', [1], Number.NaN],
])('there is no percentile of %s', (_, samples, share) => {
  expect(() => percentile(samples, share)).toThrow(RangeError)
})

test('a summary has the count, the extremes and the percentiles', () => {
  expect(summarize([3, 1, 2])).toEqual({ count: 3, min: 1, p50: 2, p95: expect.closeTo(2.9), max: 3 })
})

test('a comparison has what is between the medians, and the median of what is between the pairs', () => {
  expect(comparePairs([1, 2, 100], [3, 5, 100])).toEqual({ ratio: 2.5, pairRatio: 2.5, difference: 3, pairDifference: 2 })
  // A load that meets one pair moves both of it, and the median of the ratios stays.
  expect(comparePairs([10, 10, 40], [11, 44, 44])).toMatchObject({ ratio: 4.4, pairRatio: 1.1 })
})

test('what has no partner is no pair', () => {
  expect(() => comparePairs([1, 2], [1])).toThrow('2 and 1')
})

test.each([
  ['nothing', [], 0],
  ['one', [[1, 2]], 1],
  [
    'one after another',
    [
      [1, 2],
      [2, 3],
      [3, 4],
    ],
    1,
  ],
  [
    'two that overlap and one that does not',
    [
      [1, 3],
      [2, 4],
      [4, 5],
    ],
    2,
  ],
  [
    'one inside two others',
    [
      [1, 10],
      [4, 5],
      [2, 6],
    ],
    3,
  ],
  [
    'numbers beyond 9',
    [
      [9, 10],
      [10, 11],
      [9.5, 10.5],
    ],
    2,
  ],
] as const)('most at once of %s', (_, intervals, expected) => {
  expect(mostAtOnce(intervals)).toBe(expected)
})
