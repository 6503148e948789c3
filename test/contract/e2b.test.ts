import { afterAll } from 'vitest'
import { E2BCodeExecutor } from '../../src/executors/e2b/index.ts'
import { executorContract, hostProbe } from '../../src/testing/index.ts'
import { whyNoStandIn } from '../support/e2b/availability.ts'
import { E2BStandIn } from '../support/e2b/stand-in.ts'
import { registerContract, registerUnavailable } from './register.ts'

const subject = { kind: 'executor', name: 'e2b (stand-in)' } as const
const missing = whyNoStandIn()
if (missing === undefined) {
  const standIn = await E2BStandIn.start()
  afterAll(() => standIn.stop())
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'command',
      create: (options) => new E2BCodeExecutor({ ...standIn.connection, ...options }),
      languages: ['sh', 'python'],
      capabilities: ['stdin', 'open-files-limit'],
      probe: {
        isAlive: (marker) => hostProbe.isAlive(marker),
        fileExists: async (path) => [...standIn.sandboxes.values()].some(({ place }) => place.has(path)),
      },
    }),
  )
} else {
  registerUnavailable(subject, missing)
}
