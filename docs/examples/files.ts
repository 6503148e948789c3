import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
// #region files
const result = await executor.executeCode(
  {
    'main.py': 'import sys, helper\nprint(helper.greet(sys.argv[1]), sys.stdin.read())',
    'helper.py': 'def greet(name):\n    return f"hello {name}"\n',
  },
  'python',
  { args: ['Ada'], stdin: 'from standard input' },
)
// #endregion
assert.equal(result.output, 'hello Ada from standard input\n')
