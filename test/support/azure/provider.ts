import { groupNotFound, type Answer } from './answers.ts'
import { checkGroup } from './check-group.ts'
import { ContainerAccess } from './container-access.ts'
import type { GroupFaults } from './container-keeper.ts'
import type { EngineHost } from './engine-host.ts'
import { imageInaccessible, quotaReached, regionUnavailable, transitioning } from './fault-answers.ts'
import type { Faults } from './faults.ts'
import { Group, type Delays } from './group.ts'
import { Groups } from './groups.ts'
import type { Operations } from './operations.ts'
import { cachedImagesAnswer, capabilitiesAnswer, operationsAnswer, usageAnswer, type Usage } from './provider-facts.ts'
import type { OperationName, Routed } from './routes.ts'
import type { Sockets } from './sockets.ts'
import type { ContainerBody, GroupBody } from './wire.ts'

/** A request that has passed the gateway. */
export interface ProviderRequest extends Routed {
  readonly query: URLSearchParams
  readonly body: unknown
  readonly origin: string
}

export interface ProviderSettings {
  readonly tenantId: string
  readonly locations: readonly string[]
  readonly host: EngineHost
  readonly delays: Delays
  readonly quota: Usage
  /** The names of images that stand for one of the engine. */
  readonly images: Readonly<Record<string, string>>
}

type Handler = (request: ProviderRequest) => Promise<Answer> | Answer

const GROUP_FAULTS = [
  'operation-stuck',
  'image-never-pulls',
  'mount-fails',
  'provisioning-fails',
  'restarts',
  'restarts-after-failure',
  'deleted-outside',
] as const

/** Microsoft.ContainerInstance: what it does for each operation. */
export class Provider {
  readonly groups = new Groups()
  readonly #settings: ProviderSettings
  readonly #faults: Faults
  readonly #operations: Operations
  readonly #access: ContainerAccess
  readonly #handlers: Readonly<Record<OperationName, Handler>> = {
    create: (request) => this.#create(request),
    get: (request) => ({ status: 200, body: this.#group(request).answer('with views') }),
    update: (request) => this.#update(request),
    delete: (request) => this.#delete(request),
    list: () => this.#list(),
    'list-in-group': (request) => this.#list(request.part('resourceGroup')),
    start: (request) => this.#start(request),
    stop: (request) => this.#settled(request, (group) => group.stop()),
    restart: (request) => this.#settled(request, (group) => group.restart()),
    logs: (request) => this.#access.logs(this.#group(request), request.part('container'), request.query),
    exec: (request) => this.#access.exec(this.#group(request), request.part('container'), request.body),
    attach: (request) => this.#access.attach(this.#group(request), request.part('container')),
    outbound: () => ({ status: 200, body: [] }),
    usage: (request) => usageAnswer(this.#used(locationOf(request.part('location'))), this.#settings.quota),
    capabilities: (request) => capabilitiesAnswer(locationOf(request.part('location'))),
    'cached-images': () => cachedImagesAnswer(Object.keys(this.#settings.images)),
    'provider-operations': operationsAnswer,
    'delete-subnet-link': () => ({ status: 204 }),
    operation: ({ part, query }) => this.#operations.answer(part('id'), query),
  }

  constructor(settings: ProviderSettings, faults: Faults, operations: Operations, sockets: Sockets) {
    this.#settings = settings
    this.#faults = faults
    this.#operations = operations
    this.#access = new ContainerAccess(sockets)
  }

  async answer(request: ProviderRequest): Promise<Answer> {
    return await this.#handlers[request.operation](request)
  }

  /** As if somebody had deleted it in the portal. */
  async deleteFromOutside(resourceGroup: string, name: string): Promise<void> {
    const group = this.groups.get(resourceGroup, name)
    if (group === undefined) throw new Error(`there is no group ${name} in ${resourceGroup}`)
    this.groups.delete(resourceGroup, group)
    await group.remove()
  }

  /** Ends all groups. */
  async close(): Promise<void> {
    await Promise.all(this.groups.list().map((group) => group.remove()))
  }

  async #create(request: ProviderRequest): Promise<Answer> {
    const [subscription, resourceGroup, name] = [request.part('subscription'), request.part('resourceGroup'), request.part('group')]
    const body = request.body as GroupBody
    checkGroup(name, body)
    const location = locationOf(body.location ?? '')
    if (!this.#settings.locations.includes(location)) throw regionUnavailable(body.location ?? '', this.#settings.locations)
    const before = this.groups.get(resourceGroup, name)
    if (before !== undefined && ['Pending', 'Creating', 'Deleting'].includes(before.provisioning)) throw transitioning(name)
    const { containers = [], initContainers = [] } = body.properties
    if (before === undefined) this.#checkQuota(location, coresOf(containers))
    const digests = new Map<string, string>()
    for (const { image = '' } of [...containers, ...initContainers].map(({ properties }) => properties)) {
      const digest = await this.#settings.host.findImage(image)
      if (digest === undefined) throw imageInaccessible(image, name)
      digests.set(image, digest)
    }
    const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerInstance/containerGroups/${name}`
    const { tenantId, host, delays } = this.#settings
    const vanish = (): void => {
      this.groups.delete(resourceGroup, group)
      void group.remove()
    }
    const group: Group = new Group(body, {
      id,
      name,
      location,
      tenantId,
      host: host.sandbox,
      delays,
      digests,
      faults: this.#drawFaults(),
      vanish,
    })
    this.groups.set(resourceGroup, name, group)
    await before?.remove()
    const answered = group.answer('with views')
    group.begin()
    const url = this.#operations.add(request.origin, subscription, location, group.creation())
    return { status: before === undefined ? 201 : 200, headers: { 'Azure-AsyncOperation': url }, body: answered }
  }

  #drawFaults(): GroupFaults {
    const drawn = GROUP_FAULTS.map((name) => [name, this.#faults.take(name)] as const)
    return Object.fromEntries(drawn.filter(([, fault]) => fault !== undefined)) as GroupFaults
  }

  #checkQuota(location: string, cores: number): void {
    const used = this.#used(location)
    const { quota } = this.#settings
    if (used.groups + 1 > quota.groups) throw quotaReached('ContainerGroups', location, quota.groups, used.groups, 1)
    if (used.cores + cores > quota.cores) throw quotaReached('StandardCores', location, quota.cores, used.cores, cores)
  }

  #used(location: string): Usage {
    const there = this.groups.list().filter(({ settings }) => settings.location === location)
    const busy = there.filter(({ state }) => !['Succeeded', 'Failed', 'Stopped'].includes(state))
    const cores = busy.reduce((sum, { body }) => sum + coresOf(body.properties.containers ?? []), 0)
    return { groups: there.length, cores }
  }

  #update(request: ProviderRequest): Answer {
    const group = this.#group(request)
    const { tags } = request.body as { readonly tags?: Readonly<Record<string, string>> }
    if (tags !== undefined) group.tags = tags
    return { status: 200, body: group.answer('without views') }
  }

  async #delete(request: ProviderRequest): Promise<Answer> {
    const [subscription, resourceGroup] = [request.part('subscription'), request.part('resourceGroup')]
    const group = this.groups.get(resourceGroup, request.part('group'))
    if (group === undefined) return { status: 204 }
    const body = group.answer('with views')
    const slow = this.#faults.take('slow-delete', 'delete')
    const removed = this.#remove(resourceGroup, group, slow?.ms ?? 0)
    if (slow === undefined) {
      await removed.done
      return { status: 200, body }
    }
    const operation = { ...group.creation(), status: () => (removed.isDone() ? 'Succeeded' : 'Deleting'), error: () => undefined }
    const url = this.#operations.add(request.origin, subscription, group.settings.location, operation)
    return { status: 202, headers: { 'Azure-AsyncOperation': url } }
  }

  #remove(resourceGroup: string, group: Group, extraMs: number): { readonly done: Promise<void>; readonly isDone: () => boolean } {
    let done = false
    const wait = (this.#settings.delays.deleting ?? 0) + extraMs
    const remove = async (): Promise<void> => {
      await group.remove()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref())
      this.groups.delete(resourceGroup, group)
      done = true
    }
    return { done: remove(), isDone: () => done }
  }

  #list(resourceGroup?: string): Answer {
    return { status: 200, body: { value: this.groups.list(resourceGroup).map((group) => group.answer('without views')) } }
  }

  #start(request: ProviderRequest): Answer {
    const group = this.#group(request)
    if (group.state !== 'Running' && group.provisioning !== 'Pending' && group.provisioning !== 'Creating') group.begin()
    const url = this.#operations.add(request.origin, request.part('subscription'), group.settings.location, group.creation())
    return { status: 202, headers: { 'Azure-AsyncOperation': url, Location: url } }
  }

  async #settled(request: ProviderRequest, act: (group: Group) => Promise<void>): Promise<Answer> {
    await act(this.#group(request))
    return { status: 204 }
  }

  #group(request: ProviderRequest): Group {
    const [resourceGroup, name] = [request.part('resourceGroup'), request.part('group')]
    const group = this.groups.get(resourceGroup, name)
    if (group === undefined) throw groupNotFound(resourceGroup, name)
    return group
  }
}

/** `West US` is `westus`. */
export function locationOf(text: string): string {
  return text.toLowerCase().replaceAll(/\s/g, '')
}

export function coresOf(containers: readonly ContainerBody[]): number {
  return containers.reduce((sum, { properties }) => sum + (properties.resources?.requests.cpu ?? 0), 0)
}
