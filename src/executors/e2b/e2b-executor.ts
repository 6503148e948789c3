import { toExecutorConfig, type ExecutorConfig } from '../../core/index.ts'
import { CommandExecutor } from '../../engine/index.ts'
import { E2BBackend } from './e2b-backend.ts'
import type { E2BCodeExecutorOptions } from './options.ts'
import { readSettings } from './settings.ts'

/**
 * Runs programs in a sandbox of E2B: a small virtual machine of somebody else's, made from a template. Each run has a process
 * namespace of its own there, so that whatever it started ends with it. The sandbox is ended by `stop`; by E2B when nothing
 * ran for `sandboxTimeoutMs`; and by the next start on this machine when this process is gone.
 *
 * @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED` for a limit that a sandbox cannot hold. `start` and the first run:
 *   `PEER_MISSING`, `BACKEND_UNREACHABLE`, `BACKEND_REJECTED`, `IMAGE_UNAVAILABLE` for a template that is not there
 */
export class E2BCodeExecutor extends CommandExecutor {
  readonly #options: E2BCodeExecutorOptions

  constructor(options: E2BCodeExecutorOptions = {}) {
    super(new E2BBackend(readSettings(options)), options)
    this.#options = options
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `env` only the names, and nothing of `apiKey`.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('e2b', this.#options, { env: 'env', withheld: ['apiKey'], dropped: ['createGate'] })
  }
}
