import assert from 'node:assert/strict'
import { createExecutor, LocalCodeExecutor } from 'polyrun'
import { CodeExecutorAgent, type AgentState, type ModelFunction } from 'polyrun/agent'

const heard: number[] = []
const model: ModelFunction = (messages) => Promise.resolve(`I heard ${heard.push(messages.length)}.`)
await using executor = new LocalCodeExecutor({ isolation: 'none', env: { TOKEN: 'secret' } })
const agent = new CodeExecutorAgent({ name: 'coder', codeExecutor: executor, model, approve: () => true })
await agent.run({ task: 'Hello.' })
// #region state
const saved = JSON.stringify({ agent: await agent.saveState(), executor: executor.toConfig() })

// later, in another process
const loaded = JSON.parse(saved) as { agent: AgentState; executor: ReturnType<typeof executor.toConfig> }
await using codeExecutor = await createExecutor(loaded.executor, { env: { TOKEN: 'secret' } })
const again = new CodeExecutorAgent({ name: 'coder', codeExecutor, model, approve: () => true })
await again.loadState(loaded.agent)
// #endregion
await again.run({ task: 'Still there?' })
assert.equal(saved.includes('secret'), false)
assert.deepEqual(heard.length, 2)
