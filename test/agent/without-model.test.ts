import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'
import { block, collect, eventsOf, makeAgent, typesOf } from './support.ts'

describe('code that others write', () => {
  test('runs in order, and the answer has one result for each block', async () => {
    const agent = makeAgent(makeLocal())
    const { message, results, events } = await agent.run({ task: `${block('print("one")')}\n\n${block('echo two', 'bash')}` })
    expect(results).toMatchObject([
      { status: 'ran', result: { output: 'one\n', exitCode: 0 } },
      { status: 'ran', result: { output: 'two\n', exitCode: 0 } },
    ])
    expect(message.content).toMatch(/one[\s\S]*two/)
    expect(typesOf(events).at(-1)).toBe('message')
  })

  test('stops at the first failure, and both streams are told apart', async () => {
    const agent = makeAgent(makeLocal())
    const failing = block('import sys\nprint("out")\nprint("err", file=sys.stderr)\nsys.exit(3)')
    const { message, results } = await agent.run({ task: `${failing}\n${block('open("never", "w")')}` })
    expect(results).toMatchObject([{ status: 'ran', result: { exitCode: 3, output: 'out\n', error: 'err\n' } }, { status: 'not-run' }])
    expect(message.content).toContain('exit 3')
    expect(message.content).toContain('was not run')
  })

  test('is that of the newest message only, and runs once', async () => {
    const directory = scratchDirectory()
    const agent = makeAgent(makeLocal({ workDir: directory }))
    const old = { source: 'ada', content: block('open("old", "a").write("x")') }
    const talk = { source: 'bob', content: 'Looks good.' }
    const fresh = { source: 'ada', content: block('open("new", "a").write("x")\nprint("ran")') }
    await agent.onMessages([old, fresh, talk])
    expect(existsSync(join(directory, 'old'))).toBe(false)
    expect(existsSync(join(directory, 'new'))).toBe(true)
    const { message, results } = await agent.onMessages([old, fresh, talk])
    expect(results).toEqual([])
    expect(message.content).toContain('no code')
  })

  test('runs only from the sources that were named, and never from itself', async () => {
    const executor = new FaultyExecutor()
    const agent = makeAgent(executor, { sources: ['writer', 'coder'] })
    const { results } = await agent.onMessages([
      { source: 'writer', content: block('print(1)') },
      { source: 'reviewer', content: `Rather write\n\n${block('print(2)')}` },
      { source: 'coder', content: block('print(3)') },
    ])
    expect(results).toMatchObject([{ program: { source: 'print(1)\n' } }])
    expect(executor.calls).toEqual(['streamCode'])
  })

  test('that is missing is asked for, and what was left alone is said', async () => {
    const executor = new FaultyExecutor()
    const { message, results, events } = await makeAgent(executor).run({
      task: `${block('x', '')}\n${block('y', 'klingon')}\n${block('{}', 'json')}`,
    })
    expect(results).toEqual([])
    expect(message.content).toMatch(/no code to run[\s\S]*line 1[\s\S]*names no language[\s\S]*line 4[\s\S]*klingon/)
    expect(eventsOf(events, 'code-proposed')[0]?.skipped).toHaveLength(3)
    expect(executor.calls).toEqual([])
  })

  test('in several named blocks is one program when asked', async () => {
    const task = `${block('def f():\n    return 42', 'python file=helper.py')}\n${block('import helper\nprint(helper.f())', 'python file=main.py')}`
    const { results } = await makeAgent(makeLocal(), { multiFile: true }).run({ task })
    expect(results).toMatchObject([{ result: { output: '42\n' } }])
  })

  test('in a named file is there for a later turn, in a directory of its own too', async () => {
    const agent = makeAgent(makeLocal())
    await agent.run({ task: block('X = 7', 'python file=lib/values.py') })
    const { results } = await agent.run({ task: block('import lib.values\nprint(lib.values.X)') })
    expect(results).toMatchObject([{ result: { output: '7\n' } }])
  })

  test('with a path out of the working directory is refused and the others are told', async () => {
    const task = `${block('print("first")')}\n${block('print(2)', 'python file=../x.py')}\n${block('print(3)')}`
    const { results, message } = await makeAgent(makeLocal()).run({ task })
    expect(results).toMatchObject([{ status: 'ran' }, { status: 'refused', error: { code: 'INVALID_PATH' } }, { status: 'not-run' }])
    expect(message.content).toContain('first')
  })

  test('that runs too long keeps what it printed and says which limit it was', async () => {
    const agent = makeAgent(makeLocal(), { timeoutMs: 1500 })
    const { results, message } = await agent.run({ task: block('print("before", flush=True)\nimport time\ntime.sleep(60)') })
    expect(results).toMatchObject([{ result: { output: 'before\n', exitCode: null, termination: { kind: 'timed-out', limitMs: 1500 } } }])
    expect(message.content).toMatch(/before[\s\S]*timeoutMs \(1500 ms\)/)
  })

  test('that exits with 124 by itself did not time out', async () => {
    const { results, message } = await makeAgent(makeLocal()).run({ task: block('exit 124', 'bash') })
    expect(results).toMatchObject([{ result: { termination: { kind: 'exited', exitCode: 124 } } }])
    expect(message.content).not.toContain('timeoutMs')
  })

  test('streams what it prints while it runs', async () => {
    const agent = makeAgent(makeLocal())
    const events = await collect(agent.runStream({ task: block('print("now")') }))
    const types = typesOf(events)
    expect(types.indexOf('output-delta')).toBeGreaterThan(types.indexOf('execution-start'))
    expect(types.indexOf('execution-end')).toBeGreaterThan(types.indexOf('output-delta'))
    expect(types.at(-1)).toBe('end')
  })
})

describe('bad input', () => {
  test.each([[''], ['  \n'], [[]], [[{ source: 'user', content: ' ' }]], [{ source: 'user', content: '' }]])(
    'a task that says nothing: %j',
    async (task) => {
      await expectCode(makeAgent(new FaultyExecutor()).run({ task }), 'INVALID_ARGUMENT')
    },
  )

  test.each<[string, object]>([
    ['no name', { name: '' }],
    ['an unknown option', { retries: 3 }],
    ['no executor', { codeExecutor: Promise.resolve() }],
    ['an unknown language', { languages: ['klingon'] }],
    ['a negative count', { maxRetriesOnError: -1 }],
    ['no function', { approve: true }],
    ['another word', { approvePer: 'program' }],
    ['no model', { model: {} }],
    ['functions that are none', { functions: [() => 1] }],
    ['flags for packages', { packages: { python: ['--index-url=x'] } }],
  ])('options with %s', async (_, options) => {
    const code = 'languages' in options ? 'LANGUAGE_UNKNOWN' : 'INVALID_ARGUMENT'
    await expectCode(() => makeAgent(new FaultyExecutor(), options), code)
  })

  test('what is no message', async () => {
    const agent = makeAgent(new FaultyExecutor())
    await expectCode(agent.onMessages('hello' as never), 'INVALID_ARGUMENT')
    await expectCode(agent.onMessages([{ source: '', content: 'x' }]), 'INVALID_ARGUMENT')
    await expectCode(agent.onMessages([{ source: 'a', content: 1 as never }]), 'INVALID_ARGUMENT')
    await expectCode(agent.run({ task: 'x', signal: {} as never }), 'INVALID_ARGUMENT')
  })
})
