import { expect, test } from 'vitest'
import type { ExecutionEvent } from '../../../src/core/index.ts'
import { FaultyExecutor } from '../../../src/testing/index.ts'

const error = new Error('on schedule')
const collect = async (stream: AsyncIterable<ExecutionEvent>, into: ExecutionEvent[]): Promise<void> => {
  for await (const event of stream) into.push(event)
}

test('without a schedule every call succeeds and prints its source', async () => {
  await using executor = new FaultyExecutor()
  await executor.start()
  expect(await executor.executeCode('hello', 'sh')).toMatchObject({ output: 'hello', success: true })
  expect((await executor.executeCode({ a: 'one', b: Buffer.from('two') }, 'sh')).output).toBe('onetwo')
  const events: ExecutionEvent[] = []
  await collect(executor.streamCode('hello', 'sh'), events)
  expect(events.map(({ type }) => type)).toEqual(['phase-start', 'output-delta', 'end'])
  await executor.restart()
  expect(executor.calls).toEqual(['start', 'executeCode', 'executeCode', 'streamCode', 'restart'])
})

test('a fault happens in its turn', async () => {
  const executor = new FaultyExecutor({
    start: [{ kind: 'reject', error }],
    runs: [undefined, { kind: 'reject', error }],
    stop: [{ kind: 'reject', error }],
  })
  await expect(executor.start()).rejects.toBe(error)
  await executor.start()
  await executor.executeCode('one', 'sh')
  await expect(executor.executeCode('two', 'sh')).rejects.toBe(error)
  await executor.executeCode('three', 'sh')
  await expect(executor.stop()).rejects.toBe(error)
  await executor.stop()
})

test('runs and streams count together', async () => {
  const executor = new FaultyExecutor({ runs: [undefined, { kind: 'reject', error }] })
  await executor.executeCode('one', 'sh')
  await expect(collect(executor.streamCode('two', 'sh'), [])).rejects.toBe(error)
})

test('a hanging run settles with the reason of its signal', async () => {
  const executor = new FaultyExecutor({ runs: [{ kind: 'hang' }] })
  const controller = new AbortController()
  const run = executor.executeCode('x', 'sh', { signal: controller.signal })
  expect(executor.running).toBe(1)
  controller.abort(error)
  await expect(run).rejects.toBe(error)
  expect(executor.running).toBe(0)
})

test('a hanging run settles when the executor is stopped', async () => {
  const executor = new FaultyExecutor({ runs: [{ kind: 'hang' }] })
  const run = executor.executeCode('x', 'sh')
  run.catch(() => {})
  await executor.stop()
  await expect(run).rejects.toThrow('stopped')
})

test('an aborted signal runs nothing', async () => {
  const executor = new FaultyExecutor()
  await expect(executor.executeCode('x', 'sh', { signal: AbortSignal.abort(error) })).rejects.toBe(error)
})

test('a slow run takes its time, and heeds its signal', async () => {
  const executor = new FaultyExecutor({
    runs: [
      { kind: 'slow', ms: 50 },
      { kind: 'slow', ms: 60_000 },
    ],
  })
  const startedAt = performance.now()
  await executor.executeCode('x', 'sh')
  expect(performance.now() - startedAt).toBeGreaterThan(45)
  const controller = new AbortController()
  const run = executor.executeCode('x', 'sh', { signal: controller.signal })
  controller.abort(error)
  await expect(run).rejects.toBe(error)
})

test('a stream that breaks off tells its events first', async () => {
  const events: ExecutionEvent[] = [
    { type: 'phase-start', phase: 'run' },
    { type: 'output-delta', text: 'half of it' },
  ]
  const fault = { kind: 'break-off', events, error } as const
  const executor = new FaultyExecutor({ runs: [fault, fault] })
  const seen: ExecutionEvent[] = []
  await expect(collect(executor.streamCode('x', 'sh'), seen)).rejects.toBe(error)
  expect(seen).toEqual(events)
  await expect(executor.executeCode('x', 'sh')).rejects.toBe(error)
})
