import { CodeExecutorError, toExecutorConfig, type ExecutorConfig } from '../../core/index.ts'
import { CommandExecutor } from '../../engine/index.ts'
import { createLanguageRegistry } from '../../languages/index.ts'
import { AzurePlace } from './azure-place.ts'
import { ExecutionBackend } from './execution-backend.ts'
import { SessionBackend } from './session-backend.ts'
import type { AzureContainerCodeExecutorOptions } from './options.ts'
import { readSettings } from './settings.ts'

const GIBIBYTE = 1024 ** 3
/** A cold group takes half a minute on a good day. */
const STARTUP_MS = 300_000
/** Programs at the same time when nothing else is said. */
const DEFAULT_CONCURRENCY = 4

/**
 * Runs programs in Azure Container Instances. With `isolation: 'execution'` each run has a container group of its own, which is
 * deleted when it is over; with `'session'` all runs share one, over its exec socket, and files stay between them. The time limit
 * of a run counts from the start of its program, not of its group. Groups end by themselves after `maxLifetimeMs`, whatever happens
 * to this process, and `sweepContainerGroups` deletes what is left of them.
 *
 * @throws `INVALID_ARGUMENT` for an option that makes no sense, `LANGUAGE_UNKNOWN` for an image of none, `CAPABILITY_UNSUPPORTED` for a limit that a group cannot hold. Runs:
 *   `PEER_MISSING`, `BACKEND_REJECTED`, `BACKEND_UNREACHABLE`, `IMAGE_UNAVAILABLE`, `START_TIMEOUT`, `BACKEND_LOST`, `FILE_TOO_LARGE`
 */
export class AzureContainerCodeExecutor extends CommandExecutor {
  /** What {@link recycle} can do. */
  readonly recyclings: readonly string[] = ['container']
  readonly #options: AzureContainerCodeExecutorOptions

  constructor(options: AzureContainerCodeExecutorOptions = {}) {
    const languages = createLanguageRegistry(options.languages)
    const read = readSettings(options)
    // Any name of a language will do; programs come with its own.
    const images = Object.fromEntries(Object.entries(read.images).map(([name, image]) => [languages.resolve(name).name, image]))
    const settings = { ...read, images }
    const startupTimeoutMs = options.startupTimeoutMs ?? STARTUP_MS
    const place = new AzurePlace(settings, startupTimeoutMs)
    const memoryBytes = settings.limits.memory ?? Math.round(settings.limit.memoryInGB * GIBIBYTE)
    const limits = { outputBytes: settings.limits.outputBytes, memoryBytes }
    const backend = settings.isolation === 'session' ? new SessionBackend(place, limits) : new ExecutionBackend(place, limits)
    super(backend, { startupTimeoutMs, ...options }, options.concurrency ?? DEFAULT_CONCURRENCY)
    this.#options = options
  }

  /**
   * Makes it as good as new for somebody else, between two uses: `'container'` takes another group.
   * @throws `INVALID_ARGUMENT`
   */
  async recycle(how: 'container' | (string & {})): Promise<void> {
    if (how === 'container') return this.reopen() // of the same image
    throw new CodeExecutorError('INVALID_ARGUMENT', `how must be one of ${this.recyclings.join(', ')}.`, { argument: 'how', value: how })
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `environment` only the names, and nothing that may be secret.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('azure-container', this.#options, {
      env: 'environment',
      withheld: ['credential', 'secureEnvironment', 'azureFileShare', 'registry'],
      dropped: ['onProgress'],
    })
  }
}
