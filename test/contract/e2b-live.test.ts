import { E2BCodeExecutor } from '../../src/executors/e2b/index.ts'
import { NO_ACCOUNT } from '../../scripts/lib/no-account.ts'
import { executorContract } from '../../src/testing/index.ts'
import { liveProbe } from '../support/e2b/live-probe.ts'
import { newMarker } from '../support/world.ts'
import { registerContract, registerUnavailable } from './register.ts'

const subject = { kind: 'executor', name: 'e2b (live)' } as const
/** Each request goes around half of the world. */
const timeScale = 5
const key = process.env['E2B_API_KEY'] ?? ''
if (key === '') {
  registerUnavailable(subject, `${NO_ACCOUNT}E2B_API_KEY is not set`)
} else {
  const own = newMarker()
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'command',
      // A home directory has files of the template's, and the contract wants to begin with none.
      create: (options) =>
        new E2BCodeExecutor({ workDir: '/home/user/work', metadata: { contract: own }, sandboxTimeoutMs: 120_000, ...options }),
      languages: ['sh', 'python'],
      capabilities: ['stdin', 'open-files-limit'],
      probe: await liveProbe({ contract: own }),
      timeScale,
    }),
    timeScale,
  )
}
