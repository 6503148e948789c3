import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/core/index.ts'
import { sandboxError, type Doing } from '../../src/executors/e2b/sandbox-errors.ts'
import { expectCode } from '../support/expect-code.ts'
import type { Fault } from '../support/e2b/stand-in.ts'
import { sandboxTest } from '../support/e2b/with-stand-in.ts'

/** Through a name: the declarations of the package do not compile with the settings of this project. */
const PACKAGE: string = 'e2b'
const sdk = (await import(PACKAGE)) as Readonly<Record<string, unknown>>
type ErrorClass = new (message: unknown) => Error

/** What each error class of the package becomes while a sandbox is made, and while one is used. */
const CLASSES: Readonly<Record<string, readonly [creating: ErrorCode, using: ErrorCode]>> = {
  AuthenticationError: ['BACKEND_REJECTED', 'BACKEND_REJECTED'],
  BuildError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  CommandExitError: ['BACKEND_REJECTED', 'BACKEND_REJECTED'],
  FileNotFoundError: ['FILE_NOT_FOUND', 'FILE_NOT_FOUND'],
  FileUploadError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  GitAuthError: ['BACKEND_REJECTED', 'BACKEND_REJECTED'],
  GitUpstreamError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  InvalidArgumentError: ['BACKEND_REJECTED', 'BACKEND_REJECTED'],
  NotEnoughSpaceError: ['BACKEND_REJECTED', 'BACKEND_REJECTED'],
  NotFoundError: ['IMAGE_UNAVAILABLE', 'BACKEND_LOST'],
  RateLimitError: ['BACKEND_UNREACHABLE', 'BACKEND_UNREACHABLE'],
  SandboxError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  SandboxNotFoundError: ['BACKEND_LOST', 'BACKEND_LOST'],
  SecretError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  SecretNotFoundError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  ServiceBusyError: ['BACKEND_UNREACHABLE', 'BACKEND_UNREACHABLE'],
  TemplateError: ['IMAGE_UNAVAILABLE', 'IMAGE_UNAVAILABLE'],
  TimeoutError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  VolumeError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  VolumeNotFoundError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
  VolumePathNotFoundError: ['BACKEND_UNREACHABLE', 'BACKEND_LOST'],
}

test('every error class of the package has a row', () => {
  const classes = Object.entries(sdk).filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
  expect(classes.length).toBeGreaterThan(15)
  expect(classes.map(([name]) => name).toSorted()).toEqual(Object.keys(CLASSES).toSorted())
})

describe.each(Object.entries(CLASSES))('%s', (name, [creating, using]) => {
  test.each<[Doing, ErrorCode]>([
    ['creating', creating],
    ['using', using],
  ])('while %s is %s', (doing, code) => {
    const cause = new (sdk[name] as ErrorClass)(name === 'CommandExitError' ? { exitCode: 1, error: 'said' } : 'said')
    const error = sandboxError(cause, { doing, template: 'mine', path: 'a.txt' })
    expect(error.code).toBe(code)
    expect(error.cause).toBe(cause)
    expect(error.message).toContain('said')
    expect(error.message.length, 'the next step').toBeGreaterThan(40)
  })
})

/** Codes of a call, by number. */
test.each<[number, ErrorCode]>([
  [2, 'BACKEND_LOST'],
  [3, 'BACKEND_REJECTED'],
  [4, 'BACKEND_LOST'],
  [5, 'BACKEND_REJECTED'],
  [7, 'BACKEND_REJECTED'],
  [8, 'BACKEND_UNREACHABLE'],
  [12, 'BACKEND_REJECTED'],
  [13, 'BACKEND_LOST'],
  [14, 'BACKEND_LOST'],
  [16, 'BACKEND_REJECTED'],
])('a call that failed with the code %i is %s', (code, expected) => {
  const cause = Object.assign(new Error('said'), { name: 'ConnectError', code })
  expect(sandboxError(cause, { doing: 'using', template: 'mine' }).code).toBe(expected)
})

describe('through the package, a creation that is answered', () => {
  const cases: readonly [string, Fault, ErrorCode, RegExp][] = [
    ['400', { status: 400 }, 'BACKEND_REJECTED', /refused the request/],
    ['401', { status: 401 }, 'BACKEND_REJECTED', /E2B_API_KEY/],
    ['403', { status: 403 }, 'BACKEND_REJECTED', /plan of the account/],
    ['429', { status: 429 }, 'BACKEND_UNREACHABLE', /createGate/],
    ['500', { status: 500 }, 'BACKEND_UNREACHABLE', /could not make a sandbox/],
    ['502 without JSON', { status: 502, body: 'x' }, 'BACKEND_UNREACHABLE', /could not make a sandbox/],
    ['503', { status: 503 }, 'BACKEND_UNREACHABLE', /busy/],
    ['nothing', { status: 0, silent: true }, 'BACKEND_UNREACHABLE', /requestTimeoutMs/],
    ['a service that is too old', { status: 201, body: { sandboxID: 'x', envdVersion: '0.0.1' } }, 'IMAGE_UNAVAILABLE', /too old/],
  ]
  for (const [name, fault, code, words] of cases) {
    sandboxTest(`with ${name} is ${code}, and the next start works`, async ({ standIn, make }) => {
      standIn.faults.set('POST /v2/sandboxes', fault)
      const executor = make({ requestTimeoutMs: fault.silent === true ? 500 : 20_000 })
      expect((await expectCode(executor.start(), code)).message).toMatch(words)
      expect(standIn.sandboxes.size).toBe(0)
      expect((await executor.executeCode('echo fine', 'sh')).output).toBe('fine\n')
    })
  }

  sandboxTest('for a template that is not there is IMAGE_UNAVAILABLE', async ({ make }) => {
    const error = await expectCode(make({ template: 'klingon' }).start(), 'IMAGE_UNAVAILABLE')
    expect(error.details.image).toBe('klingon')
  })

  sandboxTest('for another key is BACKEND_REJECTED, and does not name the key', async ({ make }) => {
    const error = await expectCode(make({ apiKey: 'e2b_wrong' }).start(), 'BACKEND_REJECTED')
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('e2b_wrong')
  })
})

test('where nobody listens it is BACKEND_UNREACHABLE', async () => {
  const { E2BCodeExecutor } = await import('../../src/executors/e2b/index.ts')
  await using executor = new E2BCodeExecutor({ apiKey: 'e2b_1', apiUrl: 'http://127.0.0.1:9', sandboxUrl: 'http://127.0.0.1:9' })
  await expectCode(executor.start(), 'BACKEND_UNREACHABLE')
})

describe('a template that is of no use', () => {
  sandboxTest('for want of root is BACKEND_REJECTED, and its sandbox is ended', async ({ standIn, make }) => {
    standIn.onCreate = ({ envd }) => void envd.unknownUsers.add('root')
    await expectCode(make().start(), 'BACKEND_REJECTED')
    expect(standIn.sandboxes.size).toBe(0)
  })

  sandboxTest('for want of programs is BACKEND_REJECTED, and names them', async ({ standIn, make }) => {
    standIn.onCreate = ({ place }) => place.hide('/usr/bin/unshare')
    const error = await expectCode(make().start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/unshare.*util-linux/)
    expect(standIn.sandboxes.size).toBe(0)
  })
})

sandboxTest('no space for an upload is BACKEND_REJECTED, and the sandbox stays', async ({ standIn, make }) => {
  const executor = make()
  await executor.executeCode('echo kept > kept.txt', 'sh')
  standIn.only.envd.uploadFault = { status: 507, message: 'not enough disk space available' }
  const error = await expectCode(executor.executeCode('cat', 'sh', { stdin: 'x' }), 'BACKEND_REJECTED')
  expect(error.message).toContain('No space')
  standIn.only.envd.uploadFault = undefined
  expect((await executor.executeCode('cat kept.txt', 'sh', { stdin: 'x' })).output).toBe('kept\n')
})
