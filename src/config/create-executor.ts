import {
  assertExecutorConfig,
  CodeExecutorError,
  readExecutorConfig,
  type CodeExecutor,
  type ConfigSecrets,
  type ExecutorConfig,
} from '../core/index.ts'

/** How one kind of executor is made. What it needs is loaded when it is asked for, and it checks its options itself. */
interface Factory {
  /** The option that takes environment variables. */
  readonly env: string
  readonly make: (options: never) => Promise<CodeExecutor>
}

/** The executors that a config can name: one row for each folder of `executors/`. */
const FACTORIES: Readonly<Record<string, Factory>> = {
  local: { env: 'env', make: async (options) => new (await import('../executors/local/index.ts')).LocalCodeExecutor(options) },
  'azure-container': {
    env: 'environment',
    make: async (options) => new (await import('../executors/azure-container/index.ts')).AzureContainerCodeExecutor(options),
  },
  docker: { env: 'environment', make: async (options) => new (await import('../executors/docker/index.ts')).DockerCodeExecutor(options) },
  'docker-jupyter': {
    env: 'environment',
    make: async (options) => new (await import('../executors/docker-jupyter/index.ts')).DockerJupyterCodeExecutor(options),
  },
  jupyter: { env: 'env', make: async (options) => new (await import('../executors/jupyter/index.ts')).JupyterCodeExecutor(options) },
  e2b: { env: 'env', make: async (options) => new (await import('../executors/e2b/index.ts')).E2BCodeExecutor(options) },
}

/**
 * Makes the executor that `toConfig()` described, in this or another process. It is not started.
 * @throws `INVALID_ARGUMENT` for what is no config, or when something that it leaves out is not given; what the executor says
 * about its options
 */
export async function createExecutor(config: ExecutorConfig, secrets: ConfigSecrets = {}): Promise<CodeExecutor> {
  assertExecutorConfig(config)
  const factory = Object.hasOwn(FACTORIES, config.executor) ? FACTORIES[config.executor] : undefined
  if (factory) return factory.make(readExecutorConfig(config, secrets, factory.env) as never)
  const known = Object.keys(FACTORIES).join(', ')
  throw new CodeExecutorError('INVALID_ARGUMENT', `config.executor names ${JSON.stringify(config.executor)}; known: ${known}.`, {
    argument: 'config.executor',
    value: config.executor,
  })
}
