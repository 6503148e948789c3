import { afterAll } from 'vitest'
import { inspectHost, LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { fileContract } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from '../contract/register.ts'
import { executorPlace } from './places.ts'

const host = inspectHost()

for (const isolation of ['none', 'bubblewrap'] as const) {
  const subject = { kind: 'executor', name: `files of local (${isolation})` } as const
  const missing = isolation === 'bubblewrap' ? host.whyNoSandbox() : undefined
  if (missing !== undefined) {
    registerUnavailable(subject, missing)
    continue
  }
  const executor = new LocalCodeExecutor({ isolation, languages: ['sh'] }, host)
  afterAll(() => executor.stop())
  registerContract(subject, fileContract({ name: subject.name, hasPrograms: true, create: () => executorPlace(executor) }))
}
