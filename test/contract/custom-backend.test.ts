import { ChildProcessBackend } from '../../docs/examples/custom-backend.ts'
import { CommandExecutor } from '../../src/engine/index.ts'
import { executorContract } from '../../src/testing/index.ts'
import { registerContract } from './register.ts'

const name = 'custom backend'
registerContract(
  { kind: 'executor', name },
  executorContract({
    name,
    family: 'command',
    create: (options) => new CommandExecutor(new ChildProcessBackend(), options),
    languages: ['sh', 'python'],
    capabilities: ['stdin'],
    exceptions: {
      'limits:timeout:clean-daemon': 'it knows its processes by a variable in their environment, and this daemon emptied its own',
    },
  }),
)
