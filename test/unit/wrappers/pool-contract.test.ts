import { ChildProcessBackend } from '../../../docs/examples/custom-backend.ts'
import { CommandExecutor } from '../../../src/engine/index.ts'
import { executorContract } from '../../../src/testing/index.ts'
import { createExecutorPool } from '../../../src/wrappers/index.ts'
import { registerContract } from '../../contract/register.ts'

const name = 'custom backend, pooled'
registerContract(
  { kind: 'executor', name },
  executorContract({
    name,
    family: 'command',
    create: (options) => createExecutorPool({ size: 4, create: () => new CommandExecutor(new ChildProcessBackend(), options) }),
    languages: ['sh', 'python'],
    capabilities: ['stdin'],
    exceptions: {
      'limits:timeout:clean-daemon': 'it knows its processes by a variable in their environment, and this daemon emptied its own',
      'input:interpreter-directory': 'without findProgram the engine asks the shell, and `command -v` takes a directory for a program',
      'input:long-argument': 'it rejects with what spawn said (E2BIG), which the engine can only take for a lost place',
    },
  }),
)
