import { afterAll } from 'vitest'
import { ChildProcessBackend } from '../../docs/examples/custom-backend.ts'
import { CommandExecutor } from '../../src/engine/index.ts'
import { fileContract } from '../../src/testing/index.ts'
import { registerContract } from '../contract/register.ts'
import { executorPlace } from './places.ts'

// Everything through the place's own shell.
const name = 'files of a custom backend'
const executor = new CommandExecutor(new ChildProcessBackend(), { languages: ['sh'] })
afterAll(() => executor.stop())
registerContract({ kind: 'executor', name }, fileContract({ name, hasPrograms: true, create: () => executorPlace(executor) }))
