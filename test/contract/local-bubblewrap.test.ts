import { inspectHost, LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from './register.ts'

const host = inspectHost()
const subject = { kind: 'executor', name: 'local (bubblewrap)' } as const
const missing = host.whyNoSandbox()
if (missing === undefined) {
  registerContract(
    subject,
    executorContract({
      name: subject.name,
      family: 'command',
      create: (options) => new LocalCodeExecutor({ isolation: 'bubblewrap', ...options }, host),
      languages: ['sh', 'python'],
      capabilities: [
        ...(['stdin', 'memory-limit', 'memory-swap-limit', 'cpu-limit', 'pids-limit', 'disk-limit', 'open-files-limit'] as const),
        ...(['file-isolation', 'network-isolation'] as const),
      ],
    }),
  )
} else {
  registerUnavailable(subject, missing)
}
