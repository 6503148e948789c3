import { AIMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { tool } from '@langchain/core/tools'
import { createAgent } from 'langchain'
import { describe, expect, test } from 'vitest'
import { codeExecutionTool } from '../../src/agent/integrations/langchain.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, processesWith, seeAlive } from '../support/world.ts'

const runCode = (language: string, code: string) => [{ name: 'run_code', args: { language, code }, id: '1' }]

describe('the tool', () => {
  test('runs code for an agent, which reads what it printed', async () => {
    const model = fakeModel().respondWithTools(runCode('python', 'print(6 * 7)')).respond(new AIMessage('It is 42.'))
    const agent = createAgent({ model, tools: [tool(...codeExecutionTool(makeLocal()))] })
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'What is 6 times 7?' }] })
    expect(messages.at(-1)?.content).toBe('It is 42.')
    const answer = messages.find((message) => ToolMessage.isInstance(message))
    expect(answer?.content).toMatch(/succeeded: exit 0[\s\S]*42/)
  })

  test('runs code when it is called by itself, and says that somebody said no', async () => {
    const made = tool(...codeExecutionTool(makeLocal(), { name: 'sandbox' }))
    expect(made.name).toBe('sandbox')
    expect(await made.invoke({ language: 'bash', code: 'echo hi' })).toContain('hi')
    const denied = tool(...codeExecutionTool(new FaultyExecutor(), { approve: () => false }))
    expect(await denied.invoke({ language: 'bash', code: 'echo hi' })).toContain('denied')
  })

  test('ends the program when the call is aborted', async () => {
    const marker = newMarker()
    const controller = new AbortController()
    const made = tool(...codeExecutionTool(makeLocal()))
    const run = made.invoke({ language: 'bash', code: `sleep ${marker}` }, { signal: controller.signal })
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow()
    await expect.poll(() => processesWith(marker), { timeout: 15_000 }).toEqual([])
  })
})
