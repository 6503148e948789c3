import { availableParallelism } from 'node:os'
import { toExecutorConfig, type ExecutorConfig } from '../../core/index.ts'
import { CommandExecutor } from '../../engine/index.ts'
import { inspectHost, type LocalHost } from './host.ts'
import { LocalBackend } from './local-backend.ts'
import { readSettings, type LocalCodeExecutorOptions } from './options.ts'

/**
 * Runs programs on this machine. **With isolation `'none'`, the default, this is no isolation at all**: a program can
 * read, change and send whatever you can. Its time, its processes and its output are held in any case: when a run is
 * over, for whatever reason, every process that it started is gone.
 *
 * @throws `CAPABILITY_UNSUPPORTED` for a limit or an isolation that this machine cannot hold, `INVALID_ARGUMENT`
 */
export class LocalCodeExecutor extends CommandExecutor {
  readonly #options: LocalCodeExecutorOptions

  /** @param host - what this machine can do; found out when left out. For tests. */
  constructor(options: LocalCodeExecutorOptions = {}, host: LocalHost = inspectHost()) {
    const settings = readSettings(options, host)
    super(new LocalBackend(settings, host), options, Math.max(2, availableParallelism()))
    this.#options = options
    if (settings.isolation === 'none' && options.isolation !== 'none') warnOnce()
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `env` only the names.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('local', this.#options, { env: 'env' })
  }
}

/** Once per process, as the warning is about the process and not about one executor of many. */
let warned = false

function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning("Programs run with all your rights: isolation is 'none'. Ask for isolation 'bubblewrap', or for 'none' by name.", {
    type: 'PolyrunWarning',
    code: 'POLYRUN_NO_ISOLATION',
  })
}
