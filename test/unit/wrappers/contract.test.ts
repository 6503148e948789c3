import { ChildProcessBackend } from '../../../docs/examples/custom-backend.ts'
import { CommandExecutor } from '../../../src/engine/index.ts'
import { executorContract } from '../../../src/testing/index.ts'
import { withCache, withLogging, withValidation } from '../../../src/wrappers/index.ts'
import { registerContract } from '../../contract/register.ts'

/** What a wrapper stands in the way of. The rest of the contract is about the place, which is tested without wrappers. */
const THROUGH_WRAPPERS = /^(?:abort|input|lifecycle|results|stream):/

const name = 'custom backend, wrapped'
const cases = executorContract({
  name,
  family: 'command',
  create: (options) => {
    const inner = new CommandExecutor(new ChildProcessBackend(), options)
    const languages = options?.languages
    return withLogging(withCache(withValidation(inner, { deny: {}, ...(languages && { languages }) }), { cacheable: () => false }))
  },
  languages: ['sh', 'python'],
  capabilities: ['stdin'],
}).filter(({ id }) => THROUGH_WRAPPERS.test(id))
if (cases.length < 50) throw new Error(`only ${cases.length} cases of the contract were found`)
registerContract({ kind: 'executor', name }, cases)
