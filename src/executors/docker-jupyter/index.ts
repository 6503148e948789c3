export { DockerJupyterCodeExecutor } from './docker-jupyter-executor.ts'
export type { DockerJupyterCodeExecutorOptions } from './options.ts'
