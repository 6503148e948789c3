import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CodeExecutorError, type CodeSource, type ExecuteOptions, type LanguageName } from '../../../src/core/index.ts'
import { withCache, type CacheOptions, type CacheStore } from '../../../src/wrappers/index.ts'
import { FakeExecutor, untilAborted, type FakeProgram } from '../../support/fake-executor.ts'
import { coded, codedThrow, errorOf, eventsOf, nextTurn, realExecutor } from './outcomes.ts'

function cached(program?: FakeProgram, options?: CacheOptions) {
  const inner = new FakeExecutor(program)
  return { inner, executor: withCache(inner, options) }
}

/** A store whose values went through JSON, as those of a server do. */
class JsonStore implements CacheStore {
  readonly values = new Map<string, string>()
  readonly ttls: (number | undefined)[] = []
  async get(key: string): Promise<unknown> {
    const value = this.values.get(key)
    return value === undefined ? undefined : (JSON.parse(value) as unknown)
  }
  async set(key: string, value: unknown, ttlMs?: number): Promise<boolean> {
    this.values.set(key, JSON.stringify(value))
    this.ttls.push(ttlMs)
    return true
  }
}

type Call = readonly [CodeSource, LanguageName, ExecuteOptions?]

describe('equal calls', () => {
  test.each<[string, Call, Call]>([
    ['the same text', ['1', 'python'], ['1', 'python']],
    ['an alias', ['1', 'python'], ['1', ' Py ']],
    ['files in another order', [{ a: '1', b: '2' }, 'python'], [{ b: '2', a: '1' }, 'python']],
    ['variables in another order', ['1', 'python', { env: { A: '1', B: '2' } }], ['1', 'python', { env: { B: '2', A: '1' } }]],
    ['options that say nothing', ['1', 'python', {}], ['1', 'python', { args: [], env: {} }]],
    ['a language of the executor’s own', ['1', 'cowsay'], ['1', 'cowsay']],
    ['a signal', ['1', 'python'], ['1', 'python', { signal: new AbortController().signal }]],
  ])('run once: %s', async (_, first, second) => {
    const { inner, executor } = cached(async () => ({ output: 'a' }))
    const result = await executor.executeCode(...first)
    await nextTurn() // past the moment in which a call still joins the run
    expect(await executor.executeCode(...second)).toEqual(result)
    expect(inner.calls).toHaveLength(1)
  })

  test.each<[string, Call, Call]>([
    ['source', ['1', 'python'], ['2', 'python']],
    ['language', ['1', 'python'], ['1', 'ruby']],
    ['an unknown language with the name of a known one inside', ['1', 'python'], ['1', 'python-2']],
    ['file content', [{ a: '1' }, 'python'], [{ a: '2' }, 'python']],
    ['file name', [{ a: '1' }, 'python'], [{ b: '1' }, 'python']],
    ['where a name ends', [{ ab: 'c' }, 'python'], [{ a: 'bc' }, 'python']],
    ['where a file ends', [{ a: '1tbt2', c: '3' }, 'python'], [{ a: '1', b: '2tct3' }, 'python']],
    ['text and bytes', [{ a: 'x\r\n' }, 'python'], [{ a: Buffer.from('x\r\n') }, 'python']],
    ['bytes', [{ a: Buffer.from([1]) }, 'python'], [{ a: Buffer.from([2]) }, 'python']],
    ['entry point', [{ a: '1' }, 'python', { entryPoint: 'a' }], [{ a: '1' }, 'python']],
    ['arguments', ['1', 'python', { args: ['a', 'b'] }], ['1', 'python', { args: ['ab'] }]],
    ['arguments and variables', ['1', 'python', { args: ['a', 'b'] }], ['1', 'python', { env: { a: 'b' } }]],
    ['standard input', ['1', 'python', { stdin: 'a' }], ['1', 'python', { stdin: 'b' }]],
    ['no standard input', ['1', 'python', { stdin: '' }], ['1', 'python']],
    ['variables', ['1', 'python', { env: { A: '1' } }], ['1', 'python', { env: { A: '2' } }]],
    ['time limit', ['1', 'python', { timeoutMs: 1 }], ['1', 'python', { timeoutMs: 2 }]],
  ])('differ by %s', async (_, first, second) => {
    const { inner, executor } = cached()
    await executor.executeCode(...first)
    await executor.executeCode(...second)
    expect(inner.calls).toHaveLength(2)
  })

  test('at the same time run once, streams among them', async () => {
    const gate = Promise.withResolvers<void>()
    const { inner, executor } = cached(async (_, tell) => {
      tell({ type: 'output-delta', text: 'a' })
      await gate.promise
      return { output: 'a' }
    })
    const runs = [executor.executeCode('1', 'python'), executor.executeCode('1', 'python')]
    const stream = executor.streamCode('1', 'python')[Symbol.asyncIterator]()
    // It is told what came before it joined, while the program still runs.
    expect((await stream.next()).value).toEqual({ type: 'output-delta', text: 'a' })
    expect(inner.running).toBe(1)
    gate.resolve()
    const results = await Promise.all(runs)
    expect((await stream.next()).value).toEqual({ type: 'end', result: results[0] })
    expect(inner.calls).toHaveLength(1)
  })

  test('what the caller changes after the call does not get into the cache', async () => {
    const { inner, executor } = cached()
    const source: Record<string, string | Uint8Array> = { 'main.py': '1', data: Buffer.from('x') }
    const args = ['a']
    const run = executor.executeCode(source, 'python', { args })
    source['main.py'] = '2'
    ;(source['data'] as Buffer).fill(0)
    args[0] = 'b'
    await run
    expect(inner.calls[0]).toMatchObject({ source: { 'main.py': '1' }, options: { args: ['a'] } })
    expect(inner.calls[0]?.source).toHaveProperty('data', Uint8Array.from(Buffer.from('x')))
  })

  test('a hit for real: the program ran once, and the executor is not even started', async () => {
    const store = new JsonStore()
    {
      await using first = withCache(realExecutor(), { store })
      const hello = await first.executeCode('echo x >> count; cat count', 'bash')
      expect(hello.output).toBe('x\n')
      expect(await first.executeCode('echo x >> count; cat count', 'bash')).toEqual(hello)
    }
    const second = realExecutor()
    await using again = withCache(second, { store })
    expect((await again.executeCode('echo x >> count; cat count', 'bash')).output).toBe('x\n')
    expect((await second.executeCode('ls', 'bash')).output).not.toContain('count')
  })
})

describe('what is not kept', () => {
  test('a result without success', async () => {
    const store = new JsonStore()
    const { inner, executor } = cached(async () => ({ exitCode: 1, success: false, termination: { kind: 'exited', exitCode: 1 } }), {
      store,
    })
    await executor.executeCode('1', 'python')
    await executor.executeCode('1', 'python')
    expect(inner.calls).toHaveLength(2)
    await executor.stop()
    expect(store.values.size).toBe(0)
  })

  test('a result without success, for a call that comes while the last caller hears it', async () => {
    const { inner, executor } = cached(async () => ({ exitCode: 1, success: false, termination: { kind: 'exited', exitCode: 1 } }))
    await Promise.all([1, 2].map(async () => (await executor.executeCode('1', 'python'), executor.executeCode('1', 'python'))))
    expect(inner.calls).toHaveLength(2)
  })

  test('a limit, which throws for every caller and ends a stream', async () => {
    const { inner, executor } = cached(async () => ({ exitCode: null, success: false, termination: { kind: 'timed-out', limitMs: 7 } }))
    const errors = await Promise.all([
      coded(executor.executeCode('1', 'python'), 'TIMEOUT'),
      coded(executor.executeCode('1', 'python'), 'TIMEOUT'),
    ])
    expect(errors[0].details.limitMs).toBe(7)
    expect((await eventsOf(executor.streamCode('1', 'python'))).at(-1)).toMatchObject({ type: 'end', result: { success: false } })
    expect(inner.calls).toHaveLength(2)
  })

  test('a failure', async () => {
    const lost = new CodeExecutorError('BACKEND_LOST', 'gone', { executor: 'fake' })
    const { inner, executor } = cached(async () => {
      throw lost
    })
    expect(await errorOf(executor.executeCode('1', 'python'))).toBe(lost)
    expect(await errorOf(eventsOf(executor.streamCode('1', 'python')))).toBe(lost)
    expect(inner.calls).toHaveLength(2)
  })

  test('what cacheable says no to; it sees the call', async () => {
    const seen: unknown[] = []
    const { inner, executor } = cached(undefined, { cacheable: (call) => (seen.push(call), call.source !== 'random') })
    for (const source of ['random', 'random', '1', '1']) await executor.executeCode(source, 'python', { args: ['a'] })
    expect(inner.calls.map((call) => call.source)).toEqual(['random', 'random', '1'])
    expect(seen[0]).toEqual({ source: 'random', language: 'python', options: { args: ['a'] } })
  })

  test('results beyond max, and beyond maxBytes', async () => {
    const few = cached(undefined, { max: 2 })
    for (const source of ['1', '2', '3', '2', '1']) await few.executor.executeCode(source, 'python')
    expect(few.inner.calls.map((call) => call.source)).toEqual(['1', '2', '3', '1'])
    const small = cached(async () => ({ output: 'x'.repeat(1000) }), { maxBytes: 3000 })
    for (const source of ['1', '2', '3', '3', '1']) await small.executor.executeCode(source, 'python')
    expect(small.inner.calls.map((call) => call.source)).toEqual(['1', '2', '3', '1'])
  })

  test('results older than ttlMs', async () => {
    const { inner, executor } = cached(undefined, { ttlMs: 40 })
    await executor.executeCode('1', 'python')
    await nextTurn()
    await executor.executeCode('1', 'python')
    expect(inner.calls).toHaveLength(1)
    await delay(80)
    await executor.executeCode('1', 'python')
    expect(inner.calls).toHaveLength(2)
  })

  test('what was kept before restart', async () => {
    const { inner, executor } = cached()
    await executor.executeCode('1', 'python')
    await executor.restart()
    await executor.executeCode('1', 'python')
    expect(inner.calls).toHaveLength(2)
    expect(inner.restarted).toBe(1)
  })
})

describe('a stream', () => {
  const display = { data: { 'image/png': Uint8Array.of(1, 2), 'text/plain': 'x' }, metadata: {} }

  test('of a hit tells the events of a run', async () => {
    const { inner, executor } = cached(async () => ({ output: 'out', error: 'err', display: [display] }))
    const result = await executor.executeCode('1', 'python')
    await nextTurn()
    expect(await eventsOf(executor.streamCode('1', 'python'))).toEqual([
      { type: 'phase-start', phase: 'run' },
      { type: 'output-delta', text: 'out' },
      { type: 'error-delta', text: 'err' },
      { type: 'display', data: display },
      { type: 'end', result },
    ])
    expect(inner.calls).toHaveLength(1)
  })

  test('of a miss is live, and kept at its end', async () => {
    const gate = Promise.withResolvers<void>()
    const { inner, executor } = cached(async (_, tell) => {
      tell({ type: 'output-delta', text: 'a' })
      await gate.promise
      tell({ type: 'output-delta', text: 'b' })
      return { output: 'ab' }
    })
    const stream = executor.streamCode('1', 'python')[Symbol.asyncIterator]()
    expect((await stream.next()).value).toEqual({ type: 'output-delta', text: 'a' })
    gate.resolve()
    expect((await stream.next()).value).toEqual({ type: 'output-delta', text: 'b' })
    expect((await stream.next()).value).toMatchObject({ type: 'end' })
    expect((await stream.next()).done).toBe(true)
    await nextTurn()
    expect((await executor.executeCode('1', 'python')).output).toBe('ab')
    expect(inner.calls).toHaveLength(1)
  })

  test('that is left ends the program and keeps nothing', async () => {
    const { inner, executor } = cached(async ({ signal }, tell) => {
      tell({ type: 'output-delta', text: 'a' })
      return untilAborted(signal)
    })
    for await (const event of executor.streamCode('1', 'python')) if (event.type === 'output-delta') break
    expect(inner.running).toBe(0)
    expect(inner.calls[0]?.signal.aborted).toBe(true)
  })
})

describe('a caller’s signal', () => {
  function slow() {
    const gate = Promise.withResolvers<void>()
    const made = cached(async ({ signal }, tell) => {
      tell({ type: 'output-delta', text: 'a' })
      await Promise.race([gate.promise, untilAborted(signal)])
      return { output: 'a' }
    })
    return { ...made, gate, first: new AbortController(), second: new AbortController() }
  }

  test('ends its own waiting and leaves the run to the others', async () => {
    const { executor, inner, gate, first, second } = slow()
    const runs = [
      executor.executeCode('1', 'python', { signal: first.signal }),
      executor.executeCode('1', 'python', { signal: second.signal }),
    ] as const
    const stream = eventsOf(executor.streamCode('1', 'python', { signal: first.signal }))
    stream.catch(() => {})
    await nextTurn()
    const reason = new Error('enough')
    first.abort(reason)
    expect(await errorOf(runs[0])).toBe(reason)
    expect(await errorOf(stream)).toBe(reason)
    expect(inner.running).toBe(1)
    gate.resolve()
    expect((await runs[1]).output).toBe('a')
    expect(inner.calls).toHaveLength(1)
  })

  test('ends the run when nobody else waits, and the program is gone when the last one hears', async () => {
    const { executor, inner, first, second } = slow()
    const runs = [
      executor.executeCode('1', 'python', { signal: first.signal }),
      executor.executeCode('1', 'python', { signal: second.signal }),
    ] as const
    await nextTurn()
    first.abort()
    await errorOf(runs[0])
    const reason = new Error('enough')
    second.abort(reason)
    expect(await errorOf(runs[1])).toBe(reason)
    expect(inner.running).toBe(0)
  })

  test('waits until the program is gone when it was the last one', async () => {
    const dying = Promise.withResolvers<void>()
    const { executor } = cached(async ({ signal }) => {
      await untilAborted(signal).catch(() => {})
      await dying.promise
      throw signal.reason
    })
    const controller = new AbortController()
    let heard = false
    const run = errorOf(executor.executeCode('1', 'python', { signal: controller.signal })).then((error) => {
      heard = true
      return error
    })
    await nextTurn()
    controller.abort()
    await nextTurn()
    expect(heard).toBe(false)
    dying.resolve()
    expect(await run).toBe(controller.signal.reason)
  })

  test('ends the run of a stream that nobody reads at the moment', async () => {
    const { executor, inner, first } = slow()
    const stream = executor.streamCode('1', 'python', { signal: first.signal })[Symbol.asyncIterator]()
    await stream.next()
    expect(inner.running).toBe(1)
    first.abort()
    await nextTurn()
    expect(inner.running).toBe(0)
    expect(await errorOf(stream.next())).toBe(first.signal.reason)
  })

  test('a call after the end of a run that was given up starts a new one', async () => {
    const { executor, inner, first, gate } = slow()
    const given = executor.executeCode('1', 'python', { signal: first.signal })
    await nextTurn()
    first.abort()
    const next = executor.executeCode('1', 'python')
    await errorOf(given)
    gate.resolve()
    expect((await next).output).toBe('a')
    expect(inner.calls).toHaveLength(2)
  })

  test('that has fired already is heard even for a hit', async () => {
    const { executor } = cached()
    await executor.executeCode('1', 'python')
    const reason = new Error('before')
    expect(await errorOf(executor.executeCode('1', 'python', { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })
})

describe('an outside store', () => {
  test('holds text that survives JSON, bytes of displays included', async () => {
    const store = new JsonStore()
    const display = [
      {
        data: {
          'image/png': Uint8Array.of(0, 255, 10),
          'application/json': { $bytes: 'AA==', a: [null, 1.5, { $$bytes: true }] },
          'text/plain': 'é\u0000',
        },
        metadata: { width: 3 },
      },
    ]
    const program: FakeProgram = async () => ({ output: 'a', display, durationMs: 1.25 })
    const result = await cached(program, { store, ttlMs: 5000 }).executor.executeCode('1', 'python')
    await nextTurn()
    const again = cached(program, { store })
    expect(await again.executor.executeCode('1', 'python')).toEqual(result)
    expect(again.inner.calls).toEqual([])
    expect(result.display[0]?.data['image/png']).toEqual(Uint8Array.of(0, 255, 10))
    expect([...store.values.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(store.ttls).toEqual([5000])
  })

  test('is shared by executors of one identity, and not by others', async () => {
    const store = new JsonStore()
    const run = async (name: string, identity?: string, capabilities: readonly ('stdin' | 'display')[] = []) => {
      const inner = new FakeExecutor(undefined, { name, capabilities })
      await withCache(inner, { store, ...(identity !== undefined && { identity }) }).executeCode('1', 'python')
      await nextTurn()
      return inner.calls.length === 1 ? 'ran' : 'hit'
    }
    expect(await run('a')).toBe('ran')
    expect(await run('a')).toBe('hit')
    expect(await run('b')).toBe('ran')
    expect(await run('a', undefined, ['stdin', 'display'])).toBe('ran')
    expect(await run('a', undefined, ['display', 'stdin'])).toBe('hit')
    expect(await run('a', 'python 3.13')).toBe('ran')
    expect(await run('b', 'python 3.13')).toBe('hit')
  })

  test.each<[string, Partial<CacheStore>, 'get' | 'set']>([
    ['cannot be read', { get: () => Promise.reject(new Error('down')) }, 'get'],
    [
      'throws',
      {
        get: () => {
          throw new Error('down')
        },
      },
      'get',
    ],
    ['does not answer', { get: () => new Promise(() => {}) }, 'get'],
    ['has something else under the key', { get: () => 'no json' }, 'get'],
    ['has a result that is none', { get: () => '{"success":true}' }, 'get'],
    ['cannot be written', { set: () => Promise.reject(new Error('down')) }, 'set'],
    ['does not answer a write', { set: () => new Promise(() => {}) }, 'set'],
  ])('that %s costs a run and fails none', async (_, broken, operation) => {
    const heard: string[] = []
    const store = { get: () => undefined, set: () => undefined, ...broken }
    const onStoreError = (_error: unknown, what: string): void => {
      heard.push(what)
      throw new Error('a hook that throws')
    }
    const { inner, executor } = cached(async () => ({ output: 'a' }), { store, storeTimeoutMs: 30, onStoreError })
    expect((await executor.executeCode('1', 'python')).output).toBe('a')
    await executor.stop()
    expect(inner.calls).toHaveLength(1)
    expect(heard).toEqual([operation])
  })

  test('keeps what it has through stop, which waits for what is being written', async () => {
    const store = new JsonStore()
    let written = false
    const slow: CacheStore = {
      get: (key) => store.get(key),
      set: async (key, value) => {
        await delay(20)
        await store.set(key, value)
        written = true
      },
    }
    const { executor } = cached(undefined, { store: slow })
    await executor.executeCode('1', 'python')
    expect(written).toBe(false)
    await executor.stop()
    expect(written).toBe(true)
    expect(store.values.size).toBe(1)
  })
})

describe('a cache refuses what the executor would refuse', () => {
  test('use after stop, also for what it has', async () => {
    const { executor, inner } = cached(undefined, { store: new JsonStore() })
    await executor.executeCode('1', 'python')
    await executor.stop()
    await coded(executor.executeCode('1', 'python'), 'EXECUTOR_STOPPED')
    await coded(eventsOf(executor.streamCode('1', 'python')), 'EXECUTOR_STOPPED')
    expect(inner.stopped).toBe(1)
  })

  test('unknown options', async () => {
    const { executor } = cached()
    await executor.executeCode('1', 'python')
    await coded(executor.executeCode('1', 'python', { timeout: 1 } as ExecuteOptions), 'INVALID_ARGUMENT')
  })

  test('values that no executor takes', async () => {
    await using executor = withCache(realExecutor())
    await executor.executeCode('echo \uFFFD', 'bash', { args: ['a'] })
    for (const [source, options] of [
      ['echo \uD800', { args: ['a'] }],
      ['echo \uFFFD', { args: 'a' as unknown as string[] }],
      ['echo \uFFFD', { args: [() => {}] as unknown as string[] }],
      ['echo \uFFFD', { args: ['a'], timeoutMs: NaN }],
      ['echo \uFFFD', { args: ['a'], timeoutMs: '1' as unknown as number }],
      ['echo \uFFFD', { args: ['a'], env: { A: 1 as unknown as string } }],
      [1 as unknown as string, {}],
    ] satisfies [string, ExecuteOptions][]) {
      await coded(executor.executeCode(source, 'bash', options), 'INVALID_ARGUMENT')
    }
  })

  test('state that a run leaves for the next one', async () => {
    const kernel = new FakeExecutor(undefined, { capabilities: ['persistent-state'] })
    expect(codedThrow(() => withCache(kernel), 'CAPABILITY_UNSUPPORTED').details.executor).toBe('fake')
  })

  test('state that shows only after the start, before anything runs', async () => {
    const late = new FakeExecutor()
    late.onStart = async () => void (late.capabilities as Set<string>).add('persistent-state')
    const executor = withCache(late)
    await coded(executor.executeCode('1', 'python'), 'CAPABILITY_UNSUPPORTED')
    expect(late.calls).toEqual([])
  })

  test('a stream that has no end', async () => {
    const inner = new FakeExecutor()
    inner.streamCode = async function* () {}
    await coded(withCache(inner).executeCode('1', 'python'), 'PROTOCOL_VIOLATION')
  })
})

test.each<[string, unknown, string]>([
  ['max with a store', { store: new Map(), max: 1 }, 'options.max'],
  ['storeTimeoutMs without one', { storeTimeoutMs: 1 }, 'options.storeTimeoutMs'],
  ['a store that is none', { store: {} }, 'options.store'],
  ['max of 0', { max: 0 }, 'options.max'],
  ['ttlMs of NaN', { ttlMs: NaN }, 'options.ttlMs'],
  ['an empty identity', { identity: '' }, 'options.identity'],
  ['cacheable that is no function', { cacheable: true }, 'options.cacheable'],
  ['a misspelt option', { ttl: 1 }, 'options.ttl'],
])('refused when made: %s', (_, options, argument) => {
  expect(codedThrow(() => withCache(new FakeExecutor(), options as CacheOptions), 'INVALID_ARGUMENT').details.argument).toBe(argument)
})
