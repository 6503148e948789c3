import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Permits } from '../../../src/engine/permits.ts'
import { SeededRandom } from '../../support/random.ts'

const never = new AbortController().signal

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void; readonly started: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let begun = false
  const work = (): Promise<void> => {
    begun = true
    return promise
  }
  return { work, end: resolve, started: () => begun }
}

describe('Permits', () => {
  test.each([[1], [2], [7]])('with %d, never more go at once, and all of them come to an end', async (size) => {
    const permits = new Permits(size)
    const random = new SeededRandom(size)
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      for (let turns = random.below(4); turns > 0; turns -= 1) await nextTurn()
      running -= 1
      if (random.below(5) === 0) throw new Error('work may fail')
    }
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => permits.use(never, work)))
    expect(outcomes).toHaveLength(200)
    expect(running).toBe(0)
    expect(most).toBe(size)
  })

  test('turns are given in the order they were asked for', async () => {
    const permits = new Permits(2)
    const order: number[] = []
    const work = (index: number) => async (): Promise<void> => {
      order.push(index)
      await nextTurn()
    }
    await Promise.all(Array.from({ length: 20 }, (_, index) => permits.use(never, work(index))))
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  test('an abort while waiting rejects with the very reason, and the others keep their turns', async () => {
    const permits = new Permits(1)
    const [first, second, third] = [held(), held(), held()]
    const controller = new AbortController()
    const running = permits.use(never, first.work)
    const given = permits.use(controller.signal, second.work)
    const last = permits.use(never, third.work)
    const reason = { why: 'changed my mind' }
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    first.end()
    await running
    await expect.poll(third.started).toBe(true)
    expect(second.started()).toBe(false)
    third.end()
    await last
  })

  test('a signal that is already aborted gets no turn while it would wait', async () => {
    const permits = new Permits(1)
    const first = held()
    const running = permits.use(never, first.work)
    await expect(permits.use(AbortSignal.abort('gone'), held().work)).rejects.toBe('gone')
    first.end()
    await running
  })

  test('an abort after the work began does not give its turn away', async () => {
    const permits = new Permits(1)
    const [first, second] = [held(), held()]
    const controller = new AbortController()
    const running = permits.use(controller.signal, first.work)
    const waiting = permits.use(never, second.work)
    controller.abort()
    await nextTurn()
    expect(second.started()).toBe(false)
    first.end()
    await running
    await expect.poll(second.started).toBe(true)
    second.end()
    await waiting
  })

  test('work that fails gives its turn back and fails its caller alone', async () => {
    const permits = new Permits(1)
    const failing = permits.use(never, () => Promise.reject(new Error('broken')))
    const next = permits.use(never, async () => 'done')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('done')
  })

  test('waiting leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const counting: AbortSignal = Object.assign(Object.create(signal) as AbortSignal, {
      addEventListener: () => (listeners += 1),
      removeEventListener: () => (listeners -= 1),
    })
    Object.defineProperty(counting, 'aborted', { value: false })
    const permits = new Permits(1)
    const first = held()
    const running = permits.use(counting, first.work)
    const waiting = permits.use(counting, async () => {})
    await nextTurn()
    expect(listeners).toBe(1)
    first.end()
    await Promise.all([running, waiting])
    expect(listeners).toBe(0)
  })
})
