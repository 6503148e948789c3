export { JupyterCodeExecutor } from './jupyter-executor.ts'
export type { JupyterCodeExecutorOptions, JupyterKernelOptions, JupyterKernelSpec } from './options.ts'
