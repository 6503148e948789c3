import assert from 'node:assert/strict'
// #region endings
import { CodeExecutorError, LocalCodeExecutor, ResourceExhaustedError, TimeoutError } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto', limits: { memory: '256m' }, timeoutMs: 5_000 })

export async function tell(code: string): Promise<string> {
  try {
    const result = await executor.executeCode(code, 'python')
    return result.success ? result.output : `failed with ${result.exitCode}: ${result.error}` // the program's business
  } catch (error) {
    if (error instanceof TimeoutError) return `too slow; until then it said: ${error.result.output}`
    if (error instanceof ResourceExhaustedError) return `too much ${error.details.limit}`
    if (CodeExecutorError.is(error, 'LANGUAGE_UNAVAILABLE')) return `install ${error.details.packages.join(' ')}`
    throw error
  }
}
// #endregion
assert.equal(await tell('print("fine")'), 'fine\n')
assert.match(await tell('raise SystemExit("oh no")'), /^failed with 1: oh no/)
assert.equal(await tell('x = bytearray(512 * 1024 * 1024)'), 'too much memory')
