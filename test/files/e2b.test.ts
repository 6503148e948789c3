import { afterAll } from 'vitest'
import { E2BCodeExecutor } from '../../src/executors/e2b/index.ts'
import { fileContract } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from '../contract/register.ts'
import { whyNoStandIn } from '../support/e2b/availability.ts'
import { E2BStandIn } from '../support/e2b/stand-in.ts'
import { executorPlace } from './places.ts'

const subject = { kind: 'executor', name: 'files of e2b (stand-in)' } as const
const missing = whyNoStandIn()
if (missing === undefined) {
  const standIn = await E2BStandIn.start()
  const executor = new E2BCodeExecutor({ ...standIn.connection, languages: ['sh'] })
  afterAll(async () => {
    await executor.stop()
    await standIn.stop()
  })
  registerContract(subject, fileContract({ name: subject.name, hasPrograms: true, create: () => executorPlace(executor) }))
} else {
  registerUnavailable(subject, missing)
}
