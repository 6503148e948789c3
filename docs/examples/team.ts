import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'
import { AssistantAgent, CodeExecutorAgent, maxMessages, RoundRobinGroupChat, textMention, type ModelFunction } from 'polyrun/agent'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const lines = ['```python\nprint(sorted("polyrun"))\n```', 'It works. DONE']
const model: ModelFunction = () => Promise.resolve(lines.shift() ?? '')
// #region team
const writer = new AssistantAgent({ name: 'writer', model, systemMessage: 'Write programs for the runner. Say DONE when they work.' })
const runner = new CodeExecutorAgent({ name: 'runner', codeExecutor: executor, sources: ['writer'], approve: () => true })
const team = new RoundRobinGroupChat({
  participants: [writer, runner],
  termination: textMention('DONE', { sources: ['writer'] }).or(maxMessages(12)),
})
const { messages, stopReason } = await team.run({ task: 'Sort the letters of "polyrun".' })
// #endregion
assert.deepEqual(
  messages.map(({ source }) => source),
  ['user', 'writer', 'runner', 'writer'],
)
assert.equal(stopReason, 'writer said "DONE"')
