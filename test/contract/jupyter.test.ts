import { JupyterCodeExecutor } from '../../src/executors/jupyter/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { jupyterEnvironment } from '../support/jupyter.ts'
import { registerContract, registerUnavailable } from './register.ts'

const subject = { kind: 'executor', name: 'jupyter (own server)' } as const
const environment = await jupyterEnvironment()
if ('unavailable' in environment) registerUnavailable(subject, environment.unavailable)
else {
  const { virtualEnv } = environment
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'kernel',
      create: ({ concurrency, ...options } = {}) =>
        new JupyterCodeExecutor({ virtualEnv, ...options, ...(concurrency === 1 && { concurrency }) }),
      languages: ['python'],
      capabilities: [
        ...(['stdin', 'persistent-state', 'display'] as const),
        ...(['memory-limit', 'memory-swap-limit', 'cpu-limit', 'pids-limit', 'open-files-limit'] as const),
      ],
    }),
  )
}
