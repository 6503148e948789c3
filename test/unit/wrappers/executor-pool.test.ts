import { describe, expect, test, vi } from 'vitest'
import type { CodeExecutor } from '../../../src/core/index.ts'
import { createExecutorPool, type ExecutorPoolOptions } from '../../../src/wrappers/index.ts'
import { gated, lost, run, slowToDie } from './gated-pool.ts'
import { FakeExecutor } from '../../support/fake-executor.ts'
import { coded, codedThrow, errorOf, eventsOf, isAlive, nextTurn, realExecutor } from './outcomes.ts'

describe('start', () => {
  test('makes and starts all executors at once', async () => {
    const { pool, made } = gated({ size: 3 })
    const starting = Promise.withResolvers<void>()
    vi.spyOn(FakeExecutor.prototype, 'start').mockImplementation(() => starting.promise)
    const started = pool.start()
    await nextTurn()
    expect(made).toHaveLength(3)
    expect(pool.stats).toMatchObject({ idle: 0, starting: 3 })
    starting.resolve()
    await started
    vi.restoreAllMocks()
    expect(pool.stats).toMatchObject({ size: 3, idle: 3, busy: 0, starting: 0, waiting: 0 })
    await pool.start()
    expect(made).toHaveLength(3)
    await pool.stop()
  })

  test('happens with the first call', async () => {
    const { pool, gate, made } = gated()
    gate('a').resolve()
    expect((await run(pool, 'a')).output).toBe('a')
    expect(made[0]?.started).toBe(1)
    await pool.stop()
  })

  test.each(['create', 'start'])('fails with the error of a failing %s, after the others were stopped', async (what) => {
    const made: FakeExecutor[] = []
    const failure = lost()
    const pool = createExecutorPool({
      size: 3,
      create: async () => {
        const executor = new FakeExecutor()
        if (made.length === 1 && what === 'create') {
          made.push(executor)
          throw failure
        }
        if (made.length === 1) executor.onStart = () => Promise.reject(failure)
        else executor.onStart = () => nextTurn()
        made.push(executor)
        return executor
      },
    })
    expect(await errorOf(pool.start())).toBe(failure)
    const handedOut = what === 'create' ? [made[0], made[2]] : made
    expect(handedOut.map((executor) => executor?.stopped)).toEqual(handedOut.map(() => 1))
    await pool.stop()
  })

  test('can be tried again after it failed', async () => {
    let attempts = 0
    const pool = createExecutorPool({
      size: 1,
      create: () => {
        attempts += 1
        if (attempts === 1) throw new Error('no daemon')
        return new FakeExecutor()
      },
    })
    expect((await coded(pool.start(), 'BACKEND_UNREACHABLE')).cause).toEqual(new Error('no daemon'))
    await pool.start()
    expect(pool.stats.idle).toBe(1)
    await pool.stop()
  })

  test('tells the capabilities of the executors', async () => {
    const pool = createExecutorPool({ size: 1, create: () => new FakeExecutor(undefined, { capabilities: ['stdin', 'cpu-limit'] }) })
    expect([...pool.capabilities]).toEqual([])
    await pool.start()
    expect([...pool.capabilities]).toEqual(['stdin', 'cpu-limit'])
    await pool.stop()
  })

  test.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    [
      'the same executor each time',
      (
        (shared) => () =>
          shared
      )(new FakeExecutor()),
    ],
  ])('refuses create that makes %s', async (_, create) => {
    const pool = createExecutorPool({ size: 2, create: create as () => CodeExecutor })
    await coded(pool.start(), 'INVALID_ARGUMENT')
    await pool.stop()
  })
})

describe('the queue', () => {
  test('lets at most size go at once, in the order the calls came', async () => {
    const { pool, gate, began } = gated({ size: 2 })
    await pool.start()
    const runs = ['a', 'b', 'c', 'd', 'e'].map((source) => run(pool, source))
    await nextTurn()
    expect(began).toEqual(['a', 'b'])
    expect(pool.stats).toMatchObject({ idle: 0, busy: 2, waiting: 3 })
    gate('b').resolve()
    await runs[1]
    await nextTurn()
    expect(began).toEqual(['a', 'b', 'c'])
    for (const source of 'acde') gate(source).resolve()
    expect((await Promise.all(runs)).map(({ output }) => output)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(began).toEqual(['a', 'b', 'c', 'd', 'e'])
    await pool.stop()
  })

  test('lets one go that aborts while it waits, and loses no executor over it', async () => {
    const { pool, gate, began } = gated()
    const first = run(pool, 'a')
    await nextTurn()
    const controller = new AbortController()
    const [second, third] = [run(pool, 'b', controller.signal), run(pool, 'c')]
    await nextTurn()
    expect(pool.stats.waiting).toBe(2)
    const reason = new Error('enough')
    // At the very moment in which its turn comes.
    gate('a').resolve()
    controller.abort(reason)
    expect(await errorOf(second)).toBe(reason)
    gate('c').resolve()
    await Promise.all([first, third])
    expect(began).toEqual(['a', 'c'])
    expect(pool.stats).toMatchObject({ idle: 1, waiting: 0 })
    await pool.stop()
  })

  test('refuses one more than maxQueue', async () => {
    const { pool, gate } = gated({ maxQueue: 1 })
    await pool.start()
    const runs = [run(pool, 'a'), run(pool, 'a')]
    await nextTurn()
    expect((await coded(run(pool, 'c'), 'BACKEND_REJECTED')).details).toEqual({ executor: 'pool', reason: 'queue full' })
    gate('a').resolve()
    await Promise.all(runs)
    await run(pool, 'a')
    await pool.stop()
  })

  test('has no room with maxQueue 0', async () => {
    const { pool, gate } = gated({ maxQueue: 0 })
    await pool.start()
    const first = run(pool, 'a')
    await coded(run(pool, 'b'), 'BACKEND_REJECTED')
    gate('a').resolve()
    await first
    await pool.stop()
  })
})

describe('a stream', () => {
  test('gives its executor back when the program ended, however slowly it is read', async () => {
    const { pool, gate } = gated()
    const stream = pool.streamCode('a', 'python')[Symbol.asyncIterator]()
    expect((await stream.next()).value).toEqual({ type: 'output-delta', text: 'a' })
    expect(pool.stats.busy).toBe(1)
    gate('a').resolve()
    gate('b').resolve()
    expect((await run(pool, 'b')).output).toBe('b')
    expect((await stream.next()).value).toMatchObject({ type: 'end', result: { output: 'a' } })
    await pool.stop()
  })

  test('that is left gives its executor back only when the program is gone', async () => {
    const { pool, dying, began } = slowToDie()
    let left = false
    const reading = (async () => {
      for await (const event of pool.streamCode('a', 'python')) if (event.type === 'output-delta') break
      left = true
    })()
    await expect.poll(() => began).toEqual(['a'])
    const next = run(pool, 'b')
    await nextTurn()
    await nextTurn()
    expect([began, left]).toEqual([['a'], false])
    dying.resolve()
    await Promise.all([reading, next])
    expect(began).toEqual(['a', 'b'])
    await pool.stop()
  })
})

describe('use', () => {
  test('lends one executor for several calls', async () => {
    await using pool = createExecutorPool({ size: 2, create: realExecutor })
    const output = await pool.use(async (executor) => {
      await executor.executeCode('echo shared > file', 'bash')
      const events = await eventsOf(executor.streamCode('cat file', 'bash'))
      return events.map((event) => (event.type === 'output-delta' ? event.text : '')).join('')
    })
    expect(output).toBe('shared\n')
    expect(pool.stats).toMatchObject({ idle: 2, busy: 0 })
  })

  test('takes back what is not waited for, and refuses use afterwards', async () => {
    const { pool, made, gate, began } = gated()
    let kept: CodeExecutor | undefined
    let forgotten: Promise<unknown> | undefined
    await pool.use(async (executor) => {
      kept = executor
      forgotten = errorOf(executor.executeCode('a', 'python'))
    })
    expect(made[0]?.running).toBe(0)
    expect(await forgotten).toMatchObject({ code: 'EXECUTOR_STOPPED' })
    await coded(kept?.executeCode('b', 'python') ?? Promise.resolve(), 'EXECUTOR_STOPPED')
    gate('c').resolve()
    await run(pool, 'c')
    expect(began).toEqual(['a', 'c'])
    expect(made).toHaveLength(1)
    await pool.stop()
  })

  test('keeps its executor until the runs that it forgot are gone', async () => {
    const { pool, dying, began } = slowToDie()
    const using = pool.use(async (executor) => {
      executor.executeCode('a', 'python').catch(() => {})
    })
    await expect.poll(() => began).toEqual(['a'])
    const next = run(pool, 'b')
    await nextTurn()
    expect(began).toEqual(['a'])
    dying.resolve()
    await Promise.all([using, next])
    expect(began).toEqual(['a', 'b'])
    await pool.stop()
  })

  test('ends its runs on abort, without waiting for what else it does', async () => {
    const { pool, made } = gated()
    const controller = new AbortController()
    const using = pool.use(
      async (executor) => {
        await executor.executeCode('a', 'python').catch(() => {})
        await new Promise(() => {})
      },
      { signal: controller.signal },
    )
    await expect.poll(() => made[0]?.running).toBe(1)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await errorOf(using)).toBe(reason)
    expect(made[0]?.running).toBe(0)
    expect(pool.stats).toMatchObject({ idle: 1, replaced: 0 })
    await pool.stop()
  })

  test('replaces an executor that its user stopped, or could not restart', async () => {
    const { pool, made } = gated()
    await pool.use((executor) => executor.stop())
    await pool.use(async (executor) => {
      const [, second] = made
      if (second) second.onRestart = () => Promise.reject(new Error('no'))
      await errorOf(executor.restart())
    })
    await expect.poll(() => pool.stats.idle).toBe(1)
    expect(made.map(({ stopped }) => stopped > 0)).toEqual([true, true, false])
    await pool.stop()
  })
})

describe('drain', () => {
  test('accepts no more, finishes what runs and what waits, then stops', async () => {
    const { pool, made, gate } = gated()
    const runs = [run(pool, 'a'), run(pool, 'b')]
    await nextTurn()
    const drained = pool.drain()
    await coded(run(pool, 'c'), 'EXECUTOR_STOPPED')
    await coded(eventsOf(pool.streamCode('c', 'python')), 'EXECUTOR_STOPPED')
    await coded(pool.start(), 'EXECUTOR_STOPPED')
    gate('a').resolve()
    await runs[0]
    expect(made[0]?.stopped).toBe(0)
    gate('b').resolve()
    expect((await runs[1])?.output).toBe('b')
    await drained
    expect(made.map(({ stopped }) => stopped)).toEqual([1])
  })

  test('is cut short by stop', async () => {
    const { pool, made } = gated()
    const first = run(pool, 'a')
    await expect.poll(() => made[0]?.running).toBe(1)
    const drained = pool.drain()
    await pool.stop()
    await coded(first, 'EXECUTOR_STOPPED')
    await drained
  })
})

describe('stop', () => {
  test('ends what runs, refuses what waits and what comes, and resolves when every executor is stopped', async () => {
    const { pool, made } = gated({ size: 2 })
    await pool.start()
    const stopping = Promise.withResolvers<void>()
    const [first] = made
    if (first) first.onStop = () => stopping.promise
    const runs = ['a', 'b', 'c'].map((source) => run(pool, source))
    await nextTurn()
    let over = false
    const stopped = pool.stop().then(() => {
      over = true
    })
    for (const each of runs) await coded(each, 'EXECUTOR_STOPPED')
    await nextTurn()
    expect(over).toBe(false)
    stopping.resolve()
    await stopped
    expect(made.map((executor) => [executor.running, executor.stopped])).toEqual([
      [0, 1],
      [0, 1],
    ])
    await coded(run(pool, 'd'), 'EXECUTOR_STOPPED')
    await coded(
      pool.use(async () => {}),
      'EXECUTOR_STOPPED',
    )
    await coded(pool.start(), 'EXECUTOR_STOPPED')
    await coded(pool.restart(), 'EXECUTOR_STOPPED')
    await pool.stop()
  })

  test('waits for an executor in the making and stops it', async () => {
    const creating = Promise.withResolvers<void>()
    const executor = new FakeExecutor()
    const pool = createExecutorPool({ size: 1, create: async () => (await creating.promise, executor) })
    const started = pool.start()
    await nextTurn()
    const stopped = pool.stop()
    creating.resolve()
    await coded(started, 'EXECUTOR_STOPPED')
    await stopped
    expect(executor.stopped).toBe(1)
  })

  test('stops the replacement that is being made', async () => {
    const { pool, made, gate } = gated()
    await pool.start()
    const starting = Promise.withResolvers<void>()
    vi.spyOn(FakeExecutor.prototype, 'start').mockImplementationOnce(() => starting.promise)
    gate('a').promise.catch(() => {})
    gate('a').reject(lost())
    await errorOf(run(pool, 'a'))
    await expect.poll(() => made.length).toBe(2)
    const stopped = pool.stop()
    starting.resolve()
    await stopped
    expect(made.map((executor) => executor.stopped)).toEqual([1, 1])
    vi.restoreAllMocks()
  })

  test('says which executors could not be stopped, after all others were', async () => {
    const { pool, made } = gated({ size: 2 })
    await pool.start()
    const [first] = made
    const cause = new Error('still mounted')
    if (first) first.onStop = () => Promise.reject(cause)
    const error = await coded(pool.stop(), 'CLEANUP_FAILED')
    expect(error.details.left).toEqual(['still mounted'])
    expect(error.cause).toBe(cause)
    expect(made[1]?.stopped).toBe(1)
  })

  test('leaves no process behind', async () => {
    const pool = createExecutorPool({ size: 2, create: realExecutor })
    const stream = pool.streamCode('echo $$; sleep 600 & echo $!; wait', 'bash')[Symbol.asyncIterator]()
    let pids = ''
    while (pids.trim().split('\n').length < 2) {
      const { value } = await stream.next()
      if (value?.type === 'output-delta') pids += value.text
    }
    const processes = pids.trim().split('\n').map(Number)
    expect(processes.map(isAlive)).toEqual([true, true])
    await pool.stop()
    expect(processes.map(isAlive)).toEqual([false, false])
    await coded(stream.next(), 'EXECUTOR_STOPPED')
  })
})

test('restart replaces every executor and ends what runs', async () => {
  const { pool, made, gate } = gated({ size: 2 })
  const first = run(pool, 'a')
  await expect.poll(() => made[0]?.running).toBe(1)
  await pool.restart()
  await coded(first, 'EXECUTOR_STOPPED')
  gate('b').resolve()
  await run(pool, 'b')
  expect(made.map(({ stopped }) => stopped)).toEqual([1, 1, 0, 0])
  await pool.stop()
})

test('many real programs at once all come out right', async () => {
  await using pool = createExecutorPool({ size: 3, create: realExecutor })
  const numbers = Array.from({ length: 30 }, (_, index) => String(index))
  const results = await Promise.all(numbers.map((number) => pool.executeCode(`echo ${number}`, 'bash')))
  expect(results.map(({ output }) => output.trim())).toEqual(numbers)
})

test.each<[string, unknown, string]>([
  ['no size', {}, 'options.size'],
  ['a size of 0', { size: 0 }, 'options.size'],
  ['a size of Infinity', { size: Infinity }, 'options.size'],
  ['a negative queue', { maxQueue: -1 }, 'options.maxQueue'],
  ['no uses', { maxUses: 0 }, 'options.maxUses'],
  ['an unknown way to recycle', { recycle: 'always' }, 'options.recycle'],
  ['create that is no function', { create: new FakeExecutor() }, 'options.create'],
  ['an empty name', { name: '' }, 'options.name'],
  ['a misspelt option', { max: 1 }, 'options.max'],
])('refused when made: %s', (what, options, argument) => {
  const base = what === 'no size' ? {} : { size: 1 }
  const whole = { create: () => new FakeExecutor(), ...base, ...(options as object) } as ExecutorPoolOptions
  expect(codedThrow(() => createExecutorPool(whole), 'INVALID_ARGUMENT').details.argument).toBe(argument)
})
