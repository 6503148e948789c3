import { afterAll } from 'vitest'
import { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { fileContract } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from '../contract/register.ts'
import { dockerEngine } from '../support/docker.ts'
import { testImage } from '../support/docker-image.ts'
import { executorPlace } from './places.ts'

const subject = { kind: 'executor', name: 'files of docker' } as const
const engine = await dockerEngine('docker')
if ('unavailable' in engine) registerUnavailable(subject, engine.unavailable)
else {
  const executor = new DockerCodeExecutor({ docker: engine.client, image: await testImage(engine), languages: ['sh'] })
  afterAll(() => executor.stop())
  registerContract(subject, fileContract({ name: subject.name, hasPrograms: true, create: () => executorPlace(executor) }))
}
