import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'
import { CodeExecutorAgent } from 'polyrun/agent'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const markdown = 'First\n\n```python\nprint(6 * 7)\n```\n\nand then\n\n```bash\necho done\n```'
let printed = ''
// #region without-model
const runner = new CodeExecutorAgent({ name: 'runner', codeExecutor: executor, sources: ['user', 'writer'], approve: () => true })

for await (const event of runner.runStream({ task: markdown })) {
  if (event.type === 'output-delta') printed += event.text
  if (event.type === 'end') console.log(event.response.results.length, event.response.message.content)
}
// #endregion
assert.equal(printed, '42\ndone\n')
