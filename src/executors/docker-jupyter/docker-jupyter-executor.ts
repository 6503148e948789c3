import { toExecutorConfig, type ExecutorConfig, type ResolvedLimits } from '../../core/index.ts'
import { KernelExecutor } from '../../engine/index.ts'
import { createLanguageRegistry } from '../../languages/index.ts'
import { JupyterBackend } from '../jupyter/jupyter-backend.ts'
import { readKernelSettings } from '../jupyter/options.ts'
import { OutputDirectory } from '../jupyter/output-directory.ts'
import { ContainerServer } from './container-server.ts'
import type { DockerJupyterCodeExecutorOptions } from './options.ts'
import { readSettings } from './settings.ts'

/** The first start may fetch or build an image. */
const STARTUP_MS = 600_000

/**
 * Runs code in the kernels of a Jupyter server that is in a container of its own, hardened as those of the Docker executor: no
 * network, no rights, nothing to write to but the working directory and `/tmp`, and limits on everything. Names stay from one
 * call to the next; plots and tables come back as data. No port is published: the server is reached through the engine.
 *
 * When this process ends, in whatever way, the container does.
 *
 * @throws `INVALID_ARGUMENT` for an option that makes no sense or is unsafe, `CAPABILITY_UNSUPPORTED` for a limit that cannot
 *   be held. `start` and the first run: `PEER_MISSING`, `BACKEND_UNREACHABLE`, `IMAGE_UNAVAILABLE`, `BACKEND_REJECTED`
 */
export class DockerJupyterCodeExecutor extends KernelExecutor {
  readonly #options: DockerJupyterCodeExecutorOptions

  constructor(options: DockerJupyterCodeExecutorOptions = {}) {
    const settings = readSettings(options)
    const languages = createLanguageRegistry(options.languages)
    const kernels = readKernelSettings({ startupTimeoutMs: KERNEL_STARTUP_MS, ...options }, languages)
    const backend = new ContainerBackend(new ContainerServer(settings), kernels, languages, settings.container.limits)
    super(backend, { startupTimeoutMs: STARTUP_MS, ...options })
    this.#options = options
    if (options.outputDir !== undefined) this.recordCells(new OutputDirectory(options.outputDir).write)
  }

  /**
   * What it was made with, as plain JSON for `createExecutor`; of `environment` only the names, and nothing of `docker` and
   * `token`, which may hold secrets.
   * @throws `INVALID_ARGUMENT` for options that JSON cannot hold
   */
  toConfig(): ExecutorConfig {
    return toExecutorConfig('docker-jupyter', this.#options, {
      env: 'environment',
      withheld: ['docker', 'token'],
      dropped: ['onImageProgress'],
    })
  }
}

/** A kernel that is started beside a server that runs. */
const KERNEL_STARTUP_MS = 60_000

/** A container has limits that nobody asked for, and whoever decides about a run is told. */
class ContainerBackend extends JupyterBackend {
  readonly limits: ResolvedLimits

  constructor(...[server, settings, languages, limits]: [...ConstructorParameters<typeof JupyterBackend>, ResolvedLimits]) {
    super(server, settings, languages)
    this.limits = limits
  }
}
