import { expect, test } from 'vitest'
import { describeTimes } from '../../../bench/lib/docker-times.ts'

test('what chroot takes is no part of a bare spawn', () => {
  const samples = { exec: [40, 40, 40], polyrun: [9, 9, 9], bare: [10, 10, 10], chroot: [3, 3, 3], plain: [2, 2, 2] }
  const { exec, bare, details, figures } = describeTimes(samples)
  expect(exec.ratio).toBeCloseTo(9 / 40)
  expect(bare).toEqual({ ratio: 1, chrootMs: 1 })
  expect(details.join('\n')).toContain(
    'bare spawn p50 10.0 ms, p95 10.0 ms, of which chroot 1.0 ms, which the ratio leaves out; with it 0.90x',
  )
  expect(figures).toMatchObject({ execP50Ms: 40, polyrunP50Ms: 9, bareP50Ms: 10, bareRatioTimes: 1 })
})

test('a chroot that seems to take less than nothing takes nothing', () => {
  const { bare } = describeTimes({ exec: [40], polyrun: [5], bare: [10], chroot: [1], plain: [2] })
  expect(bare).toEqual({ ratio: 0.5, chrootMs: 0 })
})

test('without a bare spawn there is nothing about one', () => {
  const times = describeTimes({ exec: [40, 50], polyrun: [8, 10] })
  expect(times.bare).toBeUndefined()
  expect(times.details).toHaveLength(1)
  expect(Object.keys(times.figures)).not.toContain('bareP50Ms')
})
