import { expect, test } from 'vitest'
import { interleave, timed } from '../../../bench/lib/interleave.ts'

test('contestants take turns, the order turns around every round, and warm-up does not count', async () => {
  const order: string[] = []
  const contestant = (name: string) => () => Promise.resolve(order.push(name))
  const samples = await interleave({ a: contestant('a'), b: contestant('b') }, { rounds: 3, warmUp: 1, pauseMs: 0 })
  expect(order.join('')).toBe('ba' + 'ab' + 'ba' + 'ab')
  expect(samples).toEqual({ a: [3, 6, 7], b: [4, 5, 8] })
})

test('a contestant that fails ends it', async () => {
  const failing = interleave({ a: () => Promise.reject(new Error('no')) }, { rounds: 1, warmUp: 0, pauseMs: 0 })
  await expect(failing).rejects.toThrow('no')
})

test('time is measured until the work settles', async () => {
  const took = await timed(() => new Promise((resolve) => setTimeout(resolve, 30)))
  expect(took).toBeGreaterThan(25)
})
