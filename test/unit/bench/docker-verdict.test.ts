import { expect, test } from 'vitest'
import { describeTimes } from '../../../bench/lib/docker-times.ts'
import { judge, wordBounds } from '../../../bench/lib/docker-verdict.ts'

const BOUNDS = { exec: 0.25, bare: 1.1 }
const times = (polyrun: number, bare?: number) =>
  describeTimes({ exec: [100], polyrun: [polyrun], ...(bare !== undefined && { bare: [bare], chroot: [0], plain: [0] }) })

test.each([
  ['within both bounds', times(25, 25), true],
  ['slower than exec allows', times(26, 26), false],
  ['slower than the bare spawn allows', times(22.1, 20), false],
  ['slower than exec allows, without a bare spawn', { ...times(26), whyNoBare: 'only root may' }, false],
])('times %s', (_, measured, met) => {
  const { met: judged, unavailable } = judge(measured, BOUNDS)
  expect(judged).toBe(met)
  expect(unavailable).toBeUndefined()
})

test('what could not be compared with a bare spawn was not measured in full, and its figure stays', () => {
  const { unavailable, measured } = judge({ ...times(20), whyNoBare: 'only root may' }, BOUNDS)
  expect(unavailable).toBe('no bare spawn to compare with: only root may')
  expect(measured).toBe('0.200x of exec')
})

test('where no bare spawn is asked for none is missing', () => {
  expect(judge(times(5), { exec: 0.05 })).toMatchObject({ met: true, measured: '0.050x of exec' })
  expect(judge(times(5), { exec: 0.05 }).unavailable).toBeUndefined()
})

test('bounds in words', () => {
  expect(wordBounds(BOUNDS)).toBe('<= 0.25x p50 of exec, <= 1.1x p50 of the bare spawn')
  expect(wordBounds({ exec: 0.05 })).toBe('<= 0.05x p50 of exec')
})
