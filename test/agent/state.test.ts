import { describe, expect, test } from 'vitest'
import { AssistantAgent, maxMessages, RoundRobinGroupChat, type AgentState } from '../../src/agent/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { block, makeAgent, scripted } from './support.ts'

const viaJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('a saved state', () => {
  test('goes through JSON and has another agent continue the conversation', async () => {
    const first = makeAgent(new FaultyExecutor(), { model: scripted(block('print(1)'), 'One.') })
    await first.run({ task: 'Begin.' })
    const state = viaJson(await first.saveState())
    expect(state.version).toBe(1)
    const model = scripted('Two.')
    const second = makeAgent(new FaultyExecutor(), { model })
    await second.loadState(state)
    expect(await second.saveState()).toEqual(state)
    await second.run({ task: 'Go on.' })
    const contents = model.calls[0]?.map(({ content }) => content) ?? []
    expect(contents.slice(1)).toEqual([
      'Begin.',
      block('print(1)'),
      expect.stringMatching(/^\[execution \w+\]/) as string,
      'One.',
      'Go on.',
    ])
    const mark = /^\[execution \w+\]/.exec(contents[3] ?? '')?.[0] ?? 'none'
    expect(contents[0], 'what marks results is the same as before').toContain(mark)
  })

  test('does not hold what belongs to another process', async () => {
    const agent = makeAgent(new FaultyExecutor(), { env: { TOKEN: 'secret-value' } })
    await agent.run({ task: block('x') })
    expect(JSON.stringify(await agent.saveState())).not.toContain('secret-value')
  })

  test('takes the place of what the agent remembered', async () => {
    const model = scripted('One.', 'Two.')
    const agent = makeAgent(new FaultyExecutor(), { model })
    const empty = await agent.saveState()
    await agent.run({ task: 'Begin.' })
    await agent.loadState(viaJson(empty))
    await agent.run({ task: 'Again.' })
    expect(model.calls[1]?.slice(1).map(({ content }) => content)).toEqual(['Again.'])
  })

  test('without messages is what reset leaves', async () => {
    const agent = makeAgent(new FaultyExecutor(), { model: scripted('One.') })
    await agent.run({ task: 'Begin.' })
    await agent.reset()
    expect((await agent.saveState()).messages).toEqual([])
  })

  test.each<[string, (state: AgentState) => unknown, string]>([
    ['another version', (state) => ({ ...state, version: 2 }), 'version 2'],
    ['no version', ({ messages }) => ({ messages }), 'version'],
    ['another kind', (state) => ({ ...state, kind: 'AssistantAgent' }), 'kind'],
    ['bad messages', (state) => ({ ...state, messages: [{ source: 'a' }] }), 'messages'],
    ['no seal', (state) => ({ ...state, seal: undefined }), 'seal'],
    ['nothing', () => null, 'state'],
  ])('of %s is refused, and the agent remembers what it did', async (_, change, word) => {
    const agent = makeAgent(new FaultyExecutor(), { model: scripted('One.') })
    await agent.run({ task: 'Begin.' })
    const before = await agent.saveState()
    const error = await expectCode(agent.loadState(change(before) as AgentState), 'INVALID_ARGUMENT')
    expect(error.message).toContain(word)
    expect(await agent.saveState()).toEqual(before)
  })
})

describe('a saved team', () => {
  const makeTeam = (...lines: readonly (readonly string[])[]) => {
    const models = lines.map((each) => scripted(...each))
    const participants = models.map((model, n) => new AssistantAgent({ name: 'ab'.charAt(n), model, systemMessage: false }))
    return { models, team: new RoundRobinGroupChat({ participants, termination: maxMessages(1) }) }
  }

  test('goes through JSON and another one takes the next turn', async () => {
    const { team } = makeTeam(['A1'], [])
    await team.run({ task: 'First.' })
    const state = viaJson(await team.saveState())
    const { team: other, models } = makeTeam([], ['B1'])
    await other.loadState(state)
    expect((await other.run({ task: 'Second.' })).messages.at(-1)).toMatchObject({ source: 'b', content: 'B1' })
    expect(models[1]?.calls[0]?.map(({ content }) => content)).toEqual(['First.', 'a says:\n\nA1', 'Second.'])
  })

  test('of others is refused', async () => {
    const state = await makeTeam(['A1'], []).team.saveState()
    await expectCode(makeTeam(['A1']).team.loadState(state), 'INVALID_ARGUMENT')
    await expectCode(makeTeam([], []).team.loadState({ ...state, version: 7 } as never), 'INVALID_ARGUMENT')
  })
})
