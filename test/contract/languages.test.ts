import { expect, test } from 'vitest'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { languageContract, type ExecutorSubject } from '../../src/testing/index.ts'
import { recordSubject } from '../support/evidence.ts'
import { registerContract } from './register.ts'

/** Compilers that start a virtual machine of their own take their time on a busy machine. */
const timeScale = 3
const subject: ExecutorSubject = {
  name: 'local',
  family: 'command',
  create: (options) => new LocalCodeExecutor({ isolation: 'none', ...options }),
  languages: ['sh', 'python'],
  capabilities: ['stdin'],
  timeScale,
}

await using executor = new LocalCodeExecutor({ isolation: 'none' })
const statuses = await executor.inspectLanguages()

test('there are languages to try', () => {
  expect(statuses.filter(({ programs }) => programs !== undefined).length).toBeGreaterThan(2)
})

for (const { language, error } of statuses) {
  const of = { kind: 'language', name: language.name } as const
  // Not a skipped test: no machine has them all. POLYRUN_REQUIRE names those that must be there.
  if (error) recordSubject({ ...of, status: 'unavailable', reason: `no ${error.details.tried.join(' or ')} is here` })
  else registerContract(of, languageContract(subject, language.name), timeScale)
}
