import { LocalCodeExecutor, portableHost } from '../../src/executors/local/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { registerContract } from './register.ts'

// What macOS and machines without cgroups get: process groups, markers and sampling.
const name = 'local (isolation none, fallbacks)'
registerContract(
  { kind: 'executor', name },
  executorContract({
    name,
    family: 'command',
    create: (options) => new LocalCodeExecutor({ isolation: 'none', ...options }, portableHost()),
    languages: ['sh', 'python'],
    capabilities: ['stdin', 'memory-limit', 'disk-limit', 'open-files-limit'],
    exceptions: {
      'limits:timeout:clean-daemon':
        'a process that left its session and parents and emptied its environment has no mark left; only a cgroup or a process namespace holds it',
    },
  }),
)
