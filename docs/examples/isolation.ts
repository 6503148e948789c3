import assert from 'node:assert/strict'
import { inspectHost } from '../../src/executors/local/index.ts'
import { CodeExecutorError, LocalCodeExecutor } from 'polyrun'

if (inspectHost().whyNoSandbox() === undefined) {
  // #region isolation
  await using executor = new LocalCodeExecutor({ isolation: 'bubblewrap', limits: { memory: '512m', pids: 64, cpus: 1 } })
  const result = await executor.executeCode('cat ~/.ssh/id_ed25519 /etc/shadow; touch /usr/mine; getent hosts example.org', 'bash')
  // #endregion
  assert.notEqual(result.exitCode, 0)
  assert.equal(result.output, '')
} else {
  assert.throws(
    () => new LocalCodeExecutor({ isolation: 'bubblewrap' }),
    (error) => CodeExecutorError.is(error, 'CAPABILITY_UNSUPPORTED'),
  )
}
