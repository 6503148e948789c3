import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DockerClient } from '../../src/executors/docker/client.ts'
import { connectDocker, type DockerConnection } from '../../src/executors/docker/connect.ts'
import { engineError } from '../../src/executors/docker/engine-errors.ts'
import { dockerEngine } from '../support/docker.ts'
import { recordErrorCode } from '../support/evidence.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, scratchDirectory } from '../support/world.ts'

const engine = await dockerEngine()
const SOCKET = 'socketPath' in engine ? engine.socketPath : ''
const IMAGE = 'debian:trixie-slim'
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = join(ROOT, 'src')
const noEngine = 'unavailable' in engine ? engine.unavailable : undefined
const noDockerProgram = spawnSync('docker', ['--version']).status === 0 ? undefined : 'there is no docker program'

/** Sets variables of this process until the test is over; `undefined` removes one. */
function setEnv(changes: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(changes)) {
    const before = process.env[name]
    onTestFinished(() => assignEnv(name, before))
    assignEnv(name, value)
  }
}

function assignEnv(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

/** Asks the engine something. @throws what the executor would */
async function ask(connection?: DockerConnection): Promise<string> {
  const client = await connectDocker(connection)
  try {
    return (await client.version()).ApiVersion
  } catch (cause) {
    throw engineError(cause, 'asking for the version')
  }
}

/** Hands every connection on to the engine, half closed ones included, and counts them. */
class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0

  private constructor(make: (onConnection: (socket: Socket) => void) => Server) {
    this.#server = make((socket) => {
      this.connections += 1
      const engine = connect({ path: SOCKET, allowHalfOpen: true })
      for (const each of [socket, engine]) {
        this.#sockets.add(each)
        each.on('error', () => {}).on('close', () => (each === socket ? engine : socket).destroy())
      }
      socket.pipe(engine).pipe(socket)
    })
    onTestFinished(() => {
      for (const socket of this.#sockets) socket.destroy()
      this.#server.close()
    })
  }

  static async open(make: (onConnection: (socket: Socket) => void) => Server, host = '127.0.0.1'): Promise<Proxy> {
    const proxy = new Proxy(make)
    await new Promise<void>((resolve, reject) => proxy.#server.once('error', reject).listen(0, host, resolve))
    return proxy
  }

  static plain(host?: string): Promise<Proxy> {
    return Proxy.open((onConnection) => createServer({ allowHalfOpen: true }, onConnection), host)
  }

  /** Shows the certificate of the directory, and wants one of the same authority. */
  static tls(directory: string): Promise<Proxy> {
    const [ca, cert, key] = pemOf(directory, 'server')
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true }
    return Proxy.open((onConnection) => createTlsServer(options, onConnection))
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
}

/** An authority of its own, a certificate for 127.0.0.1 and one for a client, all gone after the test. */
function makeAuthority(): string {
  const directory = scratchDirectory()
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority')
  writeFileSync(join(directory, 'names'), 'subjectAltName=IP:127.0.0.1')
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'names']
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}-cert.pem`, ...sign)
  }
  cpSync(join(directory, 'client-cert.pem'), join(directory, 'cert.pem'))
  cpSync(join(directory, 'client-key.pem'), join(directory, 'key.pem'))
  return directory
}

function pemOf(directory: string, name: 'server' | 'client'): [Buffer, Buffer, Buffer] {
  const read = (file: string): Buffer => readFileSync(join(directory, file))
  return [read('ca.pem'), read(`${name}-cert.pem`), read(`${name}-key.pem`)]
}

/** A configuration directory of the docker program with one context, which leads to a port. */
function makeContext(name: string, port: number, pemDirectory?: string): string {
  const directory = scratchDirectory()
  const id = createHash('sha256').update(name).digest('hex')
  const meta = join(directory, 'contexts', 'meta', id)
  mkdirSync(meta, { recursive: true })
  const Endpoints = { docker: { Host: `tcp://127.0.0.1:${port}`, SkipTLSVerify: false } }
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints }))
  const tls = join(directory, 'contexts', 'tls', id, 'docker')
  for (const file of pemDirectory === undefined ? [] : ['ca.pem', 'cert.pem', 'key.pem']) {
    cpSync(join(pemDirectory ?? '', file), join(tls, file), { recursive: true })
  }
  return directory
}

/** Puts a program called ssh before every other. */
function makeSsh(script: string): string {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'ssh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  setEnv({ PATH: `${directory}:${process.env['PATH'] ?? ''}` })
  return directory
}

/** Stands for the other machine: what ssh would run there, it runs here. */
function makeLocalSsh(): string {
  const directory = makeSsh(`echo "$@" >> "$(dirname "$0")/log"; while [ "$1" != -- ]; do shift; done; shift 2; eval "exec $*"`)
  return join(directory, 'log')
}

/** Runs a module in a process of its own, and tells what it printed. */
async function runModule(
  body: string,
  { env = {}, sources = SOURCES, uid }: { env?: NodeJS.ProcessEnv; sources?: string; uid?: number } = {},
): Promise<{ stdout: string; stderr: string }> {
  const from = (file: string): string => JSON.stringify(join(sources, 'executors', 'docker', file))
  const module = `import { connectDocker } from ${from('connect.ts')}\nimport { engineError } from ${from('engine-errors.ts')}\n${body}`
  const options = { cwd: '/', env: { ...process.env, ...env }, ...(uid === undefined ? {} : { uid, gid: uid }) }
  return promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', module], options)
}

const PRINT_ERROR = '.catch((error) => console.log(JSON.stringify({ ...error, message: error.message })))'

describe('an engine that is there', () => {
  skipBecause(noEngine)

  test.each<[string, () => DockerConnection]>([
    ['by its path', () => ({ socketPath: SOCKET })],
    ['by a text', () => `unix://${SOCKET}`],
    ['by a client', () => new Docker({ socketPath: SOCKET })],
  ])('is reached %s, whatever the environment says', async (_name, connection) => {
    const expected = await new Docker({ socketPath: SOCKET }).version()
    const environment = { DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CERT_PATH: '/nowhere', DOCKER_TLS_VERIFY: '1', DOCKER_CONTEXT: 'x' }
    const client = connection()
    setEnv(environment)
    expect(await ask(client)).toBe(expected.ApiVersion)
    setEnv({ DOCKER_HOST: 'no host at all' })
    expect(await ask(client)).toBe(expected.ApiVersion)
    expect(process.env['DOCKER_HOST']).toBe('no host at all')
  })

  test('is reached by DOCKER_HOST at a port, over one connection for requests one after the other', async () => {
    const proxy = await Proxy.plain()
    setEnv({ DOCKER_HOST: `tcp://127.0.0.1:${proxy.port}`, DOCKER_TLS_VERIFY: undefined, DOCKER_TLS: undefined })
    const client = await connectDocker()
    for (let n = 0; n < 5; n += 1) await client.version()
    expect(proxy.connections).toBe(1)
    expect(process.env['DOCKER_HOST']).toContain(String(proxy.port))
  })

  test('is reached at an address of IPv6', async (context) => {
    const proxy = await Proxy.plain('::1').catch(() => undefined)
    if (proxy === undefined) return context.skip('this machine has no IPv6')
    expect(await ask(`tcp://[::1]:${proxy.port}`)).not.toBe('')
    expect(await ask({ host: '::1', port: proxy.port })).not.toBe('')
  })

  test('is reached by a context of the docker program', async () => {
    const proxy = await Proxy.plain()
    const directory = makeContext('mine', proxy.port)
    setEnv({ DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined, DOCKER_CONFIG: directory })
    await ask({ context: 'mine' })
    expect(proxy.connections).toBe(1)
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ currentContext: 'mine' }))
    await ask()
    expect(proxy.connections).toBe(2)
  })

  test('is reached past a proxy for the web', async () => {
    const proxy = await Proxy.plain()
    const web = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1', NO_PROXY: '', no_proxy: '', NODE_USE_ENV_PROXY: '1' }
    const body = `const client = await connectDocker('tcp://127.0.0.1:${proxy.port}'); console.log((await client.version()).ApiVersion)`
    const { stdout } = await runModule(body, { env: web })
    expect(stdout).toMatch(/^\d/)
  })

  test('does not keep a process alive that has asked', async () => {
    const { stdout } = await runModule(`await (await connectDocker('unix://${SOCKET}')).version(); console.log('asked')`)
    expect(stdout).toBe('asked\n')
  })
})

describe('TLS', () => {
  skipBecause(noEngine)

  test('with certificates given, of DOCKER_CERT_PATH and of a context', async () => {
    const directory = makeAuthority()
    const proxy = await Proxy.tls(directory)
    const [ca, cert, key] = pemOf(directory, 'client')
    await ask({ host: '127.0.0.1', port: proxy.port, ca, cert, key })
    await ask({ host: '127.0.0.1', port: proxy.port, ca: ca.toString(), cert: cert.toString(), key: key.toString() })
    setEnv({ DOCKER_HOST: `tcp://127.0.0.1:${proxy.port}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: directory })
    await ask()
    setEnv({ DOCKER_CONFIG: makeContext('safe', proxy.port, directory), DOCKER_CERT_PATH: '/nowhere' })
    await ask({ context: 'safe' })
    expect(proxy.connections).toBe(4)
  })

  test('with another authority, without a certificate, or where there is none: BACKEND_UNREACHABLE', async () => {
    const [directory, other] = [makeAuthority(), makeAuthority()]
    const [proxy, plain] = [await Proxy.tls(directory), await Proxy.plain()]
    const [ca, cert, key] = pemOf(directory, 'client')
    const at = { host: '127.0.0.1', port: proxy.port, protocol: 'https' } as const
    const wrong: Readonly<Record<string, DockerConnection>> = {
      'an engine of another authority': { ...at, ca: readFileSync(join(other, 'ca.pem')), cert, key },
      'an engine of an unknown authority': { ...at, cert, key },
      'an engine without TLS': { ...at, port: plain.port, ca, cert, key },
    }
    for (const [about, connection] of Object.entries(wrong)) {
      const error = await expectCode(ask(connection), 'BACKEND_UNREACHABLE', about)
      expect(error.message, about).toContain('could not be secured')
    }
    // How the refusal arrives depends on which side is quicker: as an alert, or as a closed connection.
    await expect(ask({ ...at, ca })).rejects.toMatchObject({ retryable: true })
  })
})

describe('streams in both directions', () => {
  skipBecause(noEngine)
  let container: Docker.Container | undefined
  beforeAll(async () => {
    if (noEngine !== undefined) return
    const name = `polyrun-test-${newMarker()}`
    container = await new Docker({ socketPath: SOCKET }).createContainer({ name, Image: IMAGE, Cmd: ['sleep', '600'] })
    await container.start()
  })
  afterAll(() => container?.remove({ force: true, v: true }))

  /** Sends a megabyte through cat, whose end is the end of its input: half closed connections must get there. */
  async function echo(client: DockerClient): Promise<void> {
    const sent = Buffer.alloc(1_000_000, 'polyrun ')
    await client.version() // so that a connection waits to be used again
    const exec = await client
      .getContainer(container?.id ?? '')
      .exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true, AttachStderr: true })
    const stream = await exec.start({ hijack: true, stdin: true })
    stream.end(sent)
    const frames: Buffer[] = []
    for await (const chunk of stream) frames.push(chunk as Buffer)
    expect(payload(Buffer.concat(frames)).equals(sent)).toBe(true)
    expect((await exec.inspect()).ExitCode).toBe(0)
  }

  test('over a socket', async () => echo(await connectDocker({ socketPath: SOCKET })))
  test('over a port', async () => echo(await connectDocker(`tcp://127.0.0.1:${(await Proxy.plain()).port}`)))
  test('over TLS', async () => {
    const directory = makeAuthority()
    const [ca, cert, key] = pemOf(directory, 'client')
    await echo(await connectDocker({ host: '127.0.0.1', port: (await Proxy.tls(directory)).port, ca, cert, key }))
  })
  test('over ssh', async (context) => {
    context.skip(noDockerProgram !== undefined, noDockerProgram)
    makeLocalSsh()
    await echo(await connectDocker(`ssh://me@engine.test${SOCKET}`))
  })
})

/** What the frames of a stream hold. */
function payload(frames: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < frames.length;) {
    const size = frames.readUInt32BE(at + 4)
    parts.push(frames.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  return Buffer.concat(parts)
}

describe('ssh', () => {
  test('is asked for the user, the port and the host, and one connection serves many requests', async (context) => {
    const missing = noEngine ?? noDockerProgram
    context.skip(missing !== undefined, missing)
    const log = makeLocalSsh()
    const client = await connectDocker(`ssh://me@engine.test:2222${SOCKET}`)
    for (let n = 0; n < 3; n += 1) await client.version()
    const lines = readFileSync(log, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/BatchMode=yes .*-l me -p 2222 -- engine\.test docker --host unix:\/\/\S+ system dial-stdio$/)
  })

  test.each([
    ['at once', ':'],
    ['after it stopped listening', 'exec <&-; sleep 0.3'],
  ])('that fails %s says why: BACKEND_UNREACHABLE', async (_name, before) => {
    makeSsh(`${before}; echo "Host key verification failed." >&2; exit 255`)
    const error = await expectCode(ask('ssh://me@engine.test'), 'BACKEND_UNREACHABLE')
    expect(error.message).toMatch(/ssh:\/\/me@engine\.test: Host key verification failed\./)
  })

  test('that is not there: BACKEND_UNREACHABLE', async () => {
    setEnv({ PATH: scratchDirectory() })
    const error = await expectCode(ask('ssh://engine.test'), 'BACKEND_UNREACHABLE')
    expect(error.message).toContain('the ssh program could not be started')
  })
})

describe('no engine', () => {
  test('at a path, at a socket that nobody listens on, at a port: BACKEND_UNREACHABLE with the place', async () => {
    const directory = scratchDirectory()
    const dead = join(directory, 'dead.sock')
    // A process that is killed leaves its socket behind.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    expect(existsSync(dead)).toBe(true)
    const closed = await closedPort()
    const places: readonly (readonly [DockerConnection, string])[] = [
      [{ socketPath: join(directory, 'none.sock') }, `unix://${directory}/none.sock`],
      [{ socketPath: dead }, `unix://${dead}`],
      [`tcp://127.0.0.1:${closed}`, `tcp://127.0.0.1:${closed}`],
      [`tcp://localhost:${closed}`, `:${closed}`],
    ]
    for (const [connection, place] of places) {
      const error = await expectCode(ask(connection), 'BACKEND_UNREACHABLE', place)
      expect(error.message).toMatch(/No Docker engine answers at .*Start it, or set DOCKER_HOST or the docker option\.$/)
      expect(error.message).toContain(place)
    }
  })

  test('at a name that no machine has: BACKEND_UNREACHABLE with the name', async () => {
    const error = await expectCode(ask('tcp://polyrun-nowhere.invalid:2375'), 'BACKEND_UNREACHABLE')
    expect(error.message).toContain('polyrun-nowhere.invalid')
  })

  test('that this user may use: BACKEND_UNREACHABLE with the group', async () => {
    const path = join(tmpdir(), `polyrun-test-${newMarker()}.sock`)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    const isRoot = process.getuid?.() === 0
    chmodSync(path, isRoot ? 0o600 : 0)
    const body = `const client = await connectDocker({ socketPath: ${JSON.stringify(path)} })
await client.version().catch((cause) => { throw engineError(cause, 'asking') })${PRINT_ERROR}`
    const { stdout } = await runModule(body, isRoot ? { uid: 65_534 } : {})
    const error = JSON.parse(stdout) as { code: string; message: string }
    expect(error.code).toBe('BACKEND_UNREACHABLE')
    expect(error.message).toContain(path)
    expect(error.message).toMatch(/group that owns the socket, docker on most machines/)
  })
})

/** A port that was open just now. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('without the package dockerode: PEER_MISSING with the command that installs it', async () => {
  // As it is installed with nothing but its dependencies: where no other node_modules is above the sources.
  const directory = scratchDirectory()
  const sources = join(directory, 'src')
  cpSync(SOURCES, sources, { recursive: true })
  mkdirSync(join(directory, 'node_modules'))
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  for (const name of Object.keys(dependencies)) symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name))
  const { stdout } = await runModule(`await connectDocker({ socketPath: '/nowhere' })${PRINT_ERROR}`, { sources })
  const error = JSON.parse(stdout) as { code: string; message: string; details: unknown }
  expect(error).toMatchObject({ code: 'PEER_MISSING', details: { executor: 'docker', peer: 'dockerode' } })
  expect(error.message).toContain('npm install dockerode')
  recordErrorCode('PEER_MISSING')
})
