import { CodeExecutorError } from '../../core/index.ts'
import { orAborted } from '../../engine/index.ts'
import type { ContainerConfig, ContainerRequest, DockerClient, DockerContainer } from './client.ts'
import { engineError, isStoppedOrGone, type EngineErrorSubject } from './engine-errors.ts'
import { Channels, LAST_WORDS_MS } from './channels.ts'
import { endOf, untilEnded, type ContainerEnd } from './container-end.ts'
import { Channel, type ExecPlace } from './exec-channel.ts'
import { isGvisor } from './gvisor.ts'
import { HolderRelay } from './holder-relay.ts'
import { inTime } from './in-time.ts'
import { untilForgotten } from './removal.ts'

/** How long a container may take to end by itself when its input has ended; then it is killed. */
const PATIENCE_MS = 150
/** The same under gVisor, where a kill of a container with many processes may take a second for each of them (decision 0016). */
const GVISOR_PATIENCE_MS = 2_000
/** How long the engine may take to kill a container. */
const KILL_MS = 20_000

/** A container that lives as long as the connection to its holder. */
export class LivingContainer {
  readonly container: DockerContainer
  /** Its own processes, by their ids in it. */
  readonly holders: readonly number[]
  /** Whether the shell that programs cannot read is there. */
  readonly sealed: boolean
  /** A way to a process in it that needs no channel of its own, where its holder has one. It is for one process, once. */
  readonly relay: HolderRelay | undefined
  readonly #client: DockerClient
  readonly #closed: Promise<void>
  readonly #runtime: string | undefined
  readonly #channel: Channel
  readonly #channels: Channels
  /** Whether it is to live on without us. */
  readonly #stays: boolean
  /** Whether it is to be there, ended, for a look at it. */
  readonly #isKept: boolean
  #isOver = false

  private constructor(
    client: DockerClient,
    container: DockerContainer,
    channel: Channel,
    { holders, sealed, relay, stays, isKept, runtime }: HolderFacts,
  ) {
    this.#stays = stays
    this.#isKept = isKept
    this.#client = client
    this.#runtime = runtime
    this.container = container
    this.holders = holders
    this.sealed = sealed
    this.relay = relay
    this.#channel = channel
    this.#channels = new Channels(container)
    channel.keepAlive(false)
    this.#closed = channel.closed.then(() => {
      this.#isOver = true
      this.#channels.closeSoon()
    })
  }

  /** Uses one that runs, and leaves it running. @throws see `engineError` */
  static async join(client: DockerClient, container: DockerContainer): Promise<LivingContainer> {
    try {
      const stream = await container.attach({ stream: true, stdin: false, stdout: true, stderr: true, hijack: true })
      const channel = Channel.over(stream, { onOutput: () => {}, onError: () => {} })
      const facts = { holders: [], sealed: true, relay: undefined, stays: true, isKept: false, runtime: undefined }
      return new LivingContainer(client, container, channel, facts)
    } catch (cause) {
      throw engineError(cause, 'joining a container')
    }
  }

  /** Makes and starts one. @throws see `engineError`, `BACKEND_REJECTED` when it ended at once, `signal.reason` */
  static async start(client: DockerClient, config: ContainerConfig, signal: AbortSignal): Promise<LivingContainer> {
    let container: DockerContainer | undefined
    let channel: Channel | undefined
    try {
      container = await made(client.createContainer(requestFor(config)), signal)
      const greeting = new Greeting()
      const stays = !config.OpenStdin
      const stream = await container.attach({ stream: true, stdin: !stays, stdout: true, stderr: true, hijack: true })
      channel = Channel.over(stream, greeting)
      await container.start()
      void channel.closed.then(() => greeting.fail())
      const { holders, sealed } = await orAborted(greeting.heard, signal)
      signal.throwIfAborted()
      return new LivingContainer(client, container, channel, {
        holders,
        sealed,
        relay: holders.length > 1 ? (greeting.relay = new HolderRelay(channel)) : undefined,
        stays,
        isKept: !config.HostConfig.AutoRemove,
        runtime: config.HostConfig.Runtime,
      })
    } catch (cause) {
      channel?.destroy()
      if (container) await untilForgotten(container).catch(() => {})
      if (signal.aborted) throw signal.reason
      throw engineError(cause, 'starting a container', subjectOf(config))
    }
  }

  /** Resolves when the container has ended, to what the engine says of it, or only of the time since then (`performance.now()`). */
  async end(since = -Infinity): Promise<ContainerEnd> {
    await this.#closed
    return endOf(this.#client, this.container, this.#runtime, performance.now() - since)
  }

  /** Resolves when the container has ended; what it ended by is not asked for. */
  async ended(): Promise<void> {
    await this.#closed
    await untilEnded(this.container)
  }

  /** Where processes are started beside its own. */
  get processes(): ExecPlace {
    return this.#channels
  }

  /** Whether it ended, or is to. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Lets it end, and everything in it, without waiting for that. */
  abandon(): void {
    this.#isOver = true
    this.#channels.closeSoon()
    if (this.#stays) return this.#channel.destroy()
    this.#channel.end()
    const timer = setTimeout(() => this.#channel.destroy(), LAST_WORDS_MS)
    void this.#closed.then(() => clearTimeout(timer))
    void this.#killIfNeeded()
  }

  async #killIfNeeded(): Promise<void> {
    if (isGvisor(this.#runtime)) await inTime(this.#closed, GVISOR_PATIENCE_MS)
    const ending = this.#isKept ? this.container.kill() : this.container.remove({ force: true, v: true })
    await ending.catch(() => {}) // `remove` tells what goes wrong
  }

  async #untilStopped(): Promise<void> {
    const killing = this.container.kill().catch((error: unknown) => (isStoppedOrGone(error) ? undefined : Promise.reject(error)))
    await inTime(killing, KILL_MS)
  }

  /** Ends it and waits until the engine has forgotten it. Nothing is waited for that one of its processes may say. */
  async remove(): Promise<void> {
    this.#isOver = true
    try {
      await this.#remove()
    } finally {
      this.#channels.close()
    }
  }

  async #remove(): Promise<void> {
    if (this.#stays) return this.#channel.destroy()
    this.#channel.end()
    await inTime(this.#closed, isGvisor(this.#runtime) ? GVISOR_PATIENCE_MS : PATIENCE_MS)
    this.#channel.destroy()
    try {
      if (this.#isKept) await this.#untilStopped()
      else await untilForgotten(this.container)
    } catch (cause) {
      throw engineError(cause, 'removing a container')
    }
  }
}

function requestFor({ name, platform, ...body }: ContainerConfig): ContainerRequest {
  return { _query: { ...(name !== undefined && { name }), ...(platform !== undefined && { platform }) }, _body: body }
}

/** What an error may be about. */
function subjectOf({ Image, name, HostConfig }: ContainerConfig): EngineErrorSubject {
  return {
    image: Image,
    ...(name !== undefined && { containerName: name }),
    ...(HostConfig.Runtime !== undefined && { runtime: HostConfig.Runtime }),
    given: {
      'limits.memory': HostConfig.Memory,
      'limits.cpus': HostConfig.NanoCpus / 1e9,
      volumes: HostConfig.Mounts.map(({ Source }) => Source),
    },
  }
}

/** What is known of the container's own process. */
interface HolderFacts {
  readonly holders: readonly number[]
  readonly sealed: boolean
  readonly relay: HolderRelay | undefined
  readonly stays: boolean
  readonly isKept: boolean
  readonly runtime: string | undefined
}

/** Waits for the container; one that comes after an abort is removed. */
async function made(creating: Promise<DockerContainer>, signal: AbortSignal): Promise<DockerContainer> {
  const container = await creating
  if (!signal.aborted) return container
  await untilForgotten(container).catch(() => {})
  throw signal.reason
}

/** What the holder says when it is ready, or complains of. */
class Greeting {
  #said = ''
  readonly #heard = Promise.withResolvers<Pick<HolderFacts, 'holders' | 'sealed'>>()
  /** Takes what it says afterwards. */
  relay: HolderRelay | undefined

  get heard(): Promise<Pick<HolderFacts, 'holders' | 'sealed'>> {
    return this.#heard.promise
  }

  onOutput(chunk: Buffer): void {
    if (this.relay) return this.relay.onOutput(chunk)
    this.#said += chunk.toString('utf8')
    const match = /^ready (\d+) ([01]) ?(\d*)$/m.exec(this.#said)
    if (!match) return
    const [, holder, sealed, relay] = match
    this.#heard.resolve({ holders: [holder, relay].filter(Boolean).map(Number), sealed: sealed === '1' })
  }

  onError(chunk: Buffer): void {
    this.#said += chunk.toString('utf8')
  }

  fail(): void {
    const reason = this.#said.trim() || 'it ended at once'
    this.#heard.reject(new CodeExecutorError('BACKEND_REJECTED', `The container did not start: ${reason}.`, { executor: 'docker', reason }))
  }
}
