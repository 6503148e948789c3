import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'

// #region languages
await using executor = new LocalCodeExecutor({
  isolation: 'auto',
  languages: [
    'bash', // a built-in row
    { name: 'python', command: ['/usr/bin/python3', '-I'] }, // a built-in row with an interpreter of your own
    { name: 'sorted', extensions: ['.txt'], command: ['sort', '--reverse'] }, // a row of your own: a command that takes the file
  ],
})
const result = await executor.executeCode('ant\nbee\ncat\n', 'sorted')
// #endregion
assert.equal(result.output, 'cat\nbee\nant\n')
await assert.rejects(executor.executeCode('puts 1', 'ruby'), { code: 'LANGUAGE_UNKNOWN' })
