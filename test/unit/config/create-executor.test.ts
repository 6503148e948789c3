import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createExecutor, LocalCodeExecutor, type ExecutorConfig } from '../../../src/index.ts'
import { AzureContainerCodeExecutor } from '../../../src/executors/azure-container/index.ts'
import { DockerJupyterCodeExecutor } from '../../../src/executors/docker-jupyter/index.ts'
import { DockerCodeExecutor } from '../../../src/executors/docker/index.ts'
import { E2BCodeExecutor } from '../../../src/executors/e2b/index.ts'
import { JupyterCodeExecutor } from '../../../src/executors/jupyter/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { makeLocal } from '../../support/local.ts'

const viaJson = (config: ExecutorConfig): ExecutorConfig => JSON.parse(JSON.stringify(config)) as ExecutorConfig

describe('a local executor', () => {
  test('goes through JSON and is made again', async () => {
    const config = viaJson(
      makeLocal({
        isolation: 'none',
        timeoutMs: 7000,
        limits: { outputBytes: 4 },
        languages: ['python'],
        env: { TOKEN: 'secret-value' },
      }).toConfig(),
    )
    expect(JSON.stringify(config)).not.toContain('secret-value')
    await using made = await createExecutor(config, { env: { TOKEN: 'other' } })
    expect(made).toBeInstanceOf(LocalCodeExecutor)
    expect(made.limits).toMatchObject({ timeoutMs: 7000, outputBytes: 4 })
    const result = await made.executeCode('import os; print(os.environ["TOKEN"][:3])', 'python')
    expect(result.output).toBe('oth\n')
    await expectCode(made.executeCode('1', 'ruby'), 'LANGUAGE_UNKNOWN')
    expect((made as LocalCodeExecutor).toConfig()).toEqual(config)
  })

  test('without a working directory of its own gets a new one, not the old temporary one', async () => {
    const executor = makeLocal()
    await executor.start()
    expect(executor.toConfig().options).not.toHaveProperty('workDir')
  })

  test('keeps rows of languages that are data, and has no config with functions', async () => {
    const row = { name: 'cowsay', extensions: ['.cow'], command: ['cat'] } as const
    const config = viaJson(makeLocal({ languages: [row] }).toConfig())
    await using made = await createExecutor(config)
    expect((await made.executeCode('moo', 'cowsay')).output).toBe('moo')
    await expectCode(() => makeLocal({ languages: [{ ...row, fileName: () => 'x' }] }).toConfig(), 'INVALID_ARGUMENT')
  })
})

describe('a docker executor', () => {
  test('goes through JSON and is made again, when its connection is given again', async () => {
    const docker = { socketPath: '/nowhere/docker.sock' }
    const options = { docker, image: 'x', environment: { TOKEN: 'secret-value' }, network: 'bridge', onImageProgress: () => {} }
    const executor = new DockerCodeExecutor(options)
    const config = viaJson(executor.toConfig())
    expect(config).toMatchObject({ options: { image: 'x', network: 'bridge' }, env: ['TOKEN'], withheld: ['docker'] })
    expect(JSON.stringify(config)).not.toMatch(/secret-value|nowhere/)
    const env = { TOKEN: 'other' }
    const made = await createExecutor(config, { env, options: { docker } })
    expect(made).toBeInstanceOf(DockerCodeExecutor)
    expect((made as DockerCodeExecutor).toConfig()).toEqual(config)
    const error = await expectCode(createExecutor(config, { env }), 'INVALID_ARGUMENT')
    expect(error.message).toContain('docker')
  })
})

/** Executors with everything in them that is nobody's business, and what has to be given again. */
const SECRETIVE = {
  jupyter: {
    make: () => new JupyterCodeExecutor({ serverUrl: 'https://hub.example/user/ann/?token=secret-1', kernelName: 'ir' }),
    options: { serverUrl: 'https://hub.example/user/ann/', token: 'secret-2' },
    kept: { kernelName: 'ir' },
  },
  'docker-jupyter': {
    make: () =>
      new DockerJupyterCodeExecutor({
        docker: { socketPath: '/secret-1' },
        network: 'bridge',
        portRange: [8888, 8900],
        token: 'secret-2secret-2secret-2',
        environment: { TOKEN: 'secret-3' },
      }),
    options: { docker: { socketPath: '/other' }, token: 'another-token-of-some-length' },
    kept: { network: 'bridge', portRange: [8888, 8900] },
  },
  'azure-container': {
    make: () =>
      new AzureContainerCodeExecutor({
        subscriptionId: '11111111-2222-4333-8444-555555555555',
        resourceGroup: 'group',
        location: 'westeurope',
        image: 'debian',
        environment: { TOKEN: 'secret-1' },
        secureEnvironment: { KEY: 'secret-2' },
        registry: { server: 'r.example', username: 'u', password: 'secret-3' },
        azureFileShare: { accountName: 'account', shareName: 'share', mountPath: '/data', accountKey: 'secret-4' },
      }),
    options: {
      secureEnvironment: { KEY: 'x' },
      registry: { server: 'r.example', username: 'u', password: 'x' },
      azureFileShare: { accountName: 'account', shareName: 'share', mountPath: '/data', accountKey: 'x' },
    },
    kept: { resourceGroup: 'group', location: 'westeurope', image: 'debian' },
  },
  e2b: {
    make: () => new E2BCodeExecutor({ template: 'mine', apiKey: 'secret-1', env: { TOKEN: 'secret-2' } }),
    options: { apiKey: 'other' },
    kept: { template: 'mine' },
  },
} as const

test.each(Object.entries(SECRETIVE))(
  'the config of %s holds nothing secret, and is good for another one',
  async (name, { make, options, kept }) => {
    const config = viaJson(make().toConfig())
    expect(config).toMatchObject({ executor: name, options: kept })
    expect(JSON.stringify(config)).not.toContain('secret')
    const env = Object.fromEntries(config.env.map((variable) => [variable, 'other']))
    const made = (await createExecutor(config, { env, options })) as ReturnType<typeof make>
    expect(made).toBeInstanceOf(make().constructor)
    expect(viaJson(made.toConfig()).options).toEqual(config.options)
    await expectCode(createExecutor(config, { env }), 'INVALID_ARGUMENT')
  },
)

describe('a config is refused', () => {
  const good = makeGood()
  function makeGood(): ExecutorConfig {
    return { version: 1, executor: 'local', options: { isolation: 'none' }, env: [], withheld: [] }
  }
  test.each<[string, unknown]>([
    ['nothing', null],
    ['another version', { ...good, version: 2 }],
    ['an executor nobody knows', { ...good, executor: 'moon' }],
    ['the name of an inherited property', { ...good, executor: 'constructor' }],
    ['an unknown key', { ...good, limits: {} }],
    ['an unknown option', { ...good, options: { memory: 1 } }],
    ['no options', { ...good, options: undefined }],
    ['no list of variables', { ...good, env: undefined }],
    ['no list of what is withheld', { ...good, withheld: undefined }],
    ['something that is withheld', { ...good, withheld: ['docker'] }],
    ['a variable without a value', { ...good, env: ['TOKEN'] }],
  ])('that is or has %s', async (_, config) => {
    await expectCode(createExecutor(config as ExecutorConfig), 'INVALID_ARGUMENT')
  })
})

test('every executor can be made from a config', async () => {
  const root = new URL('../../../src/executors/', import.meta.url)
  const executors = readdirSync(root).filter((name) => existsSync(new URL(`${name}/index.ts`, root)))
  expect(executors).toContain('local')
  for (const executor of executors) {
    const error = await createExecutor({ version: 1, executor, options: { nonsense: 1 }, env: [], withheld: [] }).catch(
      (each: unknown) => each,
    )
    expect(String(error), executor).toContain('nonsense')
  }
})
