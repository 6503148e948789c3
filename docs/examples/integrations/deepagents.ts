import assert from 'node:assert/strict'
import { AIMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'

const model = fakeModel()
  .respondWithTools([{ name: 'write_file', args: { file_path: '/sum.py', content: 'print(6 * 7)\n' }, id: '1' }])
  .respondWithTools([{ name: 'execute', args: { command: 'python3 sum.py' }, id: '2' }])
  .respond(new AIMessage('It is 42.'))
// #region deepagents
import { createDeepAgent } from 'deepagents'
import { LocalCodeExecutor } from 'polyrun'
import { toDeepAgentsBackend } from 'polyrun/agent/deepagents'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const agent = createDeepAgent({ model, backend: toDeepAgentsBackend(executor) })
const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'What is 6 times 7? Compute it.' }] })
// #endregion
assert.equal(messages.at(-1)?.content, 'It is 42.')
assert.ok(messages.some(({ content }) => JSON.stringify(content).includes('42')))
