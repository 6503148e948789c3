import { CodeExecutorError, toExecutorConfig, type ExecutorConfig } from '../../core/index.ts'
import { CommandExecutor, DEFAULT_BACKGROUND_COMMANDS } from '../../engine/index.ts'
import { createLanguageRegistry } from '../../languages/index.ts'
import { DockerBackend } from './docker-backend.ts'
import type { DockerCodeExecutorOptions } from './options.ts'
import { interpreterStarts } from './preload/interpreter-start.ts'
import { readSettings } from './settings.ts'

/** Programs at the same time when nothing else is said; each has a container of its own. */
const DEFAULT_CONCURRENCY = 4
/** The first start may fetch or build an image. */
const STARTUP_MS = 600_000

/**
 * Runs programs in containers that are hardened by default: no network, no capabilities, no rights of root, nothing
 * writable but the working directory and `/tmp`, and limits on memory, processes and disk. A program that fails, or is
 * hostile, ends with everything that it started; when this process ends, in whatever way, the containers do.
 *
 * Programs at the same time have a container each and share the working directory. Limits hold for each of them.
 *
 * @throws `INVALID_ARGUMENT` for an option that makes no sense or is unsafe, `CAPABILITY_UNSUPPORTED` for a limit that
 *   cannot be held. `start` and the first run: `PEER_MISSING`, `BACKEND_UNREACHABLE`, `IMAGE_UNAVAILABLE`, `BACKEND_REJECTED`
 */
export class DockerCodeExecutor extends CommandExecutor {
  /** What {@link recycle} can do. */
  readonly recyclings: readonly string[] = ['workspace', 'container']
  readonly #backend: DockerBackend
  readonly #options: DockerCodeExecutorOptions

  constructor(options: DockerCodeExecutorOptions = {}) {
    const settings = readSettings(options)
    const concurrency = settings.reuseContainer ? 1 : (options.concurrency ?? DEFAULT_CONCURRENCY)
    // A command in the background has a container of its own, besides those of the runs.
    const backgroundCommands = settings.reuseContainer ? 0 : (options.backgroundCommands ?? DEFAULT_BACKGROUND_COMMANDS)
    const languages = createLanguageRegistry(options.languages)
    const starts = interpreterStarts(settings.preload, languages, { ...settings.environment, ...settings.oddEnvironment })
    const backend = new DockerBackend(settings, concurrency, starts, backgroundCommands)
    super(backend, { startupTimeoutMs: STARTUP_MS, ...options, backgroundCommands }, concurrency)
    this.#backend = backend
    this.#options = options
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `environment` only the names, and nothing of `docker`, which
   * may hold keys.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('docker', this.#options, { env: 'environment', withheld: ['docker'], dropped: ['onImageProgress'] })
  }

  /**
   * Makes it as good as new for somebody else, between two uses: `'workspace'` empties the working directory (programs and
   * temporary files are gone after each run in any case) and verifies it, `'container'` takes fresh containers.
   *
   * @throws `INVALID_ARGUMENT`, `CLEANUP_FAILED`, `CAPABILITY_UNSUPPORTED` for `'workspace'` with a working directory that is a volume,
   * or with `preload`, whose interpreters outlive it
   */
  async recycle(how: 'workspace' | 'container' | (string & {})): Promise<void> {
    if (how === 'container') return this.reopen() // of the same image
    if (how === 'workspace') return this.whileOpen(() => this.#backend.clean())
    throw new CodeExecutorError('INVALID_ARGUMENT', `how must be one of ${this.recyclings.join(', ')}.`, { argument: 'how', value: how })
  }
}
