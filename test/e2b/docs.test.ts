import { afterEach, expect } from 'vitest'
import { firstRun, sayWhatWasLost, throughGate } from '../../docs/examples/e2b.ts'
import type { E2BStandIn } from '../support/e2b/stand-in.ts'
import { sandboxTest } from '../support/e2b/with-stand-in.ts'

const NAMES = ['E2B_API_KEY', 'E2B_API_URL', 'E2B_SANDBOX_URL'] as const
const before = NAMES.map((name) => process.env[name])

/** Has the package find the stand-in as its users' machines find E2B. */
function lookAt({ connection }: E2BStandIn): void {
  const values = [connection.apiKey, connection.apiUrl, connection.sandboxUrl]
  for (const [index, name] of NAMES.entries()) process.env[name] = values[index]
}

afterEach(() => {
  for (const [index, name] of NAMES.entries()) {
    const value = before[index]
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

sandboxTest('the first example', async ({ standIn }) => {
  lookAt(standIn)
  expect(await firstRun()).toBe('Linux\n')
  expect(standIn.sandboxes.size).toBe(0)
})

sandboxTest('creations one after the other', async ({ standIn }) => {
  lookAt(standIn)
  expect(await throughGate()).toBe(3)
  expect(standIn.sandboxes.size).toBe(0)
})

sandboxTest('a sandbox that was replaced', async ({ standIn, make }) => {
  const executor = make()
  await executor.start()
  await standIn.end(standIn.only.id)
  expect(await sayWhatWasLost(executor)).toContain('replaced')
})
