import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { describe, expect, test } from 'vitest'
import { connectDocker } from '../../../src/executors/docker/connect.ts'
import { resolveConnection, type DockerAddress, type Surroundings } from '../../../src/executors/docker/connection.ts'
import { describeAddress, readEngineAddress } from '../../../src/executors/docker/engine-address.ts'
import { sshArguments } from '../../../src/executors/docker/ssh-agent.ts'
import { expectCode } from '../../support/expect-code.ts'
import { scratchDirectory } from '../../support/world.ts'

const NOWHERE: Surroundings = { env: {}, home: '/home/nobody', platform: 'linux', exists: () => false }

function resolve(asked: unknown, around: Partial<Surroundings> = {}): unknown {
  return resolveConnection(asked as DockerAddress | undefined, { ...NOWHERE, ...around })
}

function socket(socketPath: string): unknown {
  return { kind: 'socket', socketPath }
}

function network(host: string, port: number, tls?: object): unknown {
  return { kind: 'network', host, port, tls: tls === undefined ? undefined : { ca: undefined, cert: undefined, key: undefined, ...tls } }
}

function ssh(host: string, more: object = {}): unknown {
  return { kind: 'ssh', host, port: undefined, username: undefined, socketPath: undefined, ...more }
}

/** A configuration directory of the docker program, with contexts by name. */
function makeConfig(config: object | string, contexts: Readonly<Record<string, object>> = {}, tlsOf?: string): string {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  for (const [name, endpoint] of Object.entries(contexts)) {
    const meta = join(directory, 'contexts', 'meta', idOf(name))
    mkdirSync(meta, { recursive: true })
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: endpoint } }))
  }
  if (tlsOf !== undefined) writePem(join(directory, 'contexts', 'tls', idOf(tlsOf), 'docker'))
  return directory
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function writePem(directory: string, names = ['ca', 'cert', 'key']): string {
  mkdirSync(directory, { recursive: true })
  for (const name of names) writeFileSync(join(directory, `${name}.pem`), `the ${name}`)
  return directory
}

const PEM = { ca: Buffer.from('the ca'), cert: Buffer.from('the cert'), key: Buffer.from('the key') }

describe('a text', () => {
  test.each([
    ['unix:///run/my.sock', socket('/run/my.sock')],
    ['unix://', socket('/var/run/docker.sock')],
    ['npipe:////./pipe/docker_engine', socket('//./pipe/docker_engine')],
    ['npipe://', socket('//./pipe/docker_engine')],
    ['tcp://10.0.0.7:1234', network('10.0.0.7', 1234)],
    ['tcp://10.0.0.7', network('10.0.0.7', 2375)],
    ['tcp://10.0.0.7:1234/', network('10.0.0.7', 1234)],
    ['http://engine.local:80', network('engine.local', 80)],
    ['https://engine.local:443', network('engine.local', 443, { verify: true })],
    ['https://engine.local', network('engine.local', 2376, { verify: true })],
    ['TCP://engine.local:1', network('engine.local', 1)],
    ['tcp://[::1]:1234', network('::1', 1234)],
    ['engine.local:1234', network('engine.local', 1234)],
    ['ssh://me@engine.local:2222', ssh('engine.local', { username: 'me', port: 2222 })],
    ['ssh://engine.local', ssh('engine.local')],
    ['ssh://engine.local/run/my.sock', ssh('engine.local', { socketPath: '/run/my.sock' })],
  ])('%s', (text, address) => {
    expect(resolve(text)).toEqual(address)
    expect(resolve(undefined, { env: { DOCKER_HOST: text } })).toEqual(address)
  })

  test.each([
    '',
    ' ',
    '/var/run/docker.sock',
    'unix://relative.sock',
    'npipe://./pipe/x',
    'tcp://',
    'tcp://:2375',
    'tcp://host:0',
    'tcp://host:99999',
    'tcp://host:port',
    'tcp://host:1/path',
    'tcp://me@host:1',
    'tcp://host:1?x=y',
    'tcp://ho st:1',
    'ftp://host',
    'constructor://host',
    'ssh://-oProxyCommand=evil',
    'ssh://-l@host',
    'ssh://me:secret@host',
    'ssh://host/a%27b',
    'unix:///a\0b',
  ])('%j is refused', async (text) => {
    const error = await expectCode(() => resolve(text), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe('docker')
    expect(error.message).toMatch(/unix:\/\/.*tcp:\/\/.*https:\/\/.*ssh:\/\/.*npipe:\/\//)
    expect(JSON.stringify([error.message, error.details])).not.toContain('secret')
  })

  test('described again it is the same', () => {
    for (const text of [
      'unix:///run/my.sock',
      'npipe:////./pipe/x',
      'tcp://10.0.0.7:12',
      'tcp://[::1]:12',
      'https://h:12',
      'ssh://me@h:22/run/x',
    ]) {
      expect(describeAddress(readEngineAddress(text, 'docker'))).toBe(text)
    }
  })

  test('nothing of the environment is mixed into it', () => {
    const env = { DOCKER_HOST: 'tcp://other:1', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere', DOCKER_CONTEXT: 'unknown' }
    expect(resolve('tcp://mine:2', { env })).toEqual(network('mine', 2))
    expect(resolve({ socketPath: '/mine' }, { env })).toEqual(socket('/mine'))
    expect(resolve({ host: 'mine' }, { env })).toEqual(network('mine', 2375))
  })
})

describe('an object', () => {
  test.each([
    [{ socketPath: '/run/my.sock' }, socket('/run/my.sock')],
    [{ host: 'h' }, network('h', 2375)],
    [{ host: 'h', port: 7 }, network('h', 7)],
    [{ host: '::1', port: 7 }, network('::1', 7)],
    [{ host: 'h', protocol: 'https' }, network('h', 2376, { verify: true })],
    [{ host: 'h', ca: 'c' }, network('h', 2376, { ca: 'c', verify: true })],
    [{ host: 'h', port: 7, ca: 'c', cert: 'd', key: 'e' }, network('h', 7, { ca: 'c', cert: 'd', key: 'e', verify: true })],
    [{ host: 'h', protocol: 'ssh', username: 'me', port: 22 }, ssh('h', { username: 'me', port: 22 })],
    [{ context: 'default' }, socket('/run/podman/podman.sock')],
  ])('%j', (asked, address) => {
    expect(resolve(asked, { exists: (path) => path === '/run/podman/podman.sock' })).toEqual(address)
  })

  test.each([
    [{}, 'docker'],
    [7, 'docker'],
    [null, 'docker'],
    [{ socketPath: '' }, 'docker.socketPath'],
    [{ socketPath: '/x', host: 'h' }, 'docker.host'],
    [{ context: '' }, 'docker.context'],
    [{ host: '' }, 'docker.host'],
    [{ host: 'h/x' }, 'docker.host'],
    [{ host: 'me@h' }, 'docker.host'],
    [{ host: 'h:1' }, 'docker.host'],
    [{ host: '-x', protocol: 'ssh' }, 'docker.host'],
    [{ host: 'h', port: 0 }, 'docker.port'],
    [{ host: 'h', port: 1.5 }, 'docker.port'],
    [{ host: 'h', port: '7' }, 'docker.port'],
    [{ host: 'h', protocol: 'tcp' }, 'docker.protocol'],
    [{ host: 'h', protocol: 'http', ca: 'c' }, 'docker.protocol'],
    [{ host: 'h', protocol: 'ssh', key: 'c' }, 'docker.protocol'],
    [{ host: 'h', username: 'me' }, 'docker.username'],
    [{ host: 'h', prot: 'ssh' }, 'docker.prot'],
  ])('%j is refused', async (asked, argument) => {
    expect((await expectCode(() => resolve(asked), 'INVALID_ARGUMENT')).details.argument).toBe(argument)
  })
})

describe('nothing given', () => {
  test('DOCKER_HOST goes before any context, and an empty one is none', () => {
    const directory = makeConfig({ currentContext: 'work' }, { work: { Host: 'tcp://work:1' } })
    const env = { DOCKER_CONFIG: directory, DOCKER_CONTEXT: 'work' }
    expect(resolve(undefined, { env: { ...env, DOCKER_HOST: 'tcp://host:2' } })).toEqual(network('host', 2))
    expect(resolve(undefined, { env: { ...env, DOCKER_HOST: '' } })).toEqual(network('work', 1))
  })

  test('DOCKER_CONTEXT goes before the context in use', () => {
    const directory = makeConfig({ currentContext: 'work' }, { work: { Host: 'tcp://work:1' }, play: { Host: 'ssh://me@play' } })
    expect(resolve(undefined, { env: { DOCKER_CONFIG: directory } })).toEqual(network('work', 1))
    expect(resolve(undefined, { env: { DOCKER_CONFIG: directory, DOCKER_CONTEXT: 'play' } })).toEqual(ssh('play', { username: 'me' }))
    expect(resolve({ context: 'play' }, { env: { DOCKER_CONFIG: directory } })).toEqual(ssh('play', { username: 'me' }))
  })

  test('the context default is the first socket that is there', () => {
    const directory = makeConfig({ currentContext: 'work' }, { work: { Host: 'tcp://work:1' } })
    const exists = (path: string): boolean => path === '/var/run/docker.sock'
    expect(resolve(undefined, { env: { DOCKER_CONFIG: directory, DOCKER_CONTEXT: 'default' }, exists })).toEqual(
      socket('/var/run/docker.sock'),
    )
  })

  test('without DOCKER_CONFIG it is .docker at home', () => {
    const home = scratchDirectory()
    mkdirSync(join(home, '.docker'))
    writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'gone' }))
    expect(() => resolve(undefined, { home })).toThrow(/currentContext in .*config\.json is "gone"/)
  })

  test('an unknown context is refused with the known ones', async () => {
    const directory = makeConfig({}, { work: { Host: 'tcp://work:1' }, play: { Host: 'tcp://play:1' } })
    const error = await expectCode(() => resolve({ context: 'wrok' }, { env: { DOCKER_CONFIG: directory } }), 'INVALID_ARGUMENT')
    expect(error.message).toMatch(/"wrok".*Known: default, play, work\./)
    expect(error.details).toEqual({ argument: 'docker.context', value: 'wrok' })
    const fromVariable = await expectCode(
      () => resolve(undefined, { env: { DOCKER_CONFIG: directory, DOCKER_CONTEXT: 'x' } }),
      'INVALID_ARGUMENT',
    )
    expect(fromVariable.details.argument).toBe('DOCKER_CONTEXT')
  })

  test('a configuration that is no JSON is refused by its name', async () => {
    const directory = makeConfig('{ broken')
    const error = await expectCode(() => resolve(undefined, { env: { DOCKER_CONFIG: directory } }), 'INVALID_ARGUMENT')
    expect(error.message).toContain(join(directory, 'config.json'))
  })

  test('the usual sockets in their order, the first that is there', () => {
    const places = [
      '/var/run/docker.sock',
      '/run/user/7/docker.sock',
      '/home/me/.docker/run/docker.sock',
      '/run/user/7/podman/podman.sock',
      '/run/podman/podman.sock',
    ]
    const around = { env: { XDG_RUNTIME_DIR: '/run/user/7' }, home: '/home/me' }
    for (const [n, place] of places.entries()) {
      const exists = (path: string): boolean => places.slice(n).includes(path)
      expect(resolve(undefined, { ...around, exists })).toEqual(socket(place))
    }
    expect(resolve(undefined, { platform: 'win32', exists: () => true })).toEqual(socket('//./pipe/docker_engine'))
  })

  test('where there is none it says where it looked and what to do', async () => {
    const error = await expectCode(() => resolve(undefined), 'BACKEND_UNREACHABLE')
    expect(error.message).toMatch(
      /\/var\/run\/docker\.sock, \/home\/nobody\/\.docker\/run\/docker\.sock, \/run\/podman\/podman\.sock.*DOCKER_HOST/,
    )
  })
})

describe('TLS', () => {
  test('DOCKER_TLS_VERIFY takes the files of DOCKER_CERT_PATH, or of the configuration directory', () => {
    const certs = writePem(scratchDirectory())
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' }
    expect(resolve(undefined, { env: { ...env, DOCKER_CERT_PATH: certs } })).toEqual(network('h', 2376, { ...PEM, verify: true }))
    expect(resolve(undefined, { env: { ...env, DOCKER_CONFIG: certs } })).toEqual(network('h', 2376, { ...PEM, verify: true }))
    expect(resolve(undefined, { env })).toEqual(network('h', 2376, { verify: true }))
  })

  test('DOCKER_TLS alone does not verify, and without either there is none', () => {
    const certs = writePem(scratchDirectory(), ['ca'])
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_CERT_PATH: certs }
    expect(resolve(undefined, { env: { ...env, DOCKER_TLS: '1' } })).toEqual(network('h', 2376, { ca: PEM.ca, verify: false }))
    expect(resolve(undefined, { env })).toEqual(network('h', 2375))
  })

  test('a DOCKER_CERT_PATH without any of the files is refused', async () => {
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: scratchDirectory() }
    const error = await expectCode(() => resolve(undefined, { env }), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe('DOCKER_CERT_PATH')
  })

  test('a context brings its own files, and may do without verifying', () => {
    const contexts = { plain: { Host: 'tcp://h' }, safe: { Host: 'tcp://h' }, loose: { Host: 'tcp://h', SkipTLSVerify: true } }
    const env = { DOCKER_CONFIG: makeConfig({}, contexts, 'safe'), DOCKER_TLS_VERIFY: '1' }
    expect(resolve({ context: 'plain' }, { env })).toEqual(network('h', 2375))
    expect(resolve({ context: 'safe' }, { env })).toEqual(network('h', 2376, { ...PEM, verify: true }))
    expect(resolve({ context: 'loose' }, { env })).toEqual(network('h', 2376, { verify: false }))
  })

  test('what is no certificate is refused before anything is sent', async () => {
    await expectCode(connectDocker({ host: '127.0.0.1', ca: 'c', cert: 'd', key: 'e' }), 'INVALID_ARGUMENT')
    const error = await expectCode(connectDocker({ host: '127.0.0.1', cert: 'd' }), 'INVALID_ARGUMENT')
    expect(error.message).toContain('one is missing')
  })
})

describe('a client', () => {
  test('is taken as it is', async () => {
    const client = new Docker({ socketPath: '/nowhere' })
    expect(await connectDocker(client)).toBe(client)
  })

  test('that lacks methods is refused with their names', async () => {
    const error = await expectCode(connectDocker({ createContainer: () => {} } as never), 'INVALID_ARGUMENT')
    expect(error.message).toMatch(/no version, info, getContainer/)
  })
})

test('the arguments of ssh: nothing of an address is an option, and what the other shell reads is quoted', () => {
  const address = { kind: 'ssh', host: 'h', port: 22, username: 'me', socketPath: '/run/$(x).sock' } as const
  expect(sshArguments(address).slice(-13).join(' ')).toBe(
    "-o ConnectTimeout=30 -l me -p 22 -- h docker --host 'unix:///run/$(x).sock' system dial-stdio",
  )
  expect(sshArguments({ ...address, socketPath: undefined }).slice(-5)).toEqual(['--', 'h', 'docker', 'system', 'dial-stdio'])
})
