import { expect, test } from 'vitest'
import { azureForFile, makeAzure, noAzure } from '../support/azure-executor.ts'
import { skipBecause } from '../support/local.ts'
import { PLAIN_NAMES, PLAIN_NAMES_PRINTED, PRINT_PLAIN_NAMES } from '../support/plain-names.ts'

skipBecause(noAzure)
const azure = await azureForFile()

test.each(['execution', 'session'] as const)('variables that have names which the runner uses itself arrive: %s', async (isolation) => {
  const executor = makeAzure(azure, { isolation, environment: PLAIN_NAMES })
  const source = `cat >/dev/null; LC_ALL=C; export LC_ALL; ${PRINT_PLAIN_NAMES}`
  const run = executor.executeCode({ 'main.sh': source, beside: 'x' }, 'sh', { stdin: 'given', entryPoint: 'main.sh' })
  expect((await run).output).toBe(PLAIN_NAMES_PRINTED)
})
