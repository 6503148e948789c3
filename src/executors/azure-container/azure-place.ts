import { CodeExecutorError } from '../../core/index.ts'
import { randomName } from '../../workspace/index.ts'
import { connectAzure } from './connect.ts'
import { EXECUTOR } from './explain.ts'
import { groupSpec, type GroupPurpose } from './group-spec.ts'
import { startGroup, type StartedGroup } from './group-start.ts'
import { Groups } from './groups.ts'
import type { AzureSettings } from './settings.ts'
import { sweepGroups } from './sweep.ts'

/** After its own end, a group is nobody's any more for a sweeper. */
const EXPIRY_MARGIN_MS = 300_000

/** What both ways of use have: the connection, the groups of this executor, and their end. */
export class AzurePlace {
  readonly settings: AzureSettings
  readonly startupTimeoutMs: number
  /** What the tags of its groups say. */
  readonly executorId = randomName(8)
  #groups: Groups | undefined
  readonly #deletions = new Set<Promise<void>>()
  /** Groups on their way up; who closes the place waits until they are up or gone. */
  readonly #starts = new Set<Promise<unknown>>()
  #closing = new AbortController()
  readonly #left = new Map<string, unknown>()
  #sweep: AbortController | undefined
  #swept: Promise<unknown> = Promise.resolve()

  constructor(settings: AzureSettings, startupTimeoutMs: number) {
    this.settings = settings
    this.startupTimeoutMs = startupTimeoutMs
  }

  get groups(): Groups {
    if (this.#groups !== undefined) return this.#groups
    throw stopped('is not open')
  }

  /** Connects, and deletes meanwhile what an earlier process of this kind left. Only that the latter failed is nobody's concern. */
  async open(): Promise<void> {
    this.#closing = new AbortController()
    this.#groups = new Groups(await connectAzure(this.settings), this.settings)
    this.#sweep = new AbortController()
    this.#swept = sweepGroups(this.#groups, { dryRun: false, at: new Date(Date.now()) }, this.#sweep.signal).catch(() => {})
  }

  /** Starts a group that runs the runner. When this throws, nothing is left of it. */
  start(
    image: string,
    purpose: Omit<GroupPurpose, 'location' | 'image' | 'executorId' | 'expiresAt'>,
    signal: AbortSignal,
  ): Promise<StartedGroup> {
    const { prefix, locations, maxLifetimeMs, onProgress } = this.settings
    const expiresAt = Math.ceil((Date.now() + this.startupTimeoutMs + maxLifetimeMs + EXPIRY_MARGIN_MS) / 1000)
    const starting = startGroup({
      groups: this.groups,
      prefix,
      locations,
      image,
      spec: (location) => groupSpec(this.settings, { ...purpose, location, image, executorId: this.executorId, expiresAt }),
      remove: (group) => this.delete(group),
      tell: onProgress,
      startupTimeoutMs: this.startupTimeoutMs,
      signal: AbortSignal.any([signal, this.#closing.signal]),
    })
    this.#starts.add(starting)
    const over = (): boolean => this.#starts.delete(starting)
    starting.then(over, over)
    return starting
  }

  /** Deletes a group; `close` waits for it, and throws when it fails. */
  delete({ name }: StartedGroup): Promise<void> {
    const deletion = this.groups.delete(name).catch((error: unknown) => void this.#left.set(name, error))
    this.#deletions.add(deletion)
    void deletion.then(() => this.#deletions.delete(deletion))
    return deletion
  }

  /** @throws `CLEANUP_FAILED` with the groups that Azure did not delete */
  async close(): Promise<void> {
    this.#sweep?.abort()
    this.#closing.abort(stopped('was stopped while a group came up'))
    await Promise.allSettled([this.#swept, ...this.#starts])
    await Promise.all(this.#deletions)
    const left = [...this.#left]
    this.#left.clear()
    if (left.length === 0) return
    const names = left.map(([name]) => name)
    const message = `Azure did not delete ${names.join(', ')}. polyrun azure sweep does when their time is over; until maxLifetimeMs is over they may cost money.`
    throw new CodeExecutorError('CLEANUP_FAILED', message, { executor: EXECUTOR, left: names }, { cause: left[0]?.[1] })
  }
}

function stopped(what: string): CodeExecutorError {
  return new CodeExecutorError('EXECUTOR_STOPPED', `The azure-container executor ${what}.`, { executor: EXECUTOR })
}
