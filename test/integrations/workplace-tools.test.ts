import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { tool } from '@langchain/core/tools'
import { Agent, Runner, Usage, type Model, type ModelRequest } from '@openai/agents'
import { generateText, isStepCount } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { createAgent } from 'langchain'
import { expect, test } from 'vitest'
import { workplaceTools } from '../../src/agent/index.ts'
import { aiSdkTools } from '../../src/agent/integrations/ai-sdk.ts'
import { langChainTools } from '../../src/agent/integrations/langchain.ts'
import { openAiAgentsTools } from '../../src/agent/integrations/openai-agents.ts'
import { makeLocal } from '../support/local.ts'
import { png } from '../support/pictures.ts'

/** What a model does in the place: runs a command, edits what it made, looks at a picture, and asks for something that is not there. */
const CALLS = [
  ['run_command', { command: 'printf "6 * 7\\n" >sum.txt; cat sum.txt', cwd: null }],
  ['edit_file', { path: 'sum.txt', old_text: '6 * 7', new_text: '42', replace_all: null }],
  ['view_image', { path: 'a.png' }],
  ['read_file', { path: 'none.txt', offset: null, limit: null }],
] as const

async function place() {
  const executor = makeLocal()
  await executor.files.write('a.png', await png(40, 20))
  return executor
}

test('the AI SDK takes them, shows pictures, and tells errors as such', async () => {
  const executor = await place()
  const usage = {
    inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 1, text: undefined, reasoning: undefined },
  }
  const model = new MockLanguageModelV4({
    doGenerate: [
      ...CALLS.map(([toolName, input]) => ({
        content: [{ type: 'tool-call' as const, toolCallId: toolName, toolName, input: JSON.stringify(input) }],
        finishReason: { unified: 'tool-calls' as const, raw: undefined },
        usage,
        warnings: [],
      })),
      { content: [{ type: 'text', text: 'Done.' }], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] },
    ],
  })
  const { text } = await generateText({ model, tools: aiSdkTools(workplaceTools(executor)), stopWhen: isStepCount(9), prompt: 'Go.' })
  expect(text).toBe('Done.')
  const said = model.doGenerateCalls.slice(1).map(({ prompt }) => prompt.at(-1)?.content[0])
  expect(said).toMatchObject([
    { output: { type: 'text', value: expect.stringMatching(/^Exit code 0[\s\S]*6 \* 7/) as string } },
    { output: { type: 'text', value: 'Replaced 1 place in sum.txt.' } },
    { output: { type: 'content', value: [{ type: 'text' }, { type: 'file', mediaType: 'image/png' }] } },
    { output: { type: 'error-text', value: expect.stringMatching(/^file_not_found/) as string } },
  ])
  expect(await executor.files.read('sum.txt')).toMatchObject({ text: '42\n' })
})

test('the OpenAI Agents SDK takes them, and shows pictures', async () => {
  const executor = await place()
  const requests: ModelRequest[] = []
  const model: Model = {
    getResponse(request) {
      const [name, input] = CALLS[requests.push(request) - 1] ?? []
      const output =
        name === undefined
          ? {
              type: 'message' as const,
              role: 'assistant' as const,
              status: 'completed' as const,
              content: [{ type: 'output_text' as const, text: 'Done.' }],
            }
          : { type: 'function_call' as const, callId: name, name, status: 'completed' as const, arguments: JSON.stringify(input) }
      return Promise.resolve({ usage: new Usage(), output: [output] })
    },
    getStreamedResponse: () => {
      throw new Error('not expected')
    },
  }
  const agent = new Agent({ name: 'worker', model, tools: openAiAgentsTools(workplaceTools(executor)) })
  expect((await new Runner({ tracingDisabled: true }).run(agent, 'Go.')).finalOutput).toBe('Done.')
  const said = requests.slice(1).map(({ input }) => JSON.stringify(typeof input === 'string' ? input : input.at(-1)))
  expect(said[0]).toMatch(/Exit code 0/)
  expect(said[2]).toMatch(/image\/png/)
  expect(said[3]).toMatch(/file_not_found/)
  expect(await executor.files.read('sum.txt')).toMatchObject({ text: '42\n' })
})

test('LangChain takes them, and shows pictures', async () => {
  const executor = await place()
  const model = CALLS.reduce((made, [name, args]) => made.respondWithTools([{ name, args: { ...args }, id: name }]), fakeModel()).respond(
    new AIMessage('Done.'),
  )
  const tools = langChainTools(workplaceTools(executor)).map((each) => tool(...each))
  const { messages } = await createAgent({ model, tools }).invoke({ messages: [new HumanMessage('Go.')] })
  expect(messages.at(-1)?.content).toBe('Done.')
  const said = messages.filter((message) => ToolMessage.isInstance(message)).map(({ content }) => JSON.stringify(content))
  expect(said[0]).toMatch(/Exit code 0/)
  expect(said[2]).toMatch(/data:image\/png;base64,/)
  expect(said[3]).toMatch(/file_not_found/)
  expect(await executor.files.read('sum.txt')).toMatchObject({ text: '42\n' })
})
