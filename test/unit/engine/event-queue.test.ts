import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ExecutionEvent } from '../../../src/core/index.ts'
import { EventQueue } from '../../../src/engine/event-queue.ts'
import { resultWith } from '../../support/fake-executor.ts'

const output = (text: string): ExecutionEvent => ({ type: 'output-delta', text })
const error = (text: string): ExecutionEvent => ({ type: 'error-delta', text })
const phase: ExecutionEvent = { type: 'phase-start', phase: 'run' }
const end: ExecutionEvent = { type: 'end', result: resultWith() }

async function readAll(queue: EventQueue, events: ExecutionEvent[] = []): Promise<ExecutionEvent[]> {
  for await (const event of queue) events.push(event)
  return events
}

describe('EventQueue', () => {
  test('hands events on in the order they came', async () => {
    const queue = new EventQueue()
    for (const event of [phase, output('a'), error('b'), output('c'), end]) queue.push(event)
    queue.end()
    expect(await readAll(queue)).toEqual([phase, output('a'), error('b'), output('c'), end])
  })

  test('joins neighbours of one stream while nobody takes them, and no others', async () => {
    const queue = new EventQueue()
    for (const event of [output('a'), output('b'), error('c'), error('d'), output('e'), phase, output('f'), output('g')]) queue.push(event)
    queue.end()
    expect(await readAll(queue)).toEqual([output('ab'), error('cd'), output('e'), phase, output('fg')])
  })

  test('joining does not change an event that somebody else holds', async () => {
    const queue = new EventQueue()
    const first = output('a')
    queue.push(first)
    queue.push(output('b'))
    expect(first).toEqual(output('a'))
  })

  test('a reader that waits gets each event as it comes', async () => {
    const queue = new EventQueue()
    const events: ExecutionEvent[] = []
    const reading = readAll(queue, events)
    for (const text of ['a', 'b', 'c']) {
      queue.push(output(text))
      await nextTurn()
    }
    expect(events).toEqual([output('a'), output('b'), output('c')])
    queue.end()
    await reading
  })

  test('what comes while a batch is read is not lost', async () => {
    const queue = new EventQueue()
    queue.push(phase)
    queue.push(output('a'))
    const events: ExecutionEvent[] = []
    for await (const event of queue) {
      events.push(event)
      if (events.length === 1) queue.push(output('b'))
      if (events.length === 3) queue.end()
    }
    expect(events).toEqual([phase, output('a'), output('b')])
  })

  test('what waits is given before the failure, and the failure is the very reason', async () => {
    const queue = new EventQueue()
    const events: ExecutionEvent[] = []
    const reason = { any: 'thing' }
    queue.push(output('last words'))
    queue.fail(reason)
    await expect(readAll(queue, events)).rejects.toBe(reason)
    expect(events).toEqual([output('last words')])
  })

  test.each([[undefined], [null], [0], ['']])('a failure may be %o', async (reason) => {
    const queue = new EventQueue()
    queue.fail(reason)
    await expect(readAll(queue)).rejects.toBe(reason)
  })

  test('the first of end and fail counts', async () => {
    const ended = new EventQueue()
    ended.end()
    ended.fail(new Error('too late'))
    expect(await readAll(ended)).toEqual([])
    const failed = new EventQueue()
    failed.fail(new Error('first'))
    failed.end()
    await expect(readAll(failed)).rejects.toThrow('first')
  })

  test('a reader may leave, and the queue takes no harm', async () => {
    const queue = new EventQueue()
    queue.push(output('a'))
    queue.push(phase)
    for await (const event of queue) {
      expect(event).toEqual(output('a'))
      break
    }
    queue.push(output('b'))
    queue.end()
  })

  test('a million small pieces that nobody reads become one', async () => {
    const queue = new EventQueue()
    for (let count = 0; count < 1_000_000; count += 1) queue.push(output('x'))
    queue.end()
    const events = await readAll(queue)
    expect(events).toHaveLength(1)
    expect(events[0]).toEqual(output('x'.repeat(1_000_000)))
  })
})
