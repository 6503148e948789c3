// What a user of the package may write. It is compiled against the installed tarball, with the strictest settings.
import { CodeExecutorError, LocalCodeExecutor, type CodeExecutor, type CodeResult, type ExecutionEvent } from 'polyrun'
import { CodeExecutorAgent, extractCodeBlocks, type AgentEvent } from 'polyrun/agent'
import { codeExecutionTool } from 'polyrun/agent/ai-sdk'
import * as testing from 'polyrun/testing'

async function compute(executor: CodeExecutor): Promise<CodeResult> {
  for await (const event of executor.streamCode('console.log(6 * 7)', 'javascript', { timeoutMs: 20_000 })) report(event)
  return executor.executeCode({ 'main.js': 'console.log(6 * 7)' }, 'javascript', { args: ['one'], env: { TWO: '2' } })
}

function report(event: ExecutionEvent): void {
  if (event.type === 'end') console.log(event.result.termination.kind, event.result.omittedBytes.output)
  else if (event.type === 'output-delta') console.log(event.text.trim())
}

try {
  await using executor = new LocalCodeExecutor({ isolation: 'none', limits: { outputBytes: 1000 } })
  await using agent = new CodeExecutorAgent({ name: 'runner', codeExecutor: executor, approve: () => true })
  const { events } = await agent.run({ task: '```js\nconsole.log(6 * 7)\n```' })
  console.log(
    events.map((event: AgentEvent) => event.type).join(),
    extractCodeBlocks('').blocks.length,
    codeExecutionTool(executor).description,
  )
  console.log((await compute(executor)).output, Object.keys(testing).length)
} catch (error) {
  if (CodeExecutorError.is(error, 'LANGUAGE_UNAVAILABLE')) console.log(error.details.tried.join(', '))
  throw error
}
