import assert from 'node:assert/strict'
// #region around
import { LocalCodeExecutor, withCache, withLogging, withValidation } from 'polyrun'

const events: string[] = []
await using local = new LocalCodeExecutor({ isolation: 'auto' })
const logged = withLogging(local, { log: (entry) => events.push(entry.event) })
const cached = withCache(logged)
const executor = withValidation(cached, { deny: { python: [/^\s*import\s+socket/m] } })

await executor.executeCode('print(1)', 'python')
await executor.executeCode('print(1)', 'py') // the same program: answered without running it
// #endregion
assert.equal(events.filter((event) => event === 'execution-start').length, 1)
await assert.rejects(executor.executeCode('x = 1\nimport socket', 'python'), { code: 'CODE_REJECTED' })
