import { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { executorContract, type ExecutorSubject } from '../../src/testing/index.ts'
import { dockerEngine } from '../support/docker.ts'
import { testImage } from '../support/docker-image.ts'
import { containerProbe } from '../support/engines/probe.ts'
import { newMarker } from '../support/world.ts'
import { registerContract, registerUnavailable } from './register.ts'

const LABEL = 'polyrun.contract'

/** Registers the contract of the docker executor on one kind of engine, or says why that one is not there. */
export async function registerDocker(
  kind: 'docker' | 'gvisor' | 'podman',
  about: Pick<ExecutorSubject, 'exceptions' | 'timeScale'> = {},
): Promise<void> {
  const subject = { kind: 'executor', name: kind === 'docker' ? 'docker' : `docker (${kind})` } as const
  const engine = await dockerEngine(kind)
  if ('unavailable' in engine) return registerUnavailable(subject, engine.unavailable)
  const { client: docker, runtime } = engine
  const image = await testImage(engine)
  const own = newMarker()
  const contract = executorContract({
    name: subject.name,
    family: 'command',
    create: (options) =>
      new DockerCodeExecutor({ docker, image, labels: { [LABEL]: own }, ...(runtime !== undefined && { runtime }), ...options }),
    languages: ['sh', 'python'],
    capabilities: [
      ...(['stdin', 'memory-limit', 'memory-swap-limit', 'cpu-limit', 'pids-limit', 'disk-limit', 'open-files-limit'] as const),
      ...(['file-isolation', 'network-isolation'] as const),
    ],
    // Containers of another contract on the same engine come and go meanwhile.
    probe: containerProbe(docker, `${LABEL}=${own}`),
    ...about,
  })
  registerContract(subject, contract, about.timeScale)
}
