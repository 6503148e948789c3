import assert from 'node:assert/strict'
// #region first-run
import { LocalCodeExecutor } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const result = await executor.executeCode('print(6 * 7)', 'python')
// #endregion
assert.equal(result.output, '42\n')
assert.equal(result.exitCode, 0)
