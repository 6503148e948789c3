import type { DockerCodeExecutorOptions } from '../docker/options.ts'
import type { JupyterKernelOptions } from '../jupyter/options.ts'

/** Options of the container, as of {@link DockerCodeExecutorOptions}. */
export const CONTAINER_OPTIONS = [
  ...(['docker', 'image', 'build', 'pull', 'platform', 'onImageProgress', 'workDir', 'volumes', 'environment', 'forwardEnv'] as const),
  ...(['limits', 'network', 'dns', 'extraHosts', 'readOnly', 'user', 'capabilities', 'securityOpt', 'seccomp', 'runtime'] as const),
  ...(['gpus', 'containerName', 'autoRemove', 'labels', 'allowUnsafe', 'privileged'] as const),
] satisfies readonly (keyof DockerCodeExecutorOptions)[]

/** Options of {@link DockerCodeExecutor} that make sense for a container of kernels. */
export type ContainerOptions = Pick<DockerCodeExecutorOptions, (typeof CONTAINER_OPTIONS)[number]>

/** Options of {@link DockerJupyterCodeExecutor}: those of kernels, those of the container, and how the server is reached. */
export interface DockerJupyterCodeExecutorOptions extends JupyterKernelOptions, Omit<ContainerOptions, 'limits'> {
  /** The image: `python3` and `jupyter-server` are in it. @defaultValue the project's own `images/jupyter`, built when it is first needed */
  readonly image?: string
  /**
   * Publishes the server on a port of 127.0.0.1 in this range, first and last, for other clients of yours. Needs a
   * {@link network}. @defaultValue none: the server is reached through the engine, and no port is there
   */
  readonly portRange?: readonly [first: number, last: number]
  /** What lets a client in. @defaultValue a random one */
  readonly token?: string
  /** More arguments of `jupyter-server`: `['--ServerApp.log_level=DEBUG']`. */
  readonly jupyterArgs?: readonly string[]
  /** How long `start` may take, in milliseconds; it may fetch or build an image. @defaultValue 600_000 */
  readonly startupTimeoutMs?: number
}
