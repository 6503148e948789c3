import { afterAll } from 'vitest'
import { AzureContainerCodeExecutor } from '../../src/executors/azure-container/index.ts'
import { fileContract } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from '../contract/register.ts'
import { startAzure } from '../support/azure/stand-in.ts'
import { dockerEngine } from '../support/docker.ts'
import { testImage } from '../support/docker-image.ts'
import { executorPlace } from './places.ts'

const IMAGE = 'python:3-slim'
const subject = { kind: 'executor', name: 'files of azure-container (session)' } as const
const engine = await dockerEngine()
if ('unavailable' in engine) registerUnavailable(subject, engine.unavailable)
else {
  const azure = await startAzure({ engine, images: { [IMAGE]: await testImage(engine) }, network: 'none' })
  const { endpoint, ca: tlsCa, subscriptionId, resourceGroup, location } = azure
  const place = { endpoint, tlsCa, subscriptionId, resourceGroup, location, credential: azure.credential() }
  const executor = new AzureContainerCodeExecutor({ ...place, image: IMAGE, isolation: 'session', languages: ['sh'] })
  afterAll(async () => {
    await executor.stop()
    await azure[Symbol.asyncDispose]()
  })
  registerContract(subject, fileContract({ name: subject.name, hasPrograms: true, create: () => executorPlace(executor) }))
}
