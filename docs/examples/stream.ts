import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
let seen = ''
const code = 'for i in 1 2 3; do echo "step $i"; done'
// #region stream
for await (const event of executor.streamCode(code, 'bash')) {
  if (event.type === 'output-delta') seen += event.text
  if (event.type === 'end') console.log(event.result.termination.kind, event.result.durationMs)
}
// #endregion
assert.equal(seen, 'step 1\nstep 2\nstep 3\n')
