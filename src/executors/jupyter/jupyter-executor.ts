import { toExecutorConfig, type ExecutorConfig } from '../../core/index.ts'
import { findCgroups, KernelExecutor } from '../../engine/index.ts'
import { createLanguageRegistry } from '../../languages/index.ts'
import { JupyterBackend } from './jupyter-backend.ts'
import type { JupyterServer } from './jupyter-server.ts'
import { readKernelSettings, readServerSettings, type JupyterCodeExecutorOptions, type ServerSettings } from './options.ts'
import { OutputDirectory } from './output-directory.ts'
import { LocalJupyterServer } from './server/local-server.ts'
import { RemoteJupyterServer } from './server/remote-server.ts'

/**
 * Runs code in the kernels of a Jupyter server: names stay from one call to the next, and plots and tables come back as data.
 * The server is one that runs already, or one of this machine that is there for this executor alone. **The latter is no
 * isolation**: code in its kernels can do whatever you can.
 *
 * @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED` for a limit that the kernels cannot be held to
 */
export class JupyterCodeExecutor extends KernelExecutor {
  readonly #options: JupyterCodeExecutorOptions

  constructor(options: JupyterCodeExecutorOptions = {}) {
    const server = makeServer(readServerSettings(options))
    const languages = createLanguageRegistry(options.languages)
    super(new JupyterBackend(server, readKernelSettings(options, languages), languages), options)
    this.#options = options
    if (options.outputDir !== undefined) this.recordCells(new OutputDirectory(options.outputDir).write)
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `env` only the names, and of a server's token nothing.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('jupyter', this.#options, { env: 'env', withheld: ['token', 'kernelSpec', 'serverUrl'] })
  }
}

function makeServer(settings: ServerSettings): JupyterServer {
  if (settings.kind === 'remote') return new RemoteJupyterServer(settings.url, settings.token, settings.workDir)
  return new LocalJupyterServer(settings, process.platform === 'linux' ? findCgroups() : undefined)
}
