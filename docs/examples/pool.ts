import assert from 'node:assert/strict'
// #region pool
import { createExecutorPool, LocalCodeExecutor } from 'polyrun'

await using pool = createExecutorPool({ size: 2, create: () => new LocalCodeExecutor({ isolation: 'auto' }) })
await pool.start()
const results = await Promise.all([1, 2, 3, 4].map((n) => pool.executeCode(`print(${n} * ${n})`, 'python')))
// #endregion
assert.deepEqual(
  results.map(({ output }) => output),
  ['1\n', '4\n', '9\n', '16\n'],
)
