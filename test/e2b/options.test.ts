import { describe, expect, test } from 'vitest'
import { createExecutor } from '../../src/config/create-executor.ts'
import type { ExecutorConfig } from '../../src/core/index.ts'
import { processServiceOf } from '../../src/executors/e2b/connect.ts'
import { E2BCodeExecutor, type E2BCodeExecutorOptions } from '../../src/executors/e2b/index.ts'
import { expectCode } from '../support/expect-code.ts'

describe('an option is refused', () => {
  test.each<[string, object]>([
    ['that nobody reads', { tempalte: 'base' }],
    ['an empty template', { template: ' ' }],
    ['a template that is no text', { template: 7 }],
    ['a template with a line break', { template: 'base\nX-Other: 1' }],
    ['a key that is no text', { apiKey: 1 }],
    ['a key with a line break', { apiKey: 'e2b_1\r\nX-Other: 1' }],
    ['an API without a scheme', { apiUrl: 'api.e2b.dev' }],
    ['an API that is a file', { apiUrl: 'file:///etc/passwd' }],
    ['an address of sandboxes that is none', { sandboxUrl: 'http//x' }],
    ['a lifetime of no time', { sandboxTimeoutMs: 0 }],
    ['a lifetime under a second', { sandboxTimeoutMs: 999 }],
    ['a lifetime that is no number', { sandboxTimeoutMs: Number.NaN }],
    ['a request that may take no time', { requestTimeoutMs: -1 }],
    ['a relative working directory', { workDir: 'work' }],
    ['the root as working directory', { workDir: '/' }],
    ['a working directory that climbs', { workDir: '/home/user/../../etc' }],
    ['a working directory with a NUL', { workDir: '/home/\0' }],
    ['metadata that is a list', { metadata: ['a'] }],
    ['metadata with a number', { metadata: { a: 1 } }],
    ['metadata with one of our names', { metadata: { 'polyrun.owner': 'x' } }],
    ['a gate that is none', { createGate: true }],
    ['a network that is perhaps there', { allowInternetAccess: 'no' }],
    ['a variable without a name', { env: { '': 'x' } }],
    ['a variable with a NUL', { env: { A: '\0' } }],
  ])('%s', async (_, options) => {
    const error = await expectCode(() => new E2BCodeExecutor(options), 'INVALID_ARGUMENT')
    expect(error.message).not.toContain('e2b_1')
  })

  test.each(['memory', 'cpus', 'pids', 'disk'] as const)('a limit on %s, which belongs to the template', async (limit) => {
    const error = await expectCode(
      () => new E2BCodeExecutor({ limits: { [limit]: 10_000_000 / (limit === 'memory' ? 1 : 1_000) } }),
      'CAPABILITY_UNSUPPORTED',
    )
    expect(error.message).toContain('template')
  })
})

test('programs reach no network when that was asked for, and only then', () => {
  expect(new E2BCodeExecutor().capabilities.has('network-isolation')).toBe(false)
  expect(new E2BCodeExecutor({ allowInternetAccess: false }).capabilities.has('network-isolation')).toBe(true)
})

describe('the package', () => {
  test.each<[string, object]>([
    ['no process service', {}],
    ['one that is nothing', { rpc: null }],
    ['one that starts nothing', { rpc: { sendSignal: () => {} } }],
  ])('in a version with %s is refused by name', async (_, members) => {
    const commands = { run: () => Promise.resolve({ stdout: '' }), ...members }
    const error = await expectCode(() => processServiceOf(commands), 'PEER_MISSING')
    expect(error.message).toContain('npm install e2b@')
  })
})

describe('a config', () => {
  const options: E2BCodeExecutorOptions = {
    apiKey: 'e2b_secret',
    template: 'mine',
    env: { TOKEN: 'secret-value' },
    createGate: (create) => create(),
    metadata: { team: 'x' },
  }

  test('has neither the key nor values of variables', () => {
    const config = new E2BCodeExecutor(options).toConfig()
    expect(config).toEqual({
      version: 1,
      executor: 'e2b',
      options: { template: 'mine', metadata: { team: 'x' } },
      env: ['TOKEN'],
      withheld: ['apiKey'],
    })
  })

  test('makes the executor again when what it withholds is given', async () => {
    const config = JSON.parse(JSON.stringify(new E2BCodeExecutor(options).toConfig())) as ExecutorConfig
    const made = await createExecutor(config, { env: { TOKEN: 'x' }, options: { apiKey: 'e2b_other' } })
    expect(made).toBeInstanceOf(E2BCodeExecutor)
    expect((made as E2BCodeExecutor).toConfig()).toEqual(config)
    await expectCode(createExecutor(config, { env: { TOKEN: 'x' } }), 'INVALID_ARGUMENT')
  })
})
