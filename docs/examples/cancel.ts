import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })
const controller = new AbortController()
const code = 'sleep 300 & setsid sleep 300 & echo started; wait'
let reason: unknown
// #region cancel
try {
  for await (const event of executor.streamCode(code, 'bash', { signal: controller.signal })) {
    if (event.type === 'output-delta') controller.abort(new Error('the user closed the tab'))
  }
} catch (error) {
  reason = error // the very error that was given to abort(); both sleeps are gone
}
// #endregion
assert.equal((reason as Error).message, 'the user closed the tab')
