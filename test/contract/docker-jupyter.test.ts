import { given } from '../../src/cli/given.ts'
import { DockerJupyterCodeExecutor } from '../../src/executors/docker-jupyter/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { kernelEngine } from '../support/docker-jupyter.ts'
import { containerProbe } from '../support/engines/probe.ts'
import { newMarker } from '../support/world.ts'
import { registerContract, registerUnavailable } from './register.ts'

const LABEL = 'polyrun.contract'

const subject = { kind: 'executor', name: 'docker-jupyter' } as const
const engine = await kernelEngine()
if ('unavailable' in engine) registerUnavailable(subject, engine.unavailable)
else {
  const { client: docker, image } = engine
  const own = newMarker()
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'kernel',
      // A kernel takes one cell after the other, so that it has no concurrency.
      create: ({ timeoutMs, limits, languages } = {}) =>
        new DockerJupyterCodeExecutor({ docker, image, labels: { [LABEL]: own }, ...given({ timeoutMs, limits, languages }) }),
      languages: ['python', 'bash', 'r'],
      capabilities: [
        ...(['stdin', 'persistent-state', 'display'] as const),
        ...(['memory-limit', 'memory-swap-limit', 'cpu-limit', 'pids-limit', 'disk-limit', 'open-files-limit'] as const),
        ...(['file-isolation', 'network-isolation'] as const),
      ],
      probe: containerProbe(docker, `${LABEL}=${own}`),
    }),
  )
}
