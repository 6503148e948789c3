import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ContainerKeeper, type GroupFaults, type Policy } from './container-keeper.ts'
import { ContainerLife } from './container-life.ts'
import { Sandbox, type SandboxHost } from './docker-runner.ts'
import { MountError } from './docker-volumes.ts'
import { Events } from './events.ts'
import { answerOf } from './group-body.ts'
import type { LongOperation } from './operations.ts'
import type { GroupBody } from './wire.ts'

/** How long each step of a group's life takes at least, in milliseconds. @defaultValue 0 each */
export interface Delays {
  /** From the create to the first pull. */
  readonly pending?: number
  /** Of one image. */
  readonly pulling?: number
  /** From the last pull to the containers' start. */
  readonly starting?: number
  /** From the containers' start to the group's `Succeeded`: a short program ends before it. */
  readonly settling?: number
  /** Before the platform tries something again: a start, a pull, a mount. @defaultValue 100 */
  readonly restarting?: number
  /** From a delete to its answer. */
  readonly deleting?: number
}

export interface GroupSettings {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly tenantId: string
  readonly host: SandboxHost
  readonly delays: Delays
  /** Of the images, by their names. */
  readonly digests: ReadonlyMap<string, string>
  readonly faults: GroupFaults
  /** Called when somebody from outside deletes the group. */
  readonly vanish: () => void
}

type Provisioning = 'Pending' | 'Creating' | 'Succeeded' | 'Failed' | 'Deleting'

/** One container group: what was asked for, what the engine does about it, and what the service says about that. */
export class Group {
  readonly body: GroupBody
  readonly settings: GroupSettings
  readonly containers: readonly ContainerLife[]
  readonly events = new Events()
  tags: Readonly<Record<string, string>>
  readonly #init: readonly ContainerLife[]
  readonly #startTime = new Date().toISOString()
  #provisioning: Provisioning = 'Pending'
  #stopped = false
  #failure: { readonly code: string; readonly message: string } | undefined
  #running = new AbortController()
  #sandbox: Sandbox | undefined
  #life: Promise<void> = Promise.resolve()

  constructor(body: GroupBody, settings: GroupSettings) {
    this.body = body
    this.settings = settings
    this.tags = body.tags ?? {}
    this.containers = (body.properties.containers ?? []).map((container) => new ContainerLife(container))
    this.#init = (body.properties.initContainers ?? []).map((container) => new ContainerLife(container))
  }

  get policy(): Policy {
    return (this.body.properties.restartPolicy ?? 'Always') as Policy
  }

  get provisioning(): Provisioning {
    return this.#provisioning
  }

  /** What the group's `instanceView` says. */
  get state(): string {
    if (this.#stopped) return 'Stopped'
    if (this.#provisioning === 'Failed') return 'Failed'
    const states = this.containers.map(({ state }) => state)
    if (this.#provisioning !== 'Succeeded' || states.some((state) => state === undefined)) return 'Pending'
    const ends = states.flatMap((state) => (state?.state === 'Terminated' ? [state.ended.exitCode] : []))
    if (ends.length < states.length || this.policy === 'Always') return 'Running'
    if (ends.every((code) => code === 0)) return 'Succeeded'
    return this.policy === 'Never' ? 'Failed' : 'Running'
  }

  /** A container or an init container. */
  container(name: string): ContainerLife | undefined {
    return [...this.containers, ...this.#init].find((container) => container.name === name)
  }

  answer(views: 'with views' | 'without views'): object {
    const { id, name, location, tenantId } = this.settings
    const ip = this.#provisioning === 'Succeeded' ? '203.0.113.7' : undefined
    const container = (wanted: string): object | undefined => this.container(wanted)?.view()
    const shown = views === 'with views' ? { group: { events: this.events.list(), state: this.state }, container } : undefined
    return answerOf(this.body, { id, name, location, tenantId, ip, tags: this.tags, provisioningState: this.#provisioning, views: shown })
  }

  /** What is told under the operation's URL while the group comes up. */
  creation(): LongOperation {
    return {
      resourceId: this.settings.id,
      startTime: this.#startTime,
      status: () => (this.#provisioning === 'Deleting' ? 'Canceled' : this.#provisioning),
      events: () => this.containers.flatMap(({ events }) => events.list().filter(({ name }) => name.startsWith('Pull'))),
      error: () => this.#failure,
    }
  }

  /** Brings it up. The promise of {@link settle} tells when all its containers have ended. */
  begin(): void {
    this.#stopped = false
    if (this.#provisioning === 'Succeeded') this.#provisioning = 'Pending'
    for (const life of [...this.#init, ...this.containers]) life.reset()
    this.#running = new AbortController()
    const { signal } = this.#running
    this.#life = this.#live(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#fail('InternalError', (error as Error).message)
    })
  }

  /** Ends the containers and keeps the group. */
  async stop(): Promise<void> {
    await this.#end()
    this.#stopped = true
  }

  async remove(): Promise<void> {
    this.#provisioning = 'Deleting'
    await this.#end()
    // The operation's URL still knows the group; four megabytes for each are too many to keep.
    for (const { log } of [...this.#init, ...this.containers]) log.clear()
  }

  /** Ends the containers one more time and starts them as they were asked for. */
  async restart(): Promise<void> {
    await this.#end()
    this.begin()
  }

  async #end(): Promise<void> {
    this.#running.abort()
    await this.#sandbox?.close()
    await this.#life
    // Once more, for what was being made when it was closed.
    await this.#sandbox?.close()
    this.#sandbox = undefined
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { delays, faults, host } = this.settings
    await delay(delays.pending ?? 0, undefined, { signal })
    if (faults['operation-stuck'] !== undefined) return
    if (this.#provisioning === 'Pending') this.#provisioning = 'Creating'
    if (faults['image-never-pulls'] !== undefined) return await this.#backOff(signal)
    for (const life of [...this.#init, ...this.containers]) await this.#pull(life, signal)
    await delay(delays.starting ?? 0, undefined, { signal })
    // A failed group lives on, and what it was to run may run all the same.
    if (faults['provisioning-fails'] !== undefined) this.#fail('DeploymentFailed', 'The container group could not be provisioned.')
    this.#sandbox = new Sandbox(host, `azure-${randomUUID()}`, this.body)
    await this.#mount(this.#sandbox, signal)
    const keeper = new ContainerKeeper({
      sandbox: this.#sandbox,
      policy: this.policy,
      faults,
      pause: () => this.#pause(signal),
      started: () => this.#provisioned(signal),
      vanish: this.settings.vanish,
      signal,
    })
    for (const life of this.#init) {
      const { exitCode } = await keeper.initialise(life)
      if (exitCode !== 0) return this.#fail('InitContainerFailed', `The init container '${life.name}' ended with exit code ${exitCode}.`)
    }
    await Promise.all(this.containers.map((life) => keeper.keep(life)))
  }

  /** A mount that fails is tried again and again. */
  async #mount(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        if (this.settings.faults['mount-fails'] !== undefined) throw new MountError('Output: mount error(2): No such file or directory')
        return await sandbox.open()
      } catch (error) {
        if (!(error instanceof MountError)) throw error
        this.events.add('FailedMount', error.message, 'Warning')
        await this.#pause(signal)
      }
    }
  }

  async #pull(life: ContainerLife, signal: AbortSignal): Promise<void> {
    const image = this.#pinned(life)
    life.events.add('Pulling', `pulling image "${image}"`)
    await delay(this.settings.delays.pulling ?? 0, undefined, { signal })
    life.events.add('Pulled', `Successfully pulled image "${image}"`)
  }

  /** `alpine:latest` is told as `alpine@sha256:...`. */
  #pinned({ properties: { image = '' } }: ContainerLife): string {
    return `${image.replace(/:[^/:]*$/, '')}@${this.settings.digests.get(image) ?? ''}`
  }

  /** The image is there for those who look, and never for those who pull. */
  async #backOff(signal: AbortSignal): Promise<void> {
    for (;;) {
      for (const life of this.containers) {
        const image = this.#pinned(life)
        life.state = { state: 'Waiting', detailStatus: 'ImagePullBackOff' }
        life.events.add('Pulling', `pulling image "${image}"`)
        life.events.add('Failed', `Failed to pull image "${image}": rpc error: context deadline exceeded`, 'Warning')
        life.events.add('BackOff', `Back-off pulling image "${image}"`, 'Warning')
      }
      await this.#pause(signal)
    }
  }

  /** The platform waits before it tries something again. */
  async #pause(signal: AbortSignal): Promise<void> {
    await delay(this.settings.delays.restarting ?? 100, undefined, { signal })
  }

  /** Up as soon as each container has been started once. */
  #provisioned(signal: AbortSignal): void {
    if (this.containers.some(({ state }) => state === undefined)) return
    const succeed = (): void => {
      if (this.#provisioning === 'Creating' && !signal.aborted) this.#provisioning = 'Succeeded'
    }
    const { settling } = this.settings.delays
    if (settling === undefined) succeed()
    else void delay(settling, undefined, { signal }).then(succeed, () => undefined)
  }

  #fail(code: string, message: string): void {
    this.#provisioning = 'Failed'
    this.#failure = { code, message }
    this.events.add('Failed', message, 'Warning')
  }
}
