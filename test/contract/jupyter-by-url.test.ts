import { afterAll } from 'vitest'
import { JupyterCodeExecutor } from '../../src/executors/jupyter/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { jupyterEnvironment } from '../support/jupyter.ts'
import { startPlainServer } from '../support/jupyter-server.ts'
import { registerContract, registerUnavailable } from './register.ts'

const subject = { kind: 'executor', name: 'jupyter (by URL)' } as const
const environment = await jupyterEnvironment()
if ('unavailable' in environment) registerUnavailable(subject, environment.unavailable)
else {
  const server = await startPlainServer(environment.virtualEnv)
  afterAll(() => server.stop())
  const { url, token } = server
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'kernel',
      create: ({ concurrency, ...options } = {}) =>
        new JupyterCodeExecutor({ serverUrl: url, token, ...options, ...(concurrency === 1 && { concurrency }) }),
      languages: ['python'],
      capabilities: ['stdin', 'persistent-state', 'display'],
    }),
  )
}
