import assert from 'node:assert/strict'
import { setTracingDisabled, Usage, type Model, type ModelResponse } from '@openai/agents'

setTracingDisabled(true)
const lines: ModelResponse['output'] = [
  { type: 'function_call', callId: '1', name: 'run_code', status: 'completed', arguments: '{"language":"python","code":"print(6 * 7)"}' },
  { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'It is 42.' }] },
]
const model: Model = {
  getResponse: () => Promise.resolve({ usage: new Usage(), output: lines.splice(0, 1) }),
  getStreamedResponse: () => {
    throw new Error('not used')
  },
}
// #region openai-agents
import { Agent, run } from '@openai/agents'
import { LocalCodeExecutor } from 'polyrun'
import { codeExecutionTool } from 'polyrun/agent/openai-agents'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const agent = new Agent({ name: 'coder', model, tools: [codeExecutionTool(executor, { languages: ['python', 'bash'] })] })
const { finalOutput } = await run(agent, 'What is 6 times 7? Compute it.')
// #endregion
assert.equal(finalOutput, 'It is 42.')
