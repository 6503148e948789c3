import type { ClientSecretCredential } from '@azure/identity'
import { describe, expect, test } from 'vitest'
import { AzureContainerCodeExecutor } from '../../src/executors/azure-container/index.ts'
import type { ErrorCode } from '../../src/core/index.ts'
import type { Fault } from '../support/azure/faults.ts'
import { azureForFile, IMAGE, makeAzure, noAzure, reach, seeNoGroups } from '../support/azure-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noAzure)
const azure = await azureForFile({ images: { 'plain:1': 'debian:trixie-slim' }, delays: { restarting: 50 } })
const hello = ['echo hello', 'sh'] as const

describe('what Azure refuses', () => {
  const refusals: readonly (readonly [about: string, fault: Fault, code: ErrorCode, says: RegExp])[] = [
    [
      'a right is missing',
      { fault: 'forbidden', on: 'create' },
      'BACKEND_REJECTED',
      /containerGroups\/write.*request .*Give the caller the right Microsoft\.ContainerInstance\/containerGroups\/write/,
    ],
    [
      'a right for logs is missing',
      { fault: 'forbidden', on: 'logs', times: 9 },
      'BACKEND_REJECTED',
      /Give the caller the right Microsoft\.ContainerInstance\/containerGroups\/containers\/logs\/read/,
    ],
    ['a policy', { fault: 'policy-denies' }, 'BACKEND_REJECTED', /RequestDisallowedByPolicy.*policy/],
    [
      'the provider is not registered',
      { fault: 'provider-not-registered', on: 'create' },
      'BACKEND_REJECTED',
      /az provider register --namespace Microsoft\.ContainerInstance/,
    ],
    ['the subscription is unknown', { fault: 'subscription-unknown', on: 'create' }, 'BACKEND_REJECTED', /az account list/],
    ['the region has no such thing', { fault: 'region-unavailable' }, 'BACKEND_REJECTED', /Choose a region/],
    ['the image is not there', { fault: 'image-inaccessible' }, 'IMAGE_UNAVAILABLE', /InaccessibleImage.*python:3-slim/],
    ['the registry is overrun', { fault: 'registry-error' }, 'IMAGE_UNAVAILABLE', /Azure Container Registry/],
    [
      'the quota is used up',
      { fault: 'quota-reached', limit: 10, usage: 10 },
      'BACKEND_REJECTED',
      /Limit: '10', Usage: '10' Requested: '1'.*Quotas/,
    ],
    ['there is no capacity', { fault: 'no-capacity' }, 'BACKEND_UNREACHABLE', /no capacity.*several regions/],
    ['the image never comes', { fault: 'image-never-pulls' }, 'IMAGE_UNAVAILABLE', /could not pull/],
    ['the provisioning fails', { fault: 'provisioning-fails' }, 'BACKEND_REJECTED', /could not bring up/],
    ['the server is broken', { fault: 'server-error', on: 'create', times: 9 }, 'BACKEND_UNREACHABLE', /status 500/],
  ]
  test.each(refusals)('%s', { timeout: 90_000 }, async (about, fault, code, says) => {
    const on = azure.fail(fault)
    try {
      const error = await expectCode(makeAzure(azure).executeCode(...hello), code, about)
      expect(error.message).toMatch(says)
      expect(on.hits, 'the fault struck').toBeGreaterThan(0)
    } finally {
      on.off()
    }
    await seeNoGroups(azure)
  })

  test('a mount that fails', async () => {
    const on = azure.fail({ fault: 'mount-fails' })
    const error = await expectCode(makeAzure(azure).executeCode(...hello), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/FailedMount.*azureFileShare/)
    on.off()
    await seeNoGroups(azure)
  })

  test('an operation that never ends is given up, and its group deleted', async () => {
    const on = azure.fail({ fault: 'operation-stuck' })
    const error = await expectCode(makeAzure(azure, { startupTimeoutMs: 1_500 }).executeCode(...hello), 'START_TIMEOUT')
    expect(error.message).toMatch(/1500 ms.*another region/)
    on.off()
    await seeNoGroups(azure)
  })

  test('the next region is tried where another one may do', async () => {
    const on = azure.fail({ fault: 'no-capacity' })
    const places: string[] = []
    const executor = makeAzure(azure, {
      location: ['westeurope', 'North Europe'],
      onProgress: ({ state, location }) => state === 'running' && places.push(location),
    })
    expect((await executor.executeCode(...hello)).output).toBe('hello\n')
    expect(places).toEqual(['northeurope'])
    expect(on.hits).toBe(1)
  })

  test.each([{ retryAfterSeconds: 1 }, {}])('429 is waited out: %o', async (how) => {
    const on = azure.fail({ fault: 'throttled', on: ['create', 'logs', 'get'], times: 2, ...how })
    expect((await makeAzure(azure).executeCode(...hello)).output).toBe('hello\n')
    expect(on.hits).toBe(2)
  })

  test('an abort ends the wait that a Retry-After asks for', async () => {
    const on = azure.fail({ fault: 'throttled', on: 'get', retryAfterSeconds: 60, times: 9 })
    const controller = new AbortController()
    const run = makeAzure(azure).executeCode(...hello, { signal: controller.signal })
    await expect.poll(() => on.hits).toBeGreaterThan(0)
    on.off()
    const startedAt = performance.now()
    controller.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    await seeNoGroups(azure)
  })
})

describe('credentials', () => {
  test('none at all', async () => {
    const executor = makeAzure(azure, {
      credential: {
        getToken: () => Promise.reject(Object.assign(new Error('nobody is logged in'), { name: 'CredentialUnavailableError' })),
      },
    })
    expect((await expectCode(executor.executeCode(...hello), 'BACKEND_REJECTED')).message).toMatch(/az login/)
  })

  test('a secret that is wrong', async () => {
    const executor = makeAzure(azure, { credential: azure.credential({ clientSecret: 'wrong' }) })
    expect((await expectCode(executor.executeCode(...hello), 'BACKEND_REJECTED')).message).toMatch(/Entra ID refused/)
  })

  test('a token for somebody else, and an expired one', async () => {
    const real: ClientSecretCredential = azure.credential()
    const elsewhere = makeAzure(azure, { credential: { getToken: () => real.getToken('https://storage.azure.com/.default') } })
    expect((await expectCode(elsewhere.executeCode(...hello), 'BACKEND_REJECTED')).message).toMatch(
      /401.*Next|401.*meant for somebody else|meant for somebody else/,
    )
    const on = azure.fail({ fault: 'token-expired', times: 20 })
    const expired = makeAzure(azure, { credential: azure.credential() })
    const error = await expectCode(expired.executeCode(...hello), 'BACKEND_REJECTED')
    on.off()
    expect(error.message).toMatch(/expired/)
  })
})

describe('a group in trouble', () => {
  test.each(['restarts', 'deleted-outside'] as const)('%s in the middle of a run', async (fault) => {
    const on = azure.fail({ fault, afterMs: 400 })
    await expectCode(makeAzure(azure).executeCode('echo begun; sleep 20', 'sh'), 'BACKEND_LOST')
    on.off()
    await seeNoGroups(azure)
  })

  test('an image without /bin/sh, base64 or the interpreter', async () => {
    const missing = makeAzure(azure, { image: 'plain:1' })
    const error = await expectCode(missing.executeCode('print(1)', 'python'), 'LANGUAGE_UNAVAILABLE')
    expect(error.details.tried).toContain('python3')
    expect((await missing.executeCode(...hello)).output).toBe('hello\n')
  })

  test('log lines that the program forges are its output and nothing else', async () => {
    const source = `
for line in "$(printf '%032d' 0) x ended 0 0 0 0 1 0 0" 'x ended 0 0 0 0 1 0 0' 'polyrun-ready'; do echo "$line"; echo "$line" >&2; done
for fd in /proc/1/fd/1 /proc/1/fd/2 /proc/1/fd/5 /dev/console /dev/tty; do echo forged 2>/dev/null >"$fd"; done 2>/dev/null
cat /proc/[0-9]*/environ 2>/dev/null | tr '\\000' '\\n' | grep -c POLYRUN_SECRET
cat /proc/[0-9]*/cmdline /.polyrun*/* 2>/dev/null | tr '\\000' ' ' | grep -cE '[0-9a-f]{32}'
kill -9 1 -1 2>/dev/null
exit 7`
    for (const isolation of ['execution', 'session'] as const) {
      const result = await makeAzure(azure, { isolation }).executeCode(source, 'sh')
      expect(result.output, isolation).toMatch(/polyrun-ready\n0\n0\n$/)
      expect(result.error.split('\n')).toHaveLength(4)
    }
  })
})

describe('what is refused before any call', () => {
  const before = (): number => azure.requests.length

  test('a source of 2 MB', async () => {
    const count = before()
    const executor = makeAzure(azure)
    const error = await expectCode(executor.executeCode(`# ${'x'.repeat(2_000_000)}\necho hello`, 'sh'), 'FILE_TOO_LARGE')
    expect(error.details.limitBytes).toBe(1024 ** 2)
    expect(error.message).toMatch(/1048576.*session/)
    expect(azure.requests.length - count).toBe(0)
  })

  test('a language for which no image is given', async () => {
    const count = before()
    const executor = makeAzure(azure, { image: { python: IMAGE } })
    await expectCode(executor.executeCode(...hello), 'CAPABILITY_UNSUPPORTED')
    expect(azure.requests.length - count).toBe(0)
    expect((await executor.executeCode('print(6 * 7)', 'python')).output).toBe('42\n')
  })

  test('memory and cores above those of a group', () => {
    for (const options of [{ limits: { memory: '300g' } }, { limits: { cpus: 64 } }, { memoryGb: 512 }, { cpuCores: 64 }])
      expect(() => new AzureContainerCodeExecutor({ ...reach(azure), ...options })).toThrow(/group|must be a number from/)
  })
})

test('file names that no secret volume can hold are held all the same', async () => {
  const names = ['with space.txt', "it's.txt", 'ünïcödé ✓.txt', '$(echo x).txt', 'a/-b/c.txt', `${'x'.repeat(250)}.txt`]
  const files = Object.fromEntries(names.map((name, index) => [name, `${index}\n`]))
  const source = `import pathlib\nfor name in ${JSON.stringify(names)}: print(pathlib.Path(name).read_text(), end="")`
  const { output } = await makeAzure(azure).executeCode({ ...files, 'main.py': source }, 'python')
  expect(output).toBe(names.map((_, index) => `${index}\n`).join(''))
})

describe('the exec socket', () => {
  test('a port that is blocked', { timeout: 90_000 }, async () => {
    const on = azure.fail({ fault: 'socket-refused', times: 9 })
    const error = await expectCode(makeAzure(azure, { isolation: 'session' }).executeCode(...hello), 'BACKEND_UNREACHABLE')
    on.off()
    expect(error.message).toMatch(/localhost:\d+.*isolation: 'execution'/)
    await seeNoGroups(azure)
  })

  test('a socket that is cut in the middle of a frame: the program is ended, and the next run works', async () => {
    const executor = makeAzure(azure, { isolation: 'session' })
    expect((await executor.executeCode('echo 1 >>count; echo hello', 'sh')).output).toBe('hello\n')
    const run = executor.executeCode('echo 1 >>count; echo begun; sleep 30; echo 1 >>count', 'sh')
    setTimeout(() => azure.cutSockets(), 500)
    await expectCode(run, 'BACKEND_LOST')
    expect(
      (await executor.executeCode('wc -l <count; ps aux 2>/dev/null | grep -c "[s]leep 30"', 'sh')).output.split('\n')[0]?.trim(),
    ).toBe('2')
  })

  test('a group that is deleted from outside: the next run has another one, and says what was lost', async () => {
    const executor = makeAzure(azure, { isolation: 'session' })
    await executor.executeCode('touch kept', 'sh')
    await azure.deleteFromOutside(azure.groups()[0]?.name ?? '')
    const result = await executor
      .executeCode('ls kept 2>/dev/null; echo hello', 'sh')
      .catch(() => executor.executeCode('ls kept 2>/dev/null; echo hello', 'sh'))
    expect(result.output).toBe('hello\n')
    await executor.stop()
    await seeNoGroups(azure)
  })
})
