import { describe, expect, test } from 'vitest'
import { DockerJupyterCodeExecutor, type DockerJupyterCodeExecutorOptions } from '../../src/executors/docker-jupyter/index.ts'
import { createExecutor } from '../../src/config/create-executor.ts'
import { expectCode } from '../support/expect-code.ts'

const TOKEN = 'a-token-that-nobody-guesses'
const make = (options: object): DockerJupyterCodeExecutor => new DockerJupyterCodeExecutor(options as DockerJupyterCodeExecutorOptions)

describe('what makes no sense is refused when the executor is made', () => {
  test.each([
    ['portRange', { portRange: [8888, 8899] }, /needs a network/],
    ['portRange', { portRange: [8899, 8888], network: 'bridge' }, /a first and a last port/],
    ['portRange', { portRange: [80, 90], network: 'bridge' }, /between 1024 and 65535/],
    ['portRange', { portRange: [8888, 70_000], network: 'bridge' }, /between 1024 and 65535/],
    ['portRange', { portRange: '8888-8899', network: 'bridge' }, /a first and a last port/],
    ['portRange', { portRange: [8888, 8899], network: 'host', allowUnsafe: true }, /every address/],
    ['token', { token: '' }, /at least 16/],
    ['token', { token: 'short' }, /at least 16/],
    ['token', { token: 'with a blank in the middle' }, /letters, digits/],
    ['jupyterArgs', { jupyterArgs: ['--ServerApp.ip=0.0.0.0'] }, /sets itself/],
    ['jupyterArgs', { jupyterArgs: ['--ip=0.0.0.0'] }, /sets itself/],
    ['jupyterArgs', { jupyterArgs: ['--ServerApp.token='] }, /sets itself/],
    ['jupyterArgs', { jupyterArgs: ['--IdentityProvider.token='] }, /sets itself/],
    ['jupyterArgs', { jupyterArgs: ['notebook.ipynb'] }, /begin with a dash/],
    ['jupyterArgs', { jupyterArgs: '--debug' }, /begin with a dash/],
    ['kernelName', { kernelName: '../etc' }, /name of a kernel/],
    ['kernels.python', { kernels: { python: 'a b' } }, /name of a kernel/],
    ['spareKernels', { spareKernels: -1 }, /whole number/],
    ['concurrency', { concurrency: 2 }, /must be 1/],
    ['options.reuseContainer', { reuseContainer: true }, /is not an option/],
    ['options.preload', { preload: { python: ['numpy'] } }, /is not an option/],
    ['options.serverUrl', { serverUrl: 'http://localhost' }, /is not an option/],
    ['network', { network: 'host' }, /allowUnsafe/],
    ['volumes["/var/run/docker.sock"]', { volumes: { '/var/run/docker.sock': { bind: '/d' } } }, /allowUnsafe/],
    ['user', { user: 'root' }, /numbers/],
  ])('%s: %j', async (argument, options, message) => {
    const error = await expectCode(() => make(options), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe(argument)
    expect(error.message).toMatch(message)
  })

  test('a limit on a directory that is none of ours', async () => {
    const options = { volumes: { '/tmp': { bind: '/workspace', mode: 'rw' } }, limits: { disk: '1g' }, allowUnsafe: true }
    const error = await expectCode(() => make(options), 'CAPABILITY_UNSUPPORTED')
    expect(error.details.capability).toBe('disk-limit')
  })
})

test('a token is in no error and in no config, and is asked for again', async () => {
  const secret = 'no token because of the blanks'
  const error = await expectCode(() => make({ token: secret }), 'INVALID_ARGUMENT')
  expect(JSON.stringify(error.details) + error.message).not.toContain(secret)
  const config = make({ token: TOKEN, network: 'bridge', portRange: [20_000, 20_010], environment: { KEY: 'secret' } }).toConfig()
  expect(JSON.stringify(config)).not.toMatch(new RegExp(`${TOKEN}|secret`))
  expect(config).toMatchObject({ executor: 'docker-jupyter', env: ['KEY'], withheld: ['token'] })
  await expectCode(() => createExecutor(config, { env: { KEY: 'secret' } }), 'INVALID_ARGUMENT')
  const again = await createExecutor(config, { env: { KEY: 'secret' }, options: { token: TOKEN } })
  expect(again).toBeInstanceOf(DockerJupyterCodeExecutor)
})

test('limits that nobody asked for are told to those who decide', () => {
  expect(make({}).limits).toMatchObject({ memory: 1024 ** 3, pids: 256, disk: 512 * 1024 ** 2 })
  expect(make({ limits: { memory: '2g' } }).limits).toMatchObject({ memory: 2 * 1024 ** 3, pids: 256 })
})
