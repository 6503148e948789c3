import assert from 'node:assert/strict'
import { AIMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'

const model = fakeModel()
  .respondWithTools([{ name: 'run_code', args: { language: 'python', code: 'print(6 * 7)' } }])
  .respond(new AIMessage('It is 42.'))
// #region langchain
import { tool } from '@langchain/core/tools'
import { createAgent } from 'langchain'
import { LocalCodeExecutor } from 'polyrun'
import { codeExecutionTool } from 'polyrun/agent/langchain'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const agent = createAgent({ model, tools: [tool(...codeExecutionTool(executor, { languages: ['python', 'bash'] }))] })
const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'What is 6 times 7? Compute it.' }] })
// #endregion
assert.equal(messages.at(-1)?.content, 'It is 42.')
