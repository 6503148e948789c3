import { APICallError, generateText, isStepCount, streamText, ToolLoopAgent } from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, test } from 'vitest'
import { CodeExecutorAgent } from '../../src/agent/index.ts'
import { codeExecutionTool } from '../../src/agent/integrations/ai-sdk.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { block, hangingModel, makeAgent } from '../agent/support.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, processesWith, seeAlive } from '../support/world.ts'

type Generated = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>
type StreamPart = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never

const usage: Generated['usage'] = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
}
const says = (text: string): Generated => ({
  content: [{ type: 'text', text }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage,
  warnings: [],
})
const calls = (input: object): Generated => ({
  content: [{ type: 'tool-call', toolCallId: '1', toolName: 'run_code', input: JSON.stringify(input) }],
  finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
  usage,
  warnings: [],
})
const streamed = (...parts: readonly StreamPart[]) => ({
  stream: convertArrayToReadableStream<StreamPart>([
    { type: 'stream-start', warnings: [] },
    ...parts,
    { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
  ]),
})
const saysInPieces = (...texts: readonly string[]) =>
  streamed({ type: 'text-start', id: '1' }, ...texts.map((delta): StreamPart => ({ type: 'text-delta', id: '1', delta })), {
    type: 'text-end',
    id: '1',
  })

describe('the tool', () => {
  test('runs code in generateText, and the model reads what it printed', async () => {
    const model = new MockLanguageModelV4({ doGenerate: [calls({ language: 'python', code: 'print(6 * 7)' }), says('It is 42.')] })
    const { text, steps } = await generateText({
      model,
      tools: { run_code: codeExecutionTool(makeLocal(), { languages: ['python'] }) },
      stopWhen: isStepCount(3),
      prompt: 'What is 6 times 7?',
    })
    expect(text).toBe('It is 42.')
    expect(steps[0]?.toolResults[0]?.output).toMatchObject({ success: true, exitCode: 0, output: '42\n' })
    const [tool] = model.doGenerateCalls[0]?.tools ?? []
    expect(tool).toMatchObject({
      name: 'run_code',
      inputSchema: { required: ['language', 'code'], properties: { language: { enum: ['python'] } } },
    })
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt.at(-1))).toMatch(/succeeded: exit 0[^"]*42/)
  })

  test('runs code in streamText', async () => {
    const model = new MockLanguageModelV4({
      doStream: [
        streamed({
          type: 'tool-call',
          toolCallId: '1',
          toolName: 'run_code',
          input: JSON.stringify({ language: 'bash', code: 'echo hi' }),
        }),
        saysInPieces('It said ', 'hi.'),
      ],
    })
    const result = streamText({ model, tools: { run_code: codeExecutionTool(makeLocal()) }, stopWhen: isStepCount(3), prompt: 'Say hi.' })
    expect(await result.text).toBe('It said hi.')
    expect((await result.steps)[0]?.toolResults[0]?.output).toMatchObject({ output: 'hi\n' })
  })

  test('runs code in a ToolLoopAgent, which sees a failure and goes on', async () => {
    const model = new MockLanguageModelV4({
      doGenerate: [calls({ language: 'python', code: '1 / 0' }), calls({ language: 'python', code: 'print(1)' }), says('One.')],
    })
    const agent = new ToolLoopAgent({ model, tools: { run_code: codeExecutionTool(makeLocal()) } })
    const { text, steps } = await agent.generate({ prompt: 'Go.' })
    expect(text).toBe('One.')
    expect(steps.map(({ toolResults }) => (toolResults[0]?.output as { success: boolean } | undefined)?.success)).toEqual([
      false,
      true,
      undefined,
    ])
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt.at(-1))).toContain('ZeroDivisionError')
  })

  test('tells the model what it gave wrong, and that somebody said no', async () => {
    const model = new MockLanguageModelV4({
      doGenerate: [calls({ language: 'klingon', code: 'x' }), calls({ language: 'python', code: 'print(1)' }), says('Sorry.')],
    })
    const executor = new FaultyExecutor()
    const tool = codeExecutionTool(executor, { approve: () => ({ approved: false, reason: 'not today' }) })
    await generateText({ model, tools: { run_code: tool }, stopWhen: isStepCount(4), prompt: 'Go.' })
    const prompts = model.doGenerateCalls.map(({ prompt }) => JSON.stringify(prompt.at(-1)))
    expect(prompts[1]).toContain('klingon')
    expect(prompts[2]).toContain('not today')
    expect(executor.calls).toEqual([])
  })

  test('ends the program when the call is aborted', async () => {
    const marker = newMarker()
    const controller = new AbortController()
    const model = new MockLanguageModelV4({ doGenerate: [calls({ language: 'bash', code: `sleep ${marker}` }), says('Never.')] })
    const run = generateText({
      model,
      tools: { run_code: codeExecutionTool(makeLocal()) },
      stopWhen: isStepCount(3),
      prompt: 'Go.',
      abortSignal: controller.signal,
    })
    run.then(
      () => {},
      () => {},
    )
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow()
    await expect.poll(() => processesWith(marker), { timeout: 15_000 }).toEqual([])
  })
})

describe('an AI SDK model in an agent', () => {
  test('writes code, sees what it printed and answers, streamed', async () => {
    const model = new MockLanguageModelV4({
      doStream: [saysInPieces('Let me ', 'see.\n\n', block('print(6 * 7)')), saysInPieces('It is 42.')],
    })
    const agent = new CodeExecutorAgent({ name: 'coder', codeExecutor: makeLocal(), model, approve: () => true })
    const { message, events } = await agent.run({ task: 'What is 6 times 7?' })
    expect(message.content).toBe('It is 42.')
    expect(events.filter(({ type }) => type === 'generation-delta').length).toBeGreaterThan(3)
    const [first, second] = model.doStreamCalls
    expect(first?.prompt.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(JSON.stringify(second?.prompt.at(-1))).toContain('42')
  })

  test('that fails is the cause of the error', async () => {
    const cause = new Error('no such key')
    const model = new MockLanguageModelV4({ doStream: () => Promise.reject(cause) })
    const error = await expectCode(makeAgent(new FaultyExecutor(), { model }).run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.cause).toBe(cause)
  })

  test('that is rate limited is called again', async () => {
    let count = 0
    const limited = new APICallError({
      message: 'slow down',
      url: 'http://model',
      requestBodyValues: {},
      statusCode: 429,
      isRetryable: true,
      responseHeaders: { 'retry-after-ms': '1' },
    })
    const model = new MockLanguageModelV4({
      doStream: () => ((count += 1) === 1 ? Promise.reject(limited) : Promise.resolve(saysInPieces('Here.'))),
    })
    expect((await makeAgent(new FaultyExecutor(), { model }).run({ task: 'Go.' })).message.content).toBe('Here.')
    expect(count).toBe(2)
  })

  test('that is rate limited for good fails when it may not be called again', async () => {
    const limited = new APICallError({
      message: 'slow down',
      url: 'http://model',
      requestBodyValues: {},
      statusCode: 429,
      isRetryable: true,
    })
    const model = new MockLanguageModelV4({ doStream: () => Promise.reject(limited) })
    const agent = makeAgent(new FaultyExecutor(), { model, maxModelRetries: 0 })
    const error = await expectCode(agent.run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.message).toContain('slow down')
    expect(model.doStreamCalls).toHaveLength(1)
  })

  test('that breaks off in the middle fails', async () => {
    const cause = new Error('connection lost')
    const model = new MockLanguageModelV4({
      doStream: streamed({ type: 'text-start', id: '1' }, { type: 'text-delta', id: '1', delta: 'I' }, { type: 'error', error: cause }),
    })
    const error = await expectCode(makeAgent(new FaultyExecutor(), { model }).run({ task: 'Go.' }), 'MODEL_FAILED')
    expect(error.cause).toBe(cause)
  })

  test('that hangs hears of the abort', async () => {
    let told: AbortSignal | undefined
    const controller = new AbortController()
    const reason = new Error('enough')
    const model = new MockLanguageModelV4({
      doStream: ({ abortSignal }) => {
        told = abortSignal
        setImmediate(() => controller.abort(reason))
        return hangingModel([], { signal: controller.signal }) as Promise<never>
      },
    })
    await expect(makeAgent(new FaultyExecutor(), { model }).run({ task: 'Go.', signal: controller.signal })).rejects.toBe(reason)
    expect(told?.aborted).toBe(true)
  })
})
