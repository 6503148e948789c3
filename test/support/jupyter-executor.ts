import { onTestFinished } from 'vitest'
import { JupyterCodeExecutor, type JupyterCodeExecutorOptions } from '../../src/executors/jupyter/index.ts'
import { jupyterEnvironment } from './jupyter.ts'

const environment = await jupyterEnvironment()

/** Why these tests cannot run here; `undefined` when they can. */
export const noJupyter: string | undefined = 'unavailable' in environment ? environment.unavailable : undefined
/** Where the server and the kernels of the tests are. */
export const virtualEnv: string = 'virtualEnv' in environment ? environment.virtualEnv : ''

/** An executor with a server of its own, which is stopped when the test is over. */
export function makeJupyter(options: JupyterCodeExecutorOptions = {}): JupyterCodeExecutor {
  const executor = new JupyterCodeExecutor({ virtualEnv, ...options })
  onTestFinished(() => executor.stop().catch(() => {}))
  return executor
}
