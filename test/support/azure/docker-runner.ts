import { Writable, type Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { ContainerBody, ContainerProperties, GroupBody } from './wire.ts'
import type { LogBuffer } from './log-buffer.ts'
import { SandboxVolumes, type Shares } from './docker-volumes.ts'

/** How a container ended. */
export interface Ended {
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly startedAt: string
  readonly finishedAt: string
  /** Set where the container could not even be started. */
  readonly startError?: string
}

/** A container while it runs. */
export interface Run {
  readonly startedAt: string
  readonly ended: Promise<Ended>
  /** One more process in it, on a terminal of its own. */
  terminal(command: string, size: { readonly rows: number; readonly cols: number }): Promise<Duplex>
  /** What the container prints from now on. */
  follow(listener: (chunk: Buffer) => void): () => void
  kill(): Promise<void>
}

/** What all sandboxes of a stand-in share. */
export interface SandboxHost {
  readonly docker: Docker
  /** On everything that the stand-in makes. */
  readonly labels: Readonly<Record<string, string>>
  /** The image of the engine that stands for one of a group. */
  readonly imageOf: (image: string) => string
  /** Cores of the engine's machine: no container may ask for more. */
  readonly cores: number
  /** Where the containers of the engine get their network from. */
  readonly network: 'bridge' | 'none'
  readonly shares: Shares
}

const GIGABYTE = 1024 ** 3

/** The containers of one group, really run by the engine: they share a network and volumes, as in the group's own machine. */
export class Sandbox {
  readonly #host: SandboxHost
  readonly #body: GroupBody
  readonly #volumes: SandboxVolumes
  readonly #containers = new Map<Docker.Container, Promise<void> | 'there'>()
  #network: string
  #closed = false

  constructor(host: SandboxHost, name: string, body: GroupBody) {
    this.#host = host
    this.#body = body
    this.#volumes = new SandboxVolumes(host, name, body.properties.volumes ?? [])
    this.#network = host.network
  }

  /** Makes the volumes, and what holds the network where more than one container uses it. */
  async open(): Promise<void> {
    await this.#volumes.fill(this.#host.imageOf(this.#images()[0] ?? ''))
    const { containers = [] } = this.#body.properties
    if (containers.length < 2 || this.#host.network === 'none') return
    const image = this.#host.imageOf(containers[0]?.properties.image ?? '')
    const holder = await this.#create({ Image: image, Entrypoint: ['sleep', 'infinity'], HostConfig: { NetworkMode: this.#network } })
    await holder.start()
    this.#network = `container:${holder.id}`
  }

  /** @param log - gets what the container prints */
  async run(container: { readonly name: string; readonly properties: ContainerProperties }, log: LogBuffer): Promise<Run | Ended> {
    const created = await this.#create(this.#config(container))
    const listeners = new Set<(chunk: Buffer) => void>([(chunk) => log.write(chunk)])
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (const listener of listeners) listener(chunk)
        done()
      },
    })
    const stream = await created.attach({ stream: true, stdout: true, stderr: true })
    const read = new Promise<void>((resolve) => stream.once('end', resolve).once('close', resolve).once('error', resolve))
    this.#host.docker.modem.demuxStream(stream, output, output)
    try {
      await created.start()
    } catch (error) {
      await this.#remove(created)
      const now = new Date().toISOString()
      return { exitCode: 127, outOfMemory: false, startedAt: now, finishedAt: now, startError: (error as Error).message }
    }
    const { State } = await created.inspect()
    return {
      startedAt: milliseconds(State.StartedAt),
      ended: this.#ended(created, read),
      terminal: (command, size) => this.#terminal(created, command, size),
      follow: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      kill: () => created.kill().catch(() => undefined),
    }
  }

  /** Kills and removes everything. Safe to call twice; what is being made meanwhile is gone after the call that follows its making. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#containers.keys()].map((container) => this.#remove(container)))
    await this.#volumes.remove()
  }

  #images(): string[] {
    const { containers = [], initContainers = [] } = this.#body.properties
    return [...containers, ...initContainers].flatMap(({ properties }) => properties.image ?? [])
  }

  async #create(config: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    const container = await this.#host.docker.createContainer({ ...config, Labels: { ...this.#host.labels } })
    this.#containers.set(container, 'there')
    if (!this.#closed) return container
    await this.#remove(container)
    throw new Error('the sandbox was closed meanwhile')
  }

  #config(container: { readonly name: string; readonly properties: ContainerProperties }): Docker.ContainerCreateOptions {
    const { image = '', command = [], environmentVariables = [], volumeMounts = [], securityContext } = container.properties
    const { runAsUser, runAsGroup } = securityContext ?? {}
    const user = runAsUser === undefined ? {} : { User: runAsGroup === undefined ? `${runAsUser}` : `${runAsUser}:${runAsGroup}` }
    return {
      Image: this.#host.imageOf(image),
      // The command takes the place of the image's entry point and of its own command.
      ...(command.length > 0 && { Entrypoint: [...command], Cmd: [] }),
      Env: environmentVariables.map(({ name, value, secureValue }) => `${name}=${secureValue ?? value ?? ''}`),
      ...user,
      HostConfig: {
        NetworkMode: this.#network,
        Binds: volumeMounts.map((mount) => this.#volumes.bind(mount)),
        ...this.#limits(container.name),
      },
    }
  }

  /** A container may use what the whole group asked for, unless it has a limit of its own. */
  #limits(name: string): { readonly Memory: number; readonly MemorySwap: number; readonly NanoCpus: number } {
    const { containers = [] } = this.#body.properties
    const own = containers.find((container) => container.name === name)?.properties.resources?.limits
    const memory = Math.round((own?.memoryInGB ?? total(containers, 'memoryInGB')) * GIGABYTE)
    const cores = Math.min(own?.cpu ?? total(containers, 'cpu'), this.#host.cores)
    return { Memory: memory, MemorySwap: memory, NanoCpus: Math.round(cores * 1e9) }
  }

  async #ended(container: Docker.Container, read: Promise<void>): Promise<Ended> {
    await container.wait().catch(() => undefined)
    await read
    const facts = await container.inspect().catch(() => undefined)
    // Nobody waits for it but who closes the sandbox.
    void this.#remove(container).catch(() => undefined)
    const now = new Date().toISOString()
    if (facts === undefined) return { exitCode: 137, outOfMemory: false, startedAt: now, finishedAt: now }
    const { ExitCode, OOMKilled, StartedAt, FinishedAt } = facts.State
    return { exitCode: ExitCode, outOfMemory: OOMKilled, startedAt: milliseconds(StartedAt), finishedAt: milliseconds(FinishedAt) }
  }

  async #terminal(container: Docker.Container, command: string, size: { readonly rows: number; readonly cols: number }): Promise<Duplex> {
    const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true }
    const exec = await container.exec({ Cmd: [command], ...streams })
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true })
    await exec.resize({ h: size.rows, w: size.cols }).catch(() => undefined)
    return stream
  }

  /** One removal for everybody who asks for it. */
  #remove(container: Docker.Container): Promise<void> {
    const known = this.#containers.get(container)
    if (known === undefined) return Promise.resolve()
    if (known !== 'there') return known
    const removal = removeContainer(container).then(() => void this.#containers.delete(container))
    this.#containers.set(container, removal)
    return removal
  }
}

async function removeContainer(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
    // Gone already, or being removed.
    if (error.statusCode !== 404 && error.statusCode !== 409) throw error
  })
}

function total(containers: readonly ContainerBody[], what: 'cpu' | 'memoryInGB'): number {
  return containers.reduce((sum, { properties }) => sum + (properties.resources?.requests[what] ?? 1), 0)
}

/** The engine tells nanoseconds, the service milliseconds. */
function milliseconds(time: string): string {
  return new Date(time).toISOString()
}
