import assert from 'node:assert/strict'
import { MockLanguageModelV4 } from 'ai/test'

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
}
const model = new MockLanguageModelV4({
  doGenerate: [
    {
      content: [{ type: 'tool-call', toolCallId: '1', toolName: 'run_code', input: '{"language":"python","code":"print(6 * 7)"}' }],
      finishReason: { unified: 'tool-calls', raw: undefined },
      usage,
      warnings: [],
    },
    { content: [{ type: 'text', text: 'It is 42.' }], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] },
  ],
})
// #region ai-sdk
import { generateText, isStepCount } from 'ai'
import { LocalCodeExecutor } from 'polyrun'
import { codeExecutionTool } from 'polyrun/agent/ai-sdk'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const { text } = await generateText({
  model,
  tools: { run_code: codeExecutionTool(executor, { languages: ['python', 'bash'], timeoutMs: 10_000 }) },
  stopWhen: isStepCount(5),
  prompt: 'What is 6 times 7? Compute it.',
})
// #endregion
assert.equal(text, 'It is 42.')
