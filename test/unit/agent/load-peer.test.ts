import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { loadPeer } from '../../../src/agent/model/load-peer.ts'
import { expectCode } from '../../support/expect-code.ts'

const missing = 'polyrun-no-such-package'
/** What Node itself throws for a package that is not there; the test runner's loader says it otherwise. */
const notFound = (() => {
  const program = `import('${missing}').catch(({ code, message }) => console.log(JSON.stringify({ code, message })))`
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const { code, message } = JSON.parse(told) as { readonly code: string; readonly message: string }
  return Object.assign(new Error(message), { code })
})()

test('a package that is missing is told with the command that installs it', async () => {
  const error = await expectCode(
    loadPeer(missing, 'This test', () => Promise.reject(notFound)),
    'PEER_MISSING',
  )
  expect(error.message).toBe(`This test needs the package "${missing}". Run: npm install ${missing}`)
  expect(error.details).toEqual({ executor: 'This test', peer: missing })
  expect(error.cause).toBe(notFound)
})

test('a package that is there and lacks one of its own is told as it is', async () => {
  await expect(loadPeer('ai', 'This test', () => Promise.reject(notFound))).rejects.toBe(notFound)
})

test('one that is broken is told as it is, and one that is there is loaded', async () => {
  const broken = new SyntaxError('Unexpected token')
  await expect(loadPeer('ai', 'This test', () => Promise.reject(broken))).rejects.toBe(broken)
  expect(await loadPeer('ai', 'This test', () => Promise.resolve(7))).toBe(7)
})
