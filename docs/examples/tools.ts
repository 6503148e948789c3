import assert from 'node:assert/strict'
// #region tools
import { FILE_PERMISSIONS, LocalCodeExecutor } from 'polyrun'
import { workplaceTools } from 'polyrun/agent'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const tools = workplaceTools(executor, {
  groups: ['commands', 'background', 'files', 'images'], // all that the executor is able to, when not given
  permissions: { ...FILE_PERMISSIONS.strict, ask: ({ operation }) => operation === 'execute' }, // secrets are not there
  timeoutMs: 60_000,
})
const runCommand = tools.find(({ name }) => name === 'run_command')
const { text, isError } = (await runCommand?.execute({ command: 'echo hello; exit 3' })) ?? {}
// #endregion
assert.match(text ?? '', /Exit code 3[\s\S]*hello/)
assert.equal(isError, false)
