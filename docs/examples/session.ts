import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager, LocalCodeExecutor, openSession } from 'polyrun'

const directory = mkdtempSync(join(tmpdir(), 'session-'))
const data = join(directory, 'data')
const results = join(directory, 'results')
writeFileSync(join(directory, 'numbers.csv'), '3\n1\n2\n')

// #region session
const session = await openSession({
  executor: new LocalCodeExecutor({ isolation: 'auto' }),
  inputFiles: join(directory, '*.csv'), // one path, many, a pattern, a directory
  outputDir: results,
})
await session.executor.executeCode('sort numbers.csv > report.txt', 'bash')
const missing = await session.declareOutputs(['report.txt']) // empty: all of them are there
const { saved, failed } = await session.close() // copies the outputs, and ends everything
// #endregion
assert.deepEqual([missing, failed], [[], []])
assert.equal(readFileSync(saved[0]?.target ?? '', 'utf8'), '1\n2\n3\n')

// #region child
await using parent = await openSession({ executor: new LocalCodeExecutor({ isolation: 'auto' }) })
await parent.files.write('question.txt', 'six times seven')
const child = await parent.openChild({ executor: new LocalCodeExecutor({ isolation: 'auto' }), inputFiles: 'question.txt' })
await child.executor.executeCode('echo 42 > answer.txt', 'bash')
await child.declareOutputs('answer.txt')
await child.close() // answer.txt is in the parent now
// #endregion
assert.equal(await parent.files.exists('answer.txt'), true)

// #region manager
await using sessions = createSessionManager({
  open: (userId, { signal }) =>
    openSession({ executor: new LocalCodeExecutor({ isolation: 'auto' }), outputDir: join(data, userId), signal }),
  idleTimeoutMs: 15 * 60_000,
  maxSessions: 50,
})
const { output } = await sessions.use('ann', ({ executor }) => executor.executeCode('echo hello', 'bash'))
// #endregion
assert.equal(output, 'hello\n')
rmSync(directory, { recursive: true })
