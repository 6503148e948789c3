import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ErrorCode } from '../../src/core/index.ts'
import { DockerCodeExecutor, type DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { containerIds, makeDocker, makeLabeled, noDocker, seeNothingOf, socketPath } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

const DOCKER = fileURLToPath(new URL('../../src/executors/docker/index.ts', import.meta.url))

describe('an engine that is not there', () => {
  test('no socket, a socket that nobody listens on, a file', async () => {
    const directory = scratchDirectory()
    const left = join(directory, 'left.sock')
    // The file of the socket stays when its process is killed.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    expect(existsSync(left)).toBe(true)
    const file = fileURLToPath(import.meta.url)
    for (const path of [join(directory, 'none.sock'), left, file]) {
      const error = await expectCode(makeDocker({ docker: { socketPath: path } }).start(), 'BACKEND_UNREACHABLE', path)
      expect(error.message).toContain(path)
      expect(error.message).toMatch(/DOCKER_HOST|docker option/)
    }
  })

  test('one that says nothing is given up in time', async () => {
    const path = join(scratchDirectory(), 'silent.sock')
    const server = createServer().listen(path)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const executor = makeDocker({ docker: { socketPath: path }, startupTimeoutMs: 1_000 })
    await expectCode(executor.start(), 'START_TIMEOUT')
    await executor.stop()
  })

  test('one that is no engine', async () => {
    const path = join(scratchDirectory(), 'other.sock')
    const server = createServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-Other\r\n')).listen(path)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const error = await makeDocker({ docker: { socketPath: path } })
      .start()
      .catch((thrown: unknown) => thrown)
    expect(['BACKEND_LOST', 'BACKEND_UNREACHABLE']).toContain((error as { code: ErrorCode }).code)
  })

  test.each([
    ['tcp://127.0.0.1:1', 'BACKEND_UNREACHABLE'],
    ['unix:///no/such/docker.sock', 'BACKEND_UNREACHABLE'],
    ['tcp://no-such-host.invalid:2375', 'BACKEND_UNREACHABLE'],
    ['nonsense://x', 'INVALID_ARGUMENT'],
    ['tcp://127.0.0.1:99999', 'INVALID_ARGUMENT'],
  ] as const)('DOCKER_HOST=%s', async (host, code) => {
    const before = process.env['DOCKER_HOST']
    onTestFinished(() => {
      if (before === undefined) delete process.env['DOCKER_HOST']
      else process.env['DOCKER_HOST'] = before
    })
    process.env['DOCKER_HOST'] = host
    const error = await expectCode(new DockerCodeExecutor({ image: 'x', startupTimeoutMs: 20_000 }).start(), code)
    expect(error.message).toContain('DOCKER_HOST')
  })

  test('a socket that this user may not use', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root can become somebody else')
    const body = `import { DockerCodeExecutor } from ${JSON.stringify(DOCKER)}
await new DockerCodeExecutor({ image: 'x', docker: { socketPath: ${JSON.stringify(socketPath)} } }).start().catch((error) => console.log(error.code, error.message))`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', body], {
      uid: 65_534,
      gid: 65_534,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    expect(said).toMatch(/^BACKEND_UNREACHABLE .*group that owns the socket/)
  })
})

describe('what the engine cannot do', () => {
  const cases: readonly (readonly [string, DockerCodeExecutorOptions, ErrorCode, RegExp])[] = [
    [
      'an image that is not there, and may not be fetched',
      { image: 'polyrun-test/none:1', pull: 'never' },
      'IMAGE_UNAVAILABLE',
      /polyrun-test\/none:1/,
    ],
    ['an image from a registry that is not there', { image: '127.0.0.1:1/none:1' }, 'IMAGE_UNAVAILABLE', /127\.0\.0\.1:1\/none:1/],
    ['an image whose name is none', { image: 'Not An Image' }, 'INVALID_ARGUMENT', /image/],
    ['memory below the least', { limits: { memory: '1m' } }, 'INVALID_ARGUMENT', /limits\.memory/],
    ['more processors than there are', { limits: { cpus: 100_000 } }, 'INVALID_ARGUMENT', /limits\.cpus/],
    ['a runtime that is not registered', { runtime: 'no-such-runtime' }, 'BACKEND_REJECTED', /no-such-runtime.*daemon\.json/],
    ['a network that is not there', { network: 'polyrun-test-none' }, 'INVALID_ARGUMENT', /network/],
    ['a volume that is not there', { volumes: { '/srv/polyrun-test-none': { bind: '/data' } } }, 'INVALID_ARGUMENT', /polyrun-test-none/],
    ['a seccomp profile that is none', { seccomp: '{"defaultAction": 7}' }, 'INVALID_ARGUMENT', /securityOpt|seccomp/],
    [
      'graphics processors where there is no driver for any',
      { gpus: 'all' },
      'INVALID_ARGUMENT',
      /gpus.*device driver|device driver.*gpus/,
    ],
    ['a capability that is none', { capabilities: ['NO_SUCH'], allowUnsafe: true }, 'INVALID_ARGUMENT', /capabilit/],
  ]
  test.each(cases)('%s', async (_, options, code, words) => {
    const { executor, label } = makeLabeled(options)
    const error = await expectCode(executor.executeCode('echo', 'sh'), code)
    expect(error.message).toMatch(words)
    await seeNothingOf(label)
  })

  const wrong: readonly (readonly [string, DockerCodeExecutorOptions])[] = [
    ['a volume by a relative path', { volumes: { data: { bind: '/data' } } }],
    ['a volume at a relative path', { volumes: { '/data': { bind: 'data' } } }],
    ['a volume over the system', { volumes: { '/data': { bind: '/usr/bin' } } }],
    ['a volume over everything', { volumes: { '/data': { bind: '/proc' } } }],
    ['a mode that is none', { volumes: { '/data': { bind: '/data', mode: 'rx' as 'rw' } } }],
    ['the whole machine', { volumes: { '/': { bind: '/data' } } }],
    ['a working directory that is none', { workDir: 'work' }],
    ['a name that is none', { containerName: '../x' }],
    ['name servers without a network', { dns: ['192.0.2.1'] }],
    ['an option that is none', { netwrok: 'none' } as DockerCodeExecutorOptions],
    ['sharing without a name', { reuseContainer: true }],
    ['a variable that no process can have', { environment: { BIG: 'x'.repeat(200_000) } }],
    [
      'more variables than a process can have',
      { environment: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`V${n}`, 'x'.repeat(100_000)])) },
    ],
  ]
  test.each(wrong)('%s is refused before anything is made', async (_, options) => {
    await expectCode(() => new DockerCodeExecutor({ image: 'x', ...options }), 'INVALID_ARGUMENT')
  })

  test('an interpreter that the image does not have, and the next program', async () => {
    const executor = makeDocker()
    await expectCode(executor.executeCode('puts 1', 'ruby'), 'LANGUAGE_UNAVAILABLE')
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('a user who may not enter the working directory', async () => {
    const directory = scratchDirectory()
    const { executor, label } = makeLabeled({ user: '4321', workDir: '/data', volumes: { [directory]: { bind: '/data' } } })
    const error = await executor.executeCode('echo', 'sh').catch((thrown: unknown) => thrown)
    expect((error as { code: ErrorCode }).code).toBe('BACKEND_REJECTED')
    await executor.stop()
    expect(await containerIds(label)).toEqual([])
  })
})

test('64 calls at once, each with its own result', async () => {
  const { executor, label } = makeLabeled({ concurrency: 4 })
  const marker = newMarker()
  const calls = Array.from({ length: 64 }, (_, n) => executor.executeCode(`echo ${n} ${marker}; exit ${n}`, 'sh'))
  const results = await Promise.all(calls)
  expect(results.map(({ output, exitCode }) => [output, exitCode])).toEqual(calls.map((_, n) => [`${n} ${marker}\n`, n]))
  expect((await containerIds(label)).length).toBeLessThanOrEqual(4)
})
