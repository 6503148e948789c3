import { inspectHost, LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { registerContract } from './register.ts'

const host = inspectHost()
const name = `local (isolation none, ${host.cgroups ? 'cgroup' : 'no cgroup'})`
registerContract(
  { kind: 'executor', name },
  executorContract({
    name,
    family: 'command',
    create: (options) => new LocalCodeExecutor({ isolation: 'none', ...options }, host),
    languages: ['sh', 'python'],
    capabilities: ['stdin', 'memory-limit', 'memory-swap-limit', 'cpu-limit', 'pids-limit', 'disk-limit', 'open-files-limit'],
  }),
)
