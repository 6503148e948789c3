import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import type { CallOptions, ContainerInstanceClient, GroupSpec, GroupView, ListedGroup, RawResponse } from './client.ts'
import { EXECUTOR, explain, factsOf, type About } from './explain.ts'
import type { Operation } from './failures.ts'

/** How long to wait before a call that was throttled is made again. The client waits itself where Azure says for how long. */
const THROTTLE_MS = [1_000, 2_000, 4_000, 8_000, 16_000] as const
/** A delete is worth more patience: what is not deleted is paid for. */
const DELETE_TRIES = 6
const DELETE_PAUSE_MS = 500
/** How long a group may take to be gone after Azure has taken note. */
const GONE_MS = 120_000

/** Where groups are. */
export interface GroupPlace {
  readonly subscriptionId: string
  readonly resourceGroup: string
}

/** The container groups of one resource group: every call to Azure is made here, with its patience and its coded errors. */
export class Groups {
  readonly #client: ContainerInstanceClient
  readonly #place: GroupPlace

  constructor(client: ContainerInstanceClient, place: GroupPlace) {
    this.#client = client
    this.#place = place
  }

  /** Asks for a group. It may be there even if this throws. @throws what Azure said, coded */
  async create(name: string, spec: GroupSpec, signal: AbortSignal): Promise<void> {
    const image = spec.containers[0]?.image ?? ''
    await this.#call('create', name, signal, { location: spec.location, image }, (options) =>
      this.#client.containerGroups.beginCreateOrUpdate(this.#place.resourceGroup, name, spec, options),
    )
  }

  /** Looks at a group. */
  get(name: string, signal: AbortSignal): Promise<GroupView> {
    return this.#call('look', name, signal, {}, (options) => this.#client.containerGroups.get(this.#place.resourceGroup, name, options))
  }

  /** The log of a container: all of it, or the last lines. `undefined` while there is none. */
  async logs(name: string, container: string, tail: number | undefined, signal: AbortSignal): Promise<string | undefined> {
    const isEarly = (cause: unknown): boolean => factsOf(cause).code === 'ContainerLogNotAvailable'
    const read = async (options: CallOptions): Promise<string | undefined> => {
      try {
        const tailed = tail === undefined ? options : { ...options, tail }
        return (await this.#client.containers.listLogs(this.#place.resourceGroup, name, container, tailed)).content ?? ''
      } catch (error) {
        if (isEarly(error)) return undefined
        throw error
      }
    }
    return this.#call('logs', name, signal, {}, read)
  }

  /** A session in a container, to be opened at once. */
  async exec(name: string, container: string, signal: AbortSignal): Promise<{ readonly uri: string; readonly password: string }> {
    const request = { command: '/bin/sh', terminalSize: { rows: 24, cols: 200 } }
    const answer = await this.#call('exec', name, signal, {}, (options) =>
      this.#client.containers.executeCommand(this.#place.resourceGroup, name, container, request, options),
    )
    return { uri: answer.webSocketUri ?? '', password: answer.password ?? '' }
  }

  /** Every group of the resource group. */
  async list(signal?: AbortSignal): Promise<readonly ListedGroup[]> {
    return this.#call('list', this.#place.resourceGroup, signal, {}, async (options) => {
      const found: ListedGroup[] = []
      for await (const group of this.#client.containerGroups.listByResourceGroup(this.#place.resourceGroup, options)) found.push(group)
      return found
    })
  }

  /**
   * Deletes a group and waits until it is gone. One that is not there is fine.
   * @throws `CLEANUP_FAILED` with its name when Azure does not do it after several tries
   */
  async delete(name: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#deleteOnce(name)
      } catch (cause) {
        const { error, facts, failure } = explain(cause, this.#about('delete', name, {}))
        if (facts.status === 404) return
        if (failure.code === 'BACKEND_UNREACHABLE' && attempt < DELETE_TRIES) {
          await delay(DELETE_PAUSE_MS * 2 ** attempt)
          continue
        }
        const message = `${error.message} The group ${name} is still there; polyrun azure sweep deletes it when its time is over.`
        throw new CodeExecutorError('CLEANUP_FAILED', message, { executor: EXECUTOR, left: [name] }, { cause })
      }
    }
  }

  async #deleteOnce(name: string): Promise<void> {
    let status = 0
    const onResponse = (response: RawResponse): void => void (status ||= response.status)
    await this.#client.containerGroups.beginDelete(this.#place.resourceGroup, name, { onResponse })
    if (status !== 202) return
    const until = performance.now() + GONE_MS
    for (let pauseMs = 100; performance.now() < until; pauseMs = Math.min(2_000, pauseMs * 1.5)) {
      await this.#client.containerGroups.get(this.#place.resourceGroup, name) // throws a 404 when it is gone
      await delay(pauseMs)
    }
    throw new Error(`it was still there ${GONE_MS} ms after Azure had said that it would go`)
  }

  async #call<T>(
    operation: Operation,
    name: string,
    signal: AbortSignal | undefined,
    about: Partial<About>,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted()
      try {
        return await call(signal === undefined ? {} : { abortSignal: signal })
      } catch (cause) {
        if (signal?.aborted) throw signal.reason
        const explained = explain(cause, this.#about(operation, name, about))
        const pauseMs = THROTTLE_MS[attempt]
        if (explained.facts.status === 429 && pauseMs !== undefined) {
          await delay(pauseMs, undefined, signal && { signal }).catch(() => {})
          continue
        }
        throw explained.error
      }
    }
  }

  #about(operation: Operation, group: string, { location = 'its region', image = 'its image' }: Partial<About>): About {
    return { operation, group, location, image, subscription: this.#place.subscriptionId }
  }
}
