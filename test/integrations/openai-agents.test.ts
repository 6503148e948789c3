import { Agent, Runner, Usage, type Model, type ModelRequest, type ModelResponse } from '@openai/agents'
import { describe, expect, test } from 'vitest'
import { codeExecutionTool } from '../../src/agent/integrations/openai-agents.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, processesWith, seeAlive } from '../support/world.ts'

type Output = ModelResponse['output'][number]

const says = (text: string): Output => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text }],
})
const calls = (input: string): Output => ({ type: 'function_call', callId: '1', name: 'run_code', status: 'completed', arguments: input })

/** A model that says its lines, and what it was asked. */
function scripted(...lines: readonly Output[]): Model & { readonly requests: ModelRequest[] } {
  const requests: ModelRequest[] = []
  return {
    requests,
    getResponse(request) {
      const line = lines[requests.push(request) - 1]
      return line ? Promise.resolve({ usage: new Usage(), output: [line] }) : Promise.reject(new Error('not expected'))
    },
    getStreamedResponse: () => {
      throw new Error('not expected')
    },
  }
}

const runner = new Runner({ tracingDisabled: true })
function lastOutput({ requests }: { readonly requests: readonly ModelRequest[] }): string {
  const input = requests.at(-1)?.input ?? []
  return JSON.stringify(typeof input === 'string' ? input : input.at(-1))
}

describe('the tool', () => {
  test('runs code for an agent, which reads what it printed', async () => {
    const model = scripted(calls(JSON.stringify({ language: 'python', code: 'print(6 * 7)' })), says('It is 42.'))
    const agent = new Agent({ name: 'coder', model, tools: [codeExecutionTool(makeLocal(), { languages: ['python'] })] })
    const { finalOutput } = await runner.run(agent, 'What is 6 times 7?')
    expect(finalOutput).toBe('It is 42.')
    expect(model.requests[0]?.tools).toMatchObject([
      { type: 'function', name: 'run_code', strict: true, parameters: { properties: { language: { enum: ['python'] } } } },
    ])
    expect(lastOutput(model)).toMatch(/succeeded: exit 0.*42/)
  })

  test('tells the model what it gave wrong', async () => {
    const executor = new FaultyExecutor()
    const model = scripted(calls('{"language":"klingon","code":"x"}'), says('Sorry.'))
    await runner.run(new Agent({ name: 'coder', model, tools: [codeExecutionTool(executor)] }), 'Go.')
    expect(lastOutput(model)).toContain('Nothing was run')
    expect(executor.calls).toEqual([])
  })

  test.each(['{ no json', '[]', 'null', '{"code":1}'])('runs nothing for %s', async (input) => {
    const executor = new FaultyExecutor()
    expect(await codeExecutionTool(executor).invoke(undefined, input)).toContain('Nothing was run')
    expect(executor.calls).toEqual([])
  })

  test('ends the program when the run is aborted', async () => {
    const marker = newMarker()
    const controller = new AbortController()
    const model = scripted(calls(JSON.stringify({ language: 'bash', code: `sleep ${marker}` })), says('Never.'))
    const agent = new Agent({ name: 'coder', model, tools: [codeExecutionTool(makeLocal())] })
    const run = runner.run(agent, 'Go.', { signal: controller.signal })
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow()
    await expect.poll(() => processesWith(marker), { timeout: 15_000 }).toEqual([])
  })
})
