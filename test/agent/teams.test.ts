import { describe, expect, test } from 'vitest'
import {
  AssistantAgent,
  maxMessages,
  RoundRobinGroupChat,
  terminateWhen,
  textMention,
  type IdentifiedMessage,
  type Termination,
} from '../../src/agent/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { block, collect, eventsOf, hangingModel, makeAgent, scripted, type Line } from './support.ts'

function assistant(name: string, ...lines: readonly Line[]) {
  const model = scripted(...lines)
  return { model, agent: new AssistantAgent({ name, model, systemMessage: false }) }
}

describe('a team of a writer and an executor', () => {
  test('writes, runs, repairs and ends, and each hears what it has not heard', async () => {
    const writer = assistant('writer', `Try ${'\n\n'}${block('print(x)')}`, block('x = 5\nprint(x)'), 'TERMINATE')
    const team = new RoundRobinGroupChat({
      participants: [writer.agent, makeAgent(makeLocal(), { name: 'runner' })],
      termination: textMention('TERMINATE', { sources: ['writer'] }).or(maxMessages(20)),
    })
    const { messages, stopReason, events } = await team.run({ task: 'Print a number. Say TERMINATE when done.' })
    expect(messages.map(({ source }) => source)).toEqual(['user', 'writer', 'runner', 'writer', 'runner', 'writer'])
    expect(messages[2]?.content).toContain('NameError')
    expect(messages[4]?.content).toContain('5')
    expect(stopReason).toBe('writer said "TERMINATE"')
    expect(writer.model.calls.map((call) => call.length)).toEqual([1, 3, 5])
    expect(writer.model.calls[1]?.at(-1)?.content).toMatch(/^runner says:/)
    expect(eventsOf(events, 'message').map(({ source }) => source)).toEqual(['writer', 'runner', 'writer', 'runner', 'writer'])
  })

  test('streams the same events, and then the end', async () => {
    const team = new RoundRobinGroupChat({ participants: [assistant('a', 'One.').agent], termination: maxMessages(1) })
    const events = await collect(team.runStream({ task: 'Go.' }))
    const end = events.at(-1)
    expect(end?.type === 'end' && end.result.events).toEqual(events.slice(0, -1))
    expect(events.length).toBeGreaterThan(2)
  })

  test('goes on in the order where it ended', async () => {
    const team = new RoundRobinGroupChat({
      participants: [assistant('a', 'A1', 'A2').agent, assistant('b', 'B1').agent],
      termination: maxMessages(1),
    })
    const said = []
    for (const task of ['1', '2', '3']) said.push((await team.run({ task })).messages.at(-1)?.content)
    expect(said).toEqual(['A1', 'B1', 'A2'])
  })

  test('ends with the reason of an abort, also when a model hangs', async () => {
    const team = new RoundRobinGroupChat({ participants: [assistant('a', hangingModel).agent], termination: maxMessages(1) })
    const controller = new AbortController()
    const run = team.run({ task: 'Go.', signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(run).rejects.toBe(reason)
  })

  test('takes the turn again after one that failed, and nobody hears anything twice', async () => {
    const a = assistant('a', new Error('rate limit'), 'Better.')
    const team = new RoundRobinGroupChat({ participants: [a.agent], termination: maxMessages(1) })
    await expectCode(team.run({ task: 'First.' }), 'MODEL_FAILED')
    await team.run({ task: 'Second.' })
    expect(a.model.calls[1]?.map(({ content }) => content)).toEqual(['First.', 'Second.'])
  })

  test('forgets everything on reset, and so do its members', async () => {
    const a = assistant('a', 'One.', 'Two.')
    const b = assistant('b', 'Three.')
    const team = new RoundRobinGroupChat({ participants: [a.agent, b.agent], termination: maxMessages(1) })
    await team.run({ task: 'First.' })
    await team.reset()
    await team.run({ task: 'Second.' })
    expect(a.model.calls[1]?.map(({ content }) => content)).toEqual(['Second.'])
    expect(b.model.calls).toEqual([])
  })
})

describe('terminations', () => {
  const said = (...contents: readonly string[]): IdentifiedMessage[] =>
    contents.map((content, n) => ({ id: String(n), source: 'a', content }))
  test.each<[string, Termination, readonly string[], boolean]>([
    ['max, not yet', maxMessages(2), ['x'], false],
    ['max', maxMessages(2), ['x', 'y'], true],
    ['text', textMention('DONE'), ['x', 'all DONE.'], true],
    ['text of somebody else', textMention('DONE', { sources: ['b'] }), ['DONE'], false],
    ['a function', terminateWhen((messages) => messages.length === 1), ['x'], true],
    ['a function that says why', terminateWhen(() => 'because'), [], true],
    ['or', maxMessages(9).or(textMention('x')), ['x'], true],
    ['and, one of them', maxMessages(2).and(textMention('x')), ['x'], false],
    ['and', maxMessages(2).and(textMention('x')), ['x', 'y'], true],
    ['mixed', maxMessages(2).and(textMention('z')).or(maxMessages(3)), ['x', 'y'], false],
  ])('%s', (_, termination, contents, isOver) => {
    expect(termination.reason(said(...contents)) !== undefined).toBe(isOver)
  })

  test('say why, both of them', () => {
    expect(
      maxMessages(1)
        .and(terminateWhen(() => 'because'))
        .reason(said('x')),
    ).toBe('1 messages were said; the most is 1, and because')
  })

  test.each<[string, () => unknown]>([
    ['no count', () => maxMessages(0)],
    ['no text', () => textMention('')],
    ['no function', () => terminateWhen('x' as never)],
  ])('of %s are refused', async (_, make) => {
    await expectCode(make, 'INVALID_ARGUMENT')
  })
})

describe('a team that cannot be', () => {
  const { agent } = assistant('a')
  test.each<[string, object]>([
    ['nobody', { participants: [], termination: maxMessages(1) }],
    ['two of one name', { participants: [agent, agent], termination: maxMessages(1) }],
    ['no agents', { participants: [{}], termination: maxMessages(1) }],
    ['no end', { participants: [agent] }],
    ['an unknown option', { participants: [agent], termination: maxMessages(1), maxTurns: 3 }],
  ])('of %s', async (_, options) => {
    await expectCode(() => new RoundRobinGroupChat(options as never), 'INVALID_ARGUMENT')
  })

  test('does no task that says nothing', async () => {
    await expectCode(new RoundRobinGroupChat({ participants: [agent], termination: maxMessages(1) }).run({ task: ' ' }), 'INVALID_ARGUMENT')
  })
})

test('an assistant that answers nothing fails', async () => {
  await expectCode(assistant('a', '').agent.run({ task: 'Go.' }), 'MODEL_FAILED')
})

test('members that are no agents of ours take part, and hear everything once', async () => {
  const heard: string[][] = []
  const parrot = {
    name: 'parrot',
    description: 'Says it again.',
    onMessages: () => Promise.reject(new Error('not used')),
    async *onMessagesStream(messages: readonly IdentifiedMessage[]) {
      heard.push(messages.map(({ source }) => source))
      const message = { id: `p${heard.length}`, source: 'parrot', content: messages[0]?.content ?? '' }
      yield { type: 'end', response: { message, results: [], events: [] } } as const
    },
    reset: () => Promise.resolve(),
    saveState: () => Promise.reject(new Error('not used')),
    loadState: () => Promise.resolve(),
  }
  const team = new RoundRobinGroupChat({ participants: [parrot, makeAgent(new FaultyExecutor())], termination: maxMessages(3) })
  const { messages } = await team.run({ task: block('hello') })
  expect(messages[2]?.content).toContain('hello')
  expect(heard).toEqual([['user'], ['coder']])
})
