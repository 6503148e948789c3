import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'
import { CodeExecutorAgent, type ModelFunction } from 'polyrun/agent'

const lines = ['Let me compute it.\n\n```python\nprint(sum(n for n in range(1000) if n % 7 == 0))\n```', 'The sum is 71071.']
const model: ModelFunction = () => Promise.resolve(lines.shift() ?? '')
// #region agent
await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const agent = new CodeExecutorAgent({ name: 'coder', codeExecutor: executor, model, approve: () => true })

const { message, results } = await agent.run({ task: 'What is the sum of the multiples of 7 below 1000?' })
console.log(message.content) // what the model says after it has seen what its code printed
// #endregion
assert.equal(message.content, 'The sum is 71071.')
assert.equal(results[0]?.status === 'ran' && results[0].result.output, '71071\n')
