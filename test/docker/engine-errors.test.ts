import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer, type LookupFunction } from 'node:net'
import { join } from 'node:path'
import Docker from 'dockerode'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ErrorCode } from '../../src/core/index.ts'
import { connectDocker } from '../../src/executors/docker/connect.ts'
import {
  engineError,
  httpStatusOf,
  isGone,
  isGoneOrGoing,
  isInUse,
  isMissingExecutable,
  isStoppedOrGone,
  type EngineErrorSubject,
} from '../../src/executors/docker/engine-errors.ts'
import { StreamFrames } from '../../src/executors/docker/stream-frames.ts'
import { dockerEngine, type MissingEngine, type TestEngine } from '../support/docker.ts'
import { newMarker, PATIENCE, scratchDirectory } from '../support/world.ts'

const ENGINES = [
  { engine: 'docker', socketPath: socketOf(await dockerEngine('docker')), image: 'debian:trixie-slim' },
  { engine: 'podman', socketPath: socketOf(await dockerEngine('podman')), image: 'docker.io/library/debian:trixie-slim' },
] as const
type EngineName = (typeof ENGINES)[number]['engine']

/** Where an engine is; nowhere when there is none. */
function socketOf(engine: TestEngine | MissingEngine): string {
  return 'socketPath' in engine ? engine.socketPath : ''
}

/** What is provoked on an engine, and what comes of it there. An engine that is not named accepts it. */
interface Provocation {
  readonly name: string
  readonly provoke: (place: Place) => Promise<unknown>
  readonly subject?: EngineErrorSubject
  readonly on: Readonly<Partial<Record<EngineName, ErrorCode>>>
  /** What the message must have. */
  readonly says: RegExp
  /** The argument of `INVALID_ARGUMENT`. */
  readonly argument?: string
}

/** One engine with a running container. */
class Place {
  readonly client: Docker
  readonly image: string
  readonly running: Docker.Container

  private constructor(client: Docker, image: string, running: Docker.Container) {
    this.client = client
    this.image = image
    this.running = running
  }

  static async open(socketPath: string, image: string): Promise<Place> {
    const client = new Docker({ socketPath })
    const running = await client.createContainer(configOf(image))
    await running.start()
    return new Place(client, image, running)
  }

  /** Makes a container that is gone after the test. */
  async create(host: Docker.HostConfig, more: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
    const container = await this.client.createContainer({ ...configOf(this.image, host), ...more })
    onTestFinished(() => container.remove({ force: true, v: true }).catch(unlessGone))
    return container
  }

  /** An option may be refused when a container is made, or when it starts. */
  async start(host: Docker.HostConfig, more: Docker.ContainerCreateOptions = {}): Promise<void> {
    await (await this.create(host, more)).start()
  }

  /** What the engine's first process says of a program that it is to start. */
  async saidByInit(Cmd: string[]): Promise<string> {
    const container = await this.create({ Init: true }, { Cmd, AttachStdout: true, AttachStderr: true })
    const stream = await container.attach({ stream: true, stdout: true, stderr: true })
    await container.start()
    return textOf(await bytesOf(stream))
  }

  /** What a process started in the running container says, errors of the start among it. */
  async exec(config: Docker.ExecCreateOptions, container = this.running): Promise<string> {
    const exec = await container.exec({ AttachStdout: true, AttachStderr: true, ...config })
    const stream = await exec.start({ hijack: true, stdin: false })
    return textOf(await bytesOf(stream))
  }
}

/** What was said on both streams, without the headers of the frames that it came in. */
function textOf(bytes: Buffer): string {
  let text = ''
  const take = (chunk: Buffer): void => void (text += chunk.toString())
  new StreamFrames(take, take).push(bytes)
  return text
}

/** Podman takes no container without its own limits where it runs with few rights. */
function configOf(Image: string, host: Docker.HostConfig = {}): Docker.ContainerCreateOptions {
  const Ulimits = ['nofile', 'nproc'].map((Name) => ({ Name, Soft: 1024, Hard: 1024 }))
  return { Image, Cmd: ['sleep', '600'], HostConfig: { Ulimits, ...host } }
}

const NOTHING_THERE = `/nowhere-${newMarker()}`
const NAME = `polyrun-test-${newMarker()}`

const PROVOCATIONS: readonly Provocation[] = [
  {
    name: 'an image that is not there',
    provoke: ({ client }) => client.createContainer(configOf(`polyrun-test-nothing:${newMarker()}`)),
    subject: { image: 'polyrun-test-nothing' },
    on: { docker: 'IMAGE_UNAVAILABLE', podman: 'IMAGE_UNAVAILABLE' },
    says: /"polyrun-test-nothing" is not there.*pull it, or build it/,
  },
  {
    name: 'an image whose registry does not answer',
    // Docker refuses the request; Podman accepts it, and the last line of its progress is an error.
    provoke: async ({ client }) => {
      const stream = await client.pull('localhost:1/polyrun-test-nothing:x')
      const lines = await new Promise<unknown[]>((resolve) => client.modem.followProgress(stream, (_error, all) => resolve(all)))
      throw lines.at(-1)
    },
    subject: { image: 'localhost:1/polyrun-test-nothing:x' },
    on: { docker: 'IMAGE_UNAVAILABLE', podman: 'IMAGE_UNAVAILABLE' },
    says: /connection refused/,
  },
  {
    name: 'an image name that is none',
    provoke: ({ client }) => client.createContainer(configOf('NOT A NAME')),
    subject: { given: { image: 'NOT A NAME' } },
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'image',
    says: /invalid reference format/,
  },
  {
    name: 'a name that is taken',
    provoke: async (place) => {
      await place.create({}, { name: NAME })
      return place.create({}, { name: NAME })
    },
    subject: { containerName: NAME },
    on: { docker: 'BACKEND_REJECTED', podman: 'BACKEND_REJECTED' },
    says: new RegExp(`containerName "${NAME}" is taken: choose another, or set reuseContainer: true`),
  },
  {
    name: 'a container name that is none',
    provoke: (place) => place.create({}, { name: 'a b!' }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'containerName',
    says: /letters, digits/,
  },
  {
    name: 'an unknown runtime',
    provoke: (place) => place.start({ Runtime: 'nosuchruntime' }),
    on: { docker: 'BACKEND_REJECTED' },
    says: /no runtime "nosuchruntime".*daemon\.json/,
  },
  {
    name: 'too little memory',
    provoke: (place) => place.start({ Memory: 1_000_000 }),
    subject: { given: { 'limits.memory': 1_000_000 } },
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'limits.memory',
    says: /6 MiB/,
  },
  {
    name: 'more processors than there are',
    provoke: (place) => place.start({ NanoCpus: 9e11 * 1000 }),
    on: { docker: 'INVALID_ARGUMENT' },
    argument: 'limits.cpus',
    says: /CPUs available/,
  },
  {
    name: 'a volume in a mode that is none',
    provoke: (place) => place.start({ Binds: ['/tmp:/y:bogus'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: /bogus.*Correct volumes/,
  },
  {
    name: 'a volume whose path is not there',
    provoke: (place) => place.start({ Mounts: [{ Type: 'bind', Source: NOTHING_THERE, Target: '/y' }] }),
    on: { docker: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: new RegExp(`${NOTHING_THERE}.*Correct volumes`),
  },
  {
    name: 'a volume below what is no directory',
    provoke: (place) => place.start({ Binds: ['/proc/version/x:/y'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: /not a directory/,
  },
  {
    name: 'a volume with a relative path inside',
    provoke: (place) => place.start({ Binds: ['/tmp:inside'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: /absolute/,
  },
  {
    name: 'a volume with a relative path outside',
    provoke: (place) => place.start({ Binds: [`./${NAME}:/y`] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: /Correct volumes/,
  },
  {
    name: 'two volumes in one place',
    provoke: (place) => place.start({ Binds: ['/tmp:/y', '/usr:/y'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'volumes',
    says: /duplicate mount/i,
  },
  {
    name: 'an unknown network',
    provoke: (place) => place.start({ NetworkMode: 'nosuchnetwork' }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'network',
    says: /nosuchnetwork/,
  },
  {
    name: 'an unknown user',
    provoke: (place) => place.start({}, { User: 'nosuchuser' }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'user',
    says: /by number/,
  },
  {
    name: 'an unknown capability',
    provoke: (place) => place.start({ CapAdd: ['NOSUCH'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'capabilities',
    says: /CAP_NOSUCH/,
  },
  {
    name: 'an unknown security option',
    provoke: (place) => place.start({ SecurityOpt: ['bogus=1'] }),
    on: { docker: 'INVALID_ARGUMENT', podman: 'INVALID_ARGUMENT' },
    argument: 'securityOpt',
    says: /bogus=1/,
  },
  {
    name: 'a graphics processor without its driver',
    provoke: (place) => place.start({ DeviceRequests: [{ Driver: 'nosuch', Count: 1, Capabilities: [['gpu']] }] }),
    on: { docker: 'INVALID_ARGUMENT' },
    argument: 'gpus',
    says: /device driver/,
  },
  {
    name: 'a full volume',
    provoke: async (place) => {
      const Name = `polyrun-test-${newMarker()}`
      const volume = { Name, Driver: 'local', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=65536' } }
      await place.client.createVolume(volume)
      onTestFinished(() => place.client.getVolume(Name).remove())
      const container = await place.create({ Mounts: [{ Type: 'volume', Source: Name, Target: '/small' }] })
      await container.start()
      const archive = pack()
      archive.entry({ name: 'big' }, Buffer.alloc(1_000_000))
      archive.finalize()
      try {
        await container.putArchive(await bytesOf(archive), { path: '/small' })
      } finally {
        await container.kill()
      }
    },
    // Podman has no volumes in memory of a given size here.
    on: { docker: 'BACKEND_REJECTED' },
    says: /no space left on device.*Make room/,
  },
  {
    name: 'a container that has ended',
    provoke: async (place) => place.exec({ Cmd: ['true'] }, await place.create({})),
    on: { docker: 'BACKEND_LOST', podman: 'BACKEND_LOST' },
    says: /went away or was stopped from outside/,
  },
  {
    name: 'a container that is paused',
    provoke: async (place) => {
      const container = await place.create({})
      await container.start()
      await container.pause()
      try {
        await place.exec({ Cmd: ['true'] }, container)
      } finally {
        await container.unpause()
      }
    },
    on: { docker: 'BACKEND_LOST', podman: 'BACKEND_LOST' },
    says: /paused/,
  },
  {
    name: 'a container that was removed',
    provoke: ({ client }) => client.getContainer(`polyrun-test-${newMarker()}`).start(),
    on: { docker: 'BACKEND_LOST', podman: 'BACKEND_LOST' },
    says: /Run it again if it may run twice/,
  },
  {
    name: 'an option that no row knows',
    provoke: (place) => place.start({ Tmpfs: { '/t': 'bogus' } }),
    on: { docker: 'BACKEND_REJECTED', podman: 'BACKEND_REJECTED' },
    says: /bogus.*Change what it names/,
  },
]

describe.each(ENGINES)('$engine', ({ engine, socketPath, image }) => {
  let place: Place | undefined
  beforeAll(async () => {
    if (existsSync(socketPath)) place = await Place.open(socketPath, image)
  })
  afterAll(() => place?.running.remove({ force: true, v: true }))

  const known = PROVOCATIONS.flatMap((each) => (each.on[engine] === undefined ? [] : [{ ...each, code: each.on[engine] }]))
  test.for(known)('$name: $code', async ({ provoke, subject, code, says, argument }, context) => {
    if (place === undefined) return context.skip(`nothing is at ${socketPath}`)
    const cause: unknown = await rejectionOf(provoke(place))
    const error = engineError(cause, 'provoking it', subject)
    expect(error.code, error.message).toBe(code)
    expect(error.message).toMatch(/^While provoking it: /)
    expect(error.message).toMatch(says)
    expect(error.cause).toBe(cause)
    if (argument !== undefined) expect(error.details).toEqual({ argument, value: subject?.given?.[argument] })
  })

  test('a program that is not there is told from everything else', async (context) => {
    if (place === undefined) return context.skip(`nothing is at ${socketPath}`)
    const starting = async (more: Docker.ContainerCreateOptions): Promise<unknown> => place && rejectionOf(place.start({}, more))
    for (const Cmd of [['nosuchprogram'], ['/no/such']]) {
      const cause = await starting({ Cmd })
      expect(isMissingExecutable(cause), String(cause)).toBe(true)
      expect(isMissingExecutable(engineError(cause, 'starting')), String(cause)).toBe(true)
      expect(isMissingExecutable(await place.exec({ Cmd })), Cmd[0]).toBe(true)
      const withInit = await place.saidByInit(Cmd)
      expect(isMissingExecutable(withInit), withInit).toBe(true)
    }
    for (const others of [{ Cmd: ['/etc/passwd'] }, { User: 'nosuchuser' }]) {
      expect(isMissingExecutable(await starting(others)), JSON.stringify(others)).toBe(false)
    }
    const inNoDirectory = await place.exec({ Cmd: ['true'], WorkingDir: '/no/such' })
    expect(inNoDirectory).toContain('no such file or directory')
    expect(isMissingExecutable(inNoDirectory)).toBe(false)
  })

  test('a container that several remove at once is gone or going for each of them, and then gone', async (context) => {
    if (place === undefined) return context.skip(`nothing is at ${socketPath}`)
    for (const AutoRemove of [false, true]) {
      const container = await place.client.createContainer(configOf(image, { AutoRemove }))
      await container.start()
      const looks = Array.from({ length: 4 }, () => container.inspect())
      const removals = Array.from({ length: 4 }, () => container.remove({ force: true, v: true }))
      const failures = await failuresOf([...removals, ...looks])
      expect(failures.filter((each) => !isGoneOrGoing(each)).map(String)).toEqual([])
      await expect.poll(async () => isGone((await failuresOf([container.inspect()]))[0]), PATIENCE).toBe(true)
      expect(isGone(await rejectionOf(container.remove({ force: true })))).toBe(true)
      expect(isStoppedOrGone(await rejectionOf(container.kill()))).toBe(true)
    }
  })

  test('a container that does not run is told from one that could not be killed', async (context) => {
    if (place === undefined) return context.skip(`nothing is at ${socketPath}`)
    const { client } = place
    const container = await place.create({}, { Cmd: ['true'] })
    await container.start()
    await container.wait()
    const cause = await rejectionOf(container.kill())
    expect(isStoppedOrGone(cause), String(cause)).toBe(true)
    expect(isGoneOrGoing(cause), String(cause)).toBe(false)
    const wrong = await rejectionOf(place.running.kill({ signal: 'SIGNOTHING' }))
    expect(isStoppedOrGone(wrong), String(wrong)).toBe(false)
    const Name = `polyrun-test-${newMarker()}`
    await client.createVolume({ Name })
    const mount = { Target: '/v', Source: Name, Type: 'volume' as const }
    const user = await place.create({ Mounts: [mount] })
    const inUse = await rejectionOf(client.getVolume(Name).remove())
    expect([isInUse(inUse), isGoneOrGoing(inUse)], String(inUse)).toEqual([true, false])
    await user.remove({ force: true })
    await client.getVolume(Name).remove()
    expect(isGone(await rejectionOf(client.getVolume(Name).remove()))).toBe(true)
  })

  test('the status of an answer can be asked for', async (context) => {
    if (place === undefined) return context.skip(`nothing is at ${socketPath}`)
    expect(httpStatusOf(await rejectionOf(place.client.getContainer('polyrun-test-nothing').inspect()))).toBe(404)
  })
})

describe('a connection that breaks', () => {
  test.each([
    ['before the answer', ''],
    ['within the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Vers'],
    ['within an error', 'HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{"mess'],
    ['with what is no answer', 'no http\r\n\r\n'],
  ])('%s: BACKEND_LOST', async (_name, answer) => {
    const socketPath = join(scratchDirectory(), 'engine.sock')
    const server = createServer((socket) => socket.once('data', () => socket.end(answer))).listen(socketPath)
    onTestFinished(() => void server.close())
    const error = await lastOf((await connectDocker({ socketPath })).version())
    expect(error.code).toBe('BACKEND_LOST')
    expect(error.retryable).toBe(true)
  })

  test.each([
    [503, 'BACKEND_LOST'],
    [500, 'BACKEND_REJECTED'],
    [418, 'BACKEND_REJECTED'],
  ])('status %i without known words: %s', async (status, code) => {
    const socketPath = join(scratchDirectory(), 'engine.sock')
    const body = '{"message":"something new."}'
    const answer = `HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
    const server = createServer((socket) => socket.once('data', () => socket.end(answer))).listen(socketPath)
    onTestFinished(() => void server.close())
    const error = await lastOf((await connectDocker({ socketPath })).version())
    expect(error.code).toBe(code)
    expect(error.message).toContain('The engine says: something new.')
  })

  test('a name with several addresses: BACKEND_UNREACHABLE with one of them', async () => {
    const lookup: LookupFunction = (_name, _options, found) =>
      found(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    const socket = connect({ host: 'engine.test', port: 1, lookup, autoSelectFamily: true })
    const [cause] = (await once(socket, 'error').catch((error: unknown) => [error])) as [Error]
    expect(cause).toBeInstanceOf(AggregateError)
    const error = engineError(cause, 'asking')
    expect(error.code).toBe('BACKEND_UNREACHABLE')
    expect(error.message).toContain('tcp://127.0.0.1:1')
  })

  test('an error of ours stays what it is', () => {
    const first = engineError(new Error('x'), 'starting')
    expect(engineError(first, 'stopping')).toBe(first)
  })
})

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function lastOf(call: Promise<unknown>): Promise<ReturnType<typeof engineError>> {
  return engineError(await rejectionOf(call), 'asking')
}

function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error
}

async function failuresOf(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(calls)
  return results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
}

async function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('the engine must refuse this'),
    (error: unknown) => error,
  )
}
