import { expect, test } from 'vitest'
import { TurnQueue } from '../../../src/wrappers/turn-queue.ts'
import { errorOf } from './outcomes.ts'

test('gives things to those who wait, in the order they came', async () => {
  const queue = new TurnQueue<string>()
  const { signal } = new AbortController()
  const turns = [queue.wait(signal), queue.wait(signal)]
  expect(queue.length).toBe(2)
  expect([queue.give('a'), queue.give('b'), queue.give('c')]).toEqual([true, true, false])
  expect(await Promise.all(turns)).toEqual(['a', 'b'])
  expect(queue.length).toBe(0)
})

test('loses nothing when abort and turn come at the same moment', async () => {
  const queue = new TurnQueue<string>()
  const early = new AbortController()
  const first = queue.wait(early.signal)
  early.abort(new Error('enough'))
  expect(queue.give('a')).toBe(false)
  expect(await errorOf(first)).toBe(early.signal.reason)

  const late = new AbortController()
  const second = queue.wait(late.signal)
  expect(queue.give('b')).toBe(true)
  late.abort()
  expect(await second).toBe('b')
})

test('refuses one who comes aborted, and all when asked to', async () => {
  const queue = new TurnQueue<string>()
  const reason = new Error('before')
  expect(await errorOf(queue.wait(AbortSignal.abort(reason)))).toBe(reason)
  expect(queue.length).toBe(0)
  const waiting = queue.wait(new AbortController().signal)
  queue.refuseAll(reason)
  expect(await errorOf(waiting)).toBe(reason)
  expect(queue.give('a')).toBe(false)
})
