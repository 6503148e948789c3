import { describe, expect, test } from 'vitest'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { block, collect, eventsOf, hangingModel, makeAgent, scripted, typesOf } from './support.ts'

describe('a model that writes code', () => {
  test('has it run, sees what it printed, and answers in two calls', async () => {
    const model = scripted(`Let me see.\n\n${block('print(6 * 7)')}`, 'It is 42.')
    const agent = makeAgent(makeLocal(), { model })
    const { message, results, events } = await agent.run({ task: 'What is 6 times 7?' })
    expect(message).toMatchObject({ source: 'coder', content: 'It is 42.' })
    expect(results).toMatchObject([{ status: 'ran', result: { output: '42\n', success: true } }])
    expect(model.calls).toHaveLength(2)
    expect(model.calls[1]?.at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining('42') as string })
    expect(new Set(typesOf(events))).toEqual(
      new Set([
        'generation-delta',
        'code-proposed',
        'approval-requested',
        'approval-answered',
        'execution-start',
        'output-delta',
        'execution-end',
        'message',
      ]),
    )
    const printed = eventsOf(events, 'output-delta').map(({ text }) => text)
    expect(printed.join('')).toBe('42\n')
  })

  test('sees the error, goes on from it, and each message is in its context once', async () => {
    const model = scripted(block('print(1 / 0)'), block('print(1 / 2)'), 'A half.')
    const agent = makeAgent(makeLocal(), { model })
    const { message, events } = await agent.run({ task: 'Divide.' })
    expect(message.content).toBe('A half.')
    expect(model.calls).toHaveLength(3)
    const [, second = [], third = []] = model.calls
    expect(second.at(-1)?.content).toContain('ZeroDivisionError')
    expect(third.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user'])
    for (const call of model.calls) expect(new Set(call.map(({ content }) => content)).size).toBe(call.length)
    expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 2, reason: expect.stringContaining('failed') as string }])
  })

  test('is told in the event why there is another attempt, also when others succeeded before', async () => {
    const model = scripted(`${block('print(1)')}\n${block('raise SystemExit(4)')}`, 'Never mind.')
    const { events } = await makeAgent(makeLocal(), { model }).run({ task: 'Go.' })
    expect(eventsOf(events, 'retry')[0]?.reason).toMatch(/^Program 2 of 2 \(python\) failed: exit 4 /)
  })

  test.each([0, 1, 2])('gives up after %d retries and says what happened', async (maxRetriesOnError) => {
    const bad = block('raise SystemExit("never works")')
    const model = scripted(...Array.from({ length: maxRetriesOnError + 1 }, () => bad), 'I could not do it.')
    const agent = makeAgent(makeLocal(), { model, maxRetriesOnError })
    const { message, results, events } = await agent.run({ task: 'Do it.' })
    expect(message.content).toBe('I could not do it.')
    expect(results).toMatchObject([{ status: 'ran', result: { exitCode: 1, error: 'never works\n' } }])
    expect(model.calls).toHaveLength(maxRetriesOnError + 2)
    expect(eventsOf(events, 'retry')).toHaveLength(maxRetriesOnError)
  })

  test('answers with the results when it is not asked to reflect', async () => {
    const model = scripted(block('print("bare")'))
    const { message } = await makeAgent(makeLocal(), { model, reflect: false }).run({ task: 'Go.' })
    expect(message.content).toContain('bare')
    expect(model.calls).toHaveLength(1)
  })

  test('streams the same events that the result has, and then the end', async () => {
    const agent = makeAgent(makeLocal(), { model: scripted(block('print(1)'), 'One.') })
    const events = await collect(agent.runStream({ task: 'Go.' }))
    const end = events.at(-1)
    expect(end?.type).toBe('end')
    expect(end?.type === 'end' && end.response.events).toEqual(events.slice(0, -1))
    expect(end?.type === 'end' && end.response.message.content).toBe('One.')
  })

  test('streams very many small pieces', async () => {
    async function* small(): AsyncGenerator<string> {
      for (let n = 0; n < 300_000; n += 1) yield '.'
    }
    const events = await collect(makeAgent(new FaultyExecutor(), { model: small }).runStream({ task: 'Go.' }))
    expect(events).toHaveLength(300_002)
  })

  test('remembers what was said in earlier tasks', async () => {
    const model = scripted('Noted.', 'Ada.')
    const agent = makeAgent(new FaultyExecutor(), { model })
    await agent.run({ task: 'My name is Ada.' })
    await agent.run({ task: 'What is my name?' })
    expect(model.calls[1]?.map(({ role, content }) => `${role}: ${content}`).slice(1)).toEqual([
      'user: My name is Ada.',
      'assistant: Noted.',
      'user: What is my name?',
    ])
  })

  test('is told of a history handed over again only what is new', async () => {
    const model = scripted('One.', 'Two.')
    const agent = makeAgent(new FaultyExecutor(), { model })
    const history = [{ source: 'user', content: 'First.' }]
    const { message } = await agent.onMessages(history)
    await agent.onMessages([...history, message, { source: 'user', content: 'Second.' }])
    expect(model.calls[1]?.slice(1).map(({ content }) => content)).toEqual(['First.', 'One.', 'Second.'])
  })
})

describe('a model that answers with', () => {
  test('prose only is the answer after one call', async () => {
    const model = scripted('No code needed.')
    const { message, results, events } = await makeAgent(new FaultyExecutor(), { model }).run({ task: 'Hello?' })
    expect(message.content).toBe('No code needed.')
    expect(results).toEqual([])
    expect(new Set(typesOf(events))).toEqual(new Set(['generation-delta', 'message']))
  })

  test('code only has it run', async () => {
    const { results } = await makeAgent(makeLocal(), { model: scripted(block('print(1)'), 'Done.') }).run({ task: 'Go.' })
    expect(results).toHaveLength(1)
  })

  test('nothing is asked again, and fails when it never says anything', async () => {
    const model = scripted('', ' \n', 'At last.')
    const { message, events } = await makeAgent(new FaultyExecutor(), { model }).run({ task: 'Speak.' })
    expect(message.content).toBe('At last.')
    expect(eventsOf(events, 'retry')).toHaveLength(2)
    const silent = makeAgent(new FaultyExecutor(), { model: scripted('', ''), maxRetriesOnError: 1 })
    const error = await expectCode(silent.run({ task: 'Speak.' }), 'MODEL_FAILED')
    expect(error.message).toContain('answered nothing')
  })

  test('nothing after the code ran leaves the results as the answer', async () => {
    const { message } = await makeAgent(makeLocal(), { model: scripted(block('print("there")'), '') }).run({ task: 'Go.' })
    expect(message.content).toContain('there')
  })

  test('two megabytes has its code run', async () => {
    const prose = '[*`word` > - 1. '.repeat(131_072)
    const model = scripted(`${prose}\n\n${block('print("found it")')}\n\n${prose.slice(0, 1000)}`, 'Long.')
    const { results } = await makeAgent(makeLocal(), { model }).run({ task: 'Go.' })
    expect(results).toMatchObject([{ status: 'ran', result: { output: 'found it\n' } }])
  })

  test('a language nobody knows is told so and may try another', async () => {
    const model = scripted(block('vIngul', 'klingon'), block('print("in words")'), 'Done.')
    const { message, results } = await makeAgent(makeLocal(), { model }).run({ task: 'Go.' })
    expect(message.content).toBe('Done.')
    expect(model.calls[1]?.at(-1)?.content).toContain('"klingon"')
    expect(results).toMatchObject([{ result: { output: 'in words\n' } }])
  })

  test('a language nobody knows, again and again, is the answer with a note that it was not run', async () => {
    const model = scripted(block('vIngul', 'klingon'), block('vIngul', 'klingon'))
    const agent = makeAgent(new FaultyExecutor(), { model, maxRetriesOnError: 1 })
    const { message, results } = await agent.run({ task: 'Go.' })
    expect(message.content).toContain('vIngul')
    expect(message.content).toContain('was not run')
    expect(results).toEqual([])
    expect((await agent.saveState()).messages.map(({ content }) => content).filter((each) => each.includes('vIngul'))).toHaveLength(2)
  })

  test('a language that the executor lacks goes on with the error and ends nothing', async () => {
    const executor = makeLocal({ languages: ['python'] })
    const model = scripted(block('puts 1', 'ruby'), block('print(1)'), 'Done.')
    const { message } = await makeAgent(executor, { model }).run({ task: 'Go.' })
    expect(message.content).toBe('Done.')
    expect(model.calls[1]?.at(-1)?.content).toContain('No language is called "ruby"')
  })

  test('a fence inside a string inside a fence is asked for again instead of being run in part', async () => {
    const code = `s = """\n${block('x', 'js')}\n"""\nprint(len(s))`
    const longer = `\`\`\`\`python\n${code}\n\`\`\`\``
    const model = scripted(block(code), longer, 'Counted.')
    const { results, events } = await makeAgent(makeLocal(), { model }).run({ task: 'Go.' })
    expect(eventsOf(events, 'execution-end')).toHaveLength(1)
    expect(results).toMatchObject([{ result: { output: '13\n', success: true } }])
    expect(model.calls[1]?.at(-1)?.content).toContain('more backticks')
  })

  test('an unfinished block has it reported and not run', async () => {
    const model = scripted('```python\nprint("half', 'Sorry.')
    const executor = new FaultyExecutor()
    const { message } = await makeAgent(executor, { model }).run({ task: 'Go.' })
    expect(message.content).toBe('Sorry.')
    expect(executor.calls).toEqual([])
    expect(model.calls[1]?.at(-1)?.content).toContain('closing fence is missing')
  })

  test('formats such as json has them left alone and said so', async () => {
    const text = ['json', 'text', 'output', 'markdown', 'diff'].map((tag) => block('x', tag)).join('\n\n')
    const executor = new FaultyExecutor()
    const { message, events } = await makeAgent(executor, { model: scripted(text) }).run({ task: 'Go.' })
    expect(message.content).toBe(text)
    expect(executor.calls).toEqual([])
    expect(eventsOf(events, 'code-proposed')[0]?.skipped.map(({ reason }) => reason)).toEqual(Array(5).fill('data'))
  })
})

describe('a model that', () => {
  test('fails is told with its error as the cause, and the same call may be made again', async () => {
    const cause = new Error('rate limited')
    const model = scripted(cause, 'Now.')
    const agent = makeAgent(new FaultyExecutor(), { model })
    const error = await expectCode(agent.run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.cause).toBe(cause)
    expect(error.retryable).toBe(true)
    await agent.run({ task: 'Go.' })
    expect(model.calls[1]?.filter(({ content }) => content === 'Go.')).toHaveLength(1)
  })

  test('fails in the middle of its answer fails the turn', async () => {
    const cause = new Error('connection lost')
    async function* broken(): AsyncGenerator<string> {
      yield 'I will'
      throw cause
    }
    const error = await expectCode(makeAgent(new FaultyExecutor(), { model: broken }).run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.cause).toBe(cause)
  })

  test('hangs is given up when the caller aborts, with the very reason', async () => {
    const controller = new AbortController()
    const run = makeAgent(new FaultyExecutor(), { model: hangingModel }).run({ task: 'Go.', signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(run).rejects.toBe(reason)
  })

  test('hangs in the middle of a stream is given up too, and is told so', async () => {
    let told: AbortSignal | undefined
    const agent = makeAgent(new FaultyExecutor(), {
      model: async function* (_, { signal }) {
        told = signal
        yield 'I'
        await hangingModel([], { signal })
      },
    })
    const controller = new AbortController()
    const reason = new Error('enough')
    const reading = (async () => {
      for await (const event of agent.runStream({ task: 'Go.', signal: controller.signal })) {
        if (event.type === 'generation-delta') controller.abort(reason)
      }
    })()
    await expect(reading).rejects.toBe(reason)
    expect(told?.reason).toBe(reason)
  })

  test('says nothing for too long is given up', async () => {
    const agent = makeAgent(new FaultyExecutor(), { model: hangingModel, modelTimeoutMs: 20 })
    const error = await expectCode(agent.run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.message).toContain('modelTimeoutMs')
  })

  test('answers with something that is no text is refused', async () => {
    const agent = makeAgent(new FaultyExecutor(), { model: (() => Promise.resolve({ text: 'hi' })) as never })
    await expectCode(agent.run({ task: 'Go.' }), 'INVALID_ARGUMENT')
  })
})
