import { describe, expect, test } from 'vitest'
import { LocalCodeExecutor, portableHost, type LocalCodeExecutorOptions, type LocalHost } from '../../../src/executors/local/index.ts'
import { readSettings } from '../../../src/executors/local/options.ts'
import { expectCode } from '../../support/expect-code.ts'

/** A machine on which a sandbox works, as far as options are concerned. */
const sandboxing: LocalHost = { ...portableHost(), bubblewrap: '/usr/bin/bwrap', whyNoSandbox: () => undefined }
const read = (options: unknown, host = sandboxing) => readSettings(options as LocalCodeExecutorOptions, host)

describe('isolation', () => {
  test('is none unless something else is asked for', () => {
    expect(read({}).isolation).toBe('none')
    expect(read({ isolation: 'bubblewrap' })).toMatchObject({ isolation: 'bubblewrap', network: 'none' })
    expect(read({ isolation: 'bubblewrap', network: 'host' }).network).toBe('host')
  })

  test('auto takes the sandbox where it works, and none where it does not', () => {
    expect(read({ isolation: 'auto' }).isolation).toBe('bubblewrap')
    expect(read({ isolation: 'auto' }, portableHost()).isolation).toBe('none')
  })

  test('asked for by name where it does not work is refused with the reason', async () => {
    const { details, message } = await expectCode(() => read({ isolation: 'bubblewrap' }, portableHost()), 'CAPABILITY_UNSUPPORTED')
    expect(details).toEqual({ executor: 'local', capability: 'file-isolation', missing: 'left out on purpose' })
    expect(message).toContain('left out on purpose')
  })

  test.each<[unknown, string]>([
    [{ network: 'none' }, 'network-isolation'],
    [{ isolation: 'none', network: 'none' }, 'network-isolation'],
    [{ readOnlyPaths: ['/data'] }, 'file-isolation'],
    [{ readOnlyPaths: [] }, 'file-isolation'],
  ])('%o without a sandbox is refused', async (options, capability) => {
    expect((await expectCode(() => read(options), 'CAPABILITY_UNSUPPORTED')).details.capability).toBe(capability)
    expect(
      (await expectCode(() => read({ ...(options as object), isolation: 'auto' }, portableHost()), 'CAPABILITY_UNSUPPORTED')).details
        .capability,
    ).toBe(capability)
  })
})

describe('options that make no sense', () => {
  test.each<[string, unknown]>([
    ['options', null],
    ['options', 'fast'],
    ['options.workdir', { workdir: '/tmp' }],
    ['options.timeout', { timeout: 5 }],
    ['options.cwd', { cwd: '/tmp' }],
    ['isolation', { isolation: 'docker' }],
    ['isolation', { isolation: '' }],
    ['isolation', { isolation: true }],
    ['network', { network: 'all' }],
    ['network', { network: false }],
    ['workDir', { workDir: '' }],
    ['workDir', { workDir: 'a\0b' }],
    ['workDir', { workDir: 7 }],
    ['workDir', { workDir: null }],
    ['env', { env: 'A=B' }],
    ['env', { env: { 'A=B': 'x' } }],
    ['env', { env: { '': 'x' } }],
    ['env.A', { env: { A: 'x\0' } }],
    ['env.A', { env: { A: 5 } }],
    ['limits.memory', { limits: { memory: '1x' } }],
    ['limits.cpu', { limits: { cpu: 1 } }],
    ['virtualEnv', { virtualEnv: '/not/there' }],
  ])('%s is refused by name: %o', async (argument, options) => {
    expect((await expectCode(() => read(options), 'INVALID_ARGUMENT')).details.argument).toBe(argument)
  })

  // What a caller without types may write.
  test.each<[string, unknown]>([
    ['inheritEnv as text', { inheritEnv: 'PATH' }],
    ['inheritEnv as a number', { inheritEnv: 1 }],
    ['inheritEnv with a number in it', { inheritEnv: ['PATH', 7] }],
    ['readOnlyPaths as text', { isolation: 'bubblewrap', readOnlyPaths: '/data' }],
    ['readOnlyPaths with a number in it', { isolation: 'bubblewrap', readOnlyPaths: [7] }],
    ['readOnlyPaths with a NUL in it', { isolation: 'bubblewrap', readOnlyPaths: ['/a\0b'] }],
    ['virtualEnv as a number', { virtualEnv: 7 }],
    ['keepBackground as text', { keepBackground: 'false' }],
  ])('%s is refused with a coded error', async (_, options) => {
    await expectCode(() => read(options), 'INVALID_ARGUMENT')
  })

  test.each<[string, unknown]>([
    ['timeoutMs', { timeoutMs: 0 }],
    ['startupTimeoutMs', { startupTimeoutMs: -1 }],
    ['concurrency', { concurrency: 0 }],
    ['languages', { languages: [] }],
  ])('%s is refused by the constructor', async (argument, options) => {
    const { details } = await expectCode(
      () => new LocalCodeExecutor({ isolation: 'none', ...(options as LocalCodeExecutorOptions) }, portableHost()),
      'INVALID_ARGUMENT',
    )
    expect(details.argument).toBe(argument)
  })

  test('keepFiles as text is refused with a coded error', async () => {
    const options = { isolation: 'none', keepFiles: 'false' } as unknown as LocalCodeExecutorOptions
    await expectCode(() => new LocalCodeExecutor(options, portableHost()), 'INVALID_ARGUMENT')
  })
})

describe('limits on a machine that cannot hold them', () => {
  test.each<[LocalCodeExecutorOptions['limits'] & object, string]>([
    [{ pids: 10 }, 'pids-limit'],
    [{ cpus: 0.5 }, 'cpu-limit'],
    [{ memory: '64m', memorySwap: '64m' }, 'memory-swap-limit'],
  ])('%o is refused, and says what is missing', async (limits, capability) => {
    const { details, message } = await expectCode(
      () => new LocalCodeExecutor({ isolation: 'none', limits }, portableHost()),
      'CAPABILITY_UNSUPPORTED',
    )
    expect(details).toEqual({ executor: 'local', capability, missing: 'no cgroup can be made here' })
    expect(message).toContain('no cgroup can be made here')
  })

  test('on Windows every limit but time and output is refused', async () => {
    const windows: LocalHost = { ...portableHost(), platform: 'win32' }
    for (const limits of [{ memory: '64m' }, { disk: '1g' }, { openFiles: 64 }, { pids: 5 }, { cpus: 1 }]) {
      await expectCode(
        () => new LocalCodeExecutor({ isolation: 'none', limits }, windows),
        'CAPABILITY_UNSUPPORTED',
        JSON.stringify(limits),
      )
    }
    expect(new LocalCodeExecutor({ isolation: 'none', limits: { outputBytes: 10 } }, windows).name).toBe('local')
  })

  test('a machine whose cgroups lack one controller holds the others', async () => {
    const host: LocalHost = {
      ...portableHost(),
      cgroups: {
        parents: new Map([
          ['kill', '/a'],
          ['memory', '/a'],
        ]),
      },
    }
    expect([...new LocalCodeExecutor({ isolation: 'none', limits: { memory: '64m' } }, host).capabilities]).toContain('memory-limit')
    const { details } = await expectCode(
      () => new LocalCodeExecutor({ isolation: 'none', limits: { pids: 5 } }, host),
      'CAPABILITY_UNSUPPORTED',
    )
    expect(details.missing).toBe('the cgroup pids controller is not ours to use')
  })
})
