import assert from 'node:assert/strict'
// #region code-blocks
import { extractCodeBlocks, toPrograms } from 'polyrun/agent'

const answer = `
> ~~~py title="src/helper.py"
> def double(n): return 2 * n
> ~~~

\`\`\`\`python
# filename: main.py
from src.helper import double
print(double(21), "\`\`\`")
\`\`\`\`

\`\`\`json
{ "this": "is data" }
\`\`\`
`
const code = extractCodeBlocks(answer)
const [program] = toPrograms(code, { multiFile: true })
// #endregion
assert.deepEqual(
  code.blocks.map(({ language, file, line }) => [language, file, line]),
  [
    ['python', 'src/helper.py', 2],
    ['python', 'main.py', 6],
  ],
)
assert.deepEqual(
  code.skipped.map(({ reason, tag }) => [reason, tag]),
  [['data', 'json']],
)
assert.equal(program?.entryPoint, 'main.py')
assert.deepEqual(Object.keys(program.source), ['src/helper.py', 'main.py'])
