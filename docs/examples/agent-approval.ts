import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'
import { CodeExecutorAgent } from 'polyrun/agent'

await using codeExecutor = new LocalCodeExecutor({ isolation: 'auto' })
const ask = (question: string): Promise<string> => Promise.resolve(question.includes('rm ') ? 'no, keep the files' : 'yes')
// #region approval
const agent = new CodeExecutorAgent({
  name: 'runner',
  codeExecutor,
  async approve({ programs: [program], limits, executor }) {
    const answer = await ask(`Run this on ${executor.name} for at most ${limits.timeoutMs} ms?\n${JSON.stringify(program?.source)}`)
    return answer === 'yes' || { approved: false, reason: answer }
  },
})
// #endregion
const { results } = await agent.run({ task: '```bash\necho fine\n```\n```bash\nrm -r .\n```' })
assert.deepEqual(
  results.map(({ status }) => status),
  ['ran', 'denied'],
)
