import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MockLanguageModelV4 } from 'ai/test'

const directory = mkdtempSync(join(tmpdir(), 'stirrup-'))
mkdirSync(join(directory, 'data'))
writeFileSync(join(directory, 'data', 'a.csv'), '1\n2\n')
writeFileSync(join(directory, 'data', 'b.csv'), '3\n')
const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
}
const model = new MockLanguageModelV4({
  doGenerate: [
    {
      content: [
        { type: 'tool-call', toolCallId: '1', toolName: 'run_command', input: '{"command":"cat *.csv | wc -l > report.txt","cwd":null}' },
      ],
      finishReason: { unified: 'tool-calls', raw: undefined },
      usage,
      warnings: [],
    },
    {
      content: [{ type: 'tool-call', toolCallId: '2', toolName: 'finish', input: '{"paths":"report.txt"}' }],
      finishReason: { unified: 'tool-calls', raw: undefined },
      usage,
      warnings: [],
    },
    { content: [{ type: 'text', text: 'Done.' }], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] },
  ],
})

// #region agent
import { generateText, isStepCount } from 'ai'
import { LocalCodeExecutor, openSession } from 'polyrun'
import { defineTool, workplaceTools } from 'polyrun/agent'
import { aiSdkTools } from 'polyrun/agent/ai-sdk'

const session = await openSession({
  executor: new LocalCodeExecutor({ isolation: 'auto' }),
  inputFiles: join(directory, 'data', '*.csv'),
  outputDir: join(directory, 'results'),
})
const finish = defineTool({
  name: 'finish',
  description: 'Ends the task. Name the files that are its result, separated by commas.',
  fields: { paths: { type: 'string', description: 'Files, separated by commas.' } },
  async run({ paths }) {
    const missing = await session.declareOutputs(paths.split(',').map((path) => path.trim()))
    const text = missing.length === 0 ? 'The task is done.' : missing.map(({ message }) => message).join('\n')
    return { text, isError: missing.length > 0, images: [] }
  },
})
const tools = [...workplaceTools(session.executor, { groups: ['commands', 'files', 'images'] }), finish]
await generateText({ model, tools: aiSdkTools(tools), stopWhen: isStepCount(20), prompt: 'Analyze the CSV files and create a report.' })
const { saved } = await session.close()
// #endregion
assert.deepEqual(
  saved.map(({ path }) => path),
  ['report.txt'],
)
assert.equal(readFileSync(join(directory, 'results', 'report.txt'), 'utf8').trim(), '3')
rmSync(directory, { recursive: true })
