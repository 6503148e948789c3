import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeDirectory, polyrun } from '../cli/polyrun.ts'
import { azureForFile, IMAGE, makeAzure, noAzure, seeNoGroups } from '../support/azure-executor.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

skipBecause(noAzure)
const azure = await azureForFile()

/** The variables of Azure's own tools, for a stand-in, with the real managed identity code. */
function environment(): Readonly<Record<string, string>> {
  const ca = join(scratchDirectory(), 'ca.pem')
  writeFileSync(ca, azure.ca)
  return {
    AZURE_SUBSCRIPTION_ID: azure.subscriptionId,
    AZURE_RESOURCE_GROUP: azure.resourceGroup,
    AZURE_LOCATION: azure.location,
    AZURE_RESOURCE_MANAGER_ENDPOINT: azure.endpoint,
    NODE_EXTRA_CA_CERTS: ca,
    ...azure.managedIdentity('app-service'),
  }
}

test('run: the program runs in a group that is gone afterwards, and the exit code is its own', async () => {
  using directory = makeDirectory({ 'job.sh': 'cat data.txt; echo "$1" >&2; exit 5', 'data.txt': 'data\n' })
  const words = ['run', '--executor', 'azure-container', '--image', IMAGE, 'job.sh', 'data.txt', '--', 'an argument']
  const outcome = await polyrun(words, { cwd: directory.path, env: environment() })
  expect(outcome.stdout).toBe('data\n')
  expect(outcome.stderr).toMatch(/container group polyrun-\w+ in westeurope/)
  expect(outcome.stderr).toMatch(/was up after \d+\.\d s/)
  expect(outcome.stderr).toMatch(/an argument\n/)
  expect(outcome.exitCode).toBe(5)
  await seeNoGroups(azure)
})

test('run: without a subscription it says what to set', async () => {
  using directory = makeDirectory({ 'job.sh': 'echo hello' })
  const outcome = await polyrun(['run', '--executor', 'azure-container', 'job.sh'], { cwd: directory.path })
  expect(outcome.stderr).toMatch(/AZURE_SUBSCRIPTION_ID/)
  expect(outcome.exitCode).toBe(2)
})

test('azure sweep: shows with --dry-run, and leaves what has time', async () => {
  const executor = makeAzure(azure, { isolation: 'session' })
  await executor.start()
  const env = environment()
  const dry = await polyrun(['azure', 'sweep', '--dry-run', '--json'], { env })
  expect(JSON.parse(dry.stdout)).toMatchObject([{ name: azure.groups()[0]?.name, outcome: 'kept' }])
  const real = await polyrun(['azure', 'sweep'], { env })
  expect([real.exitCode, real.stdout]).toEqual([0, expect.stringMatching(/^polyrun-\w+ +westeurope +until .* kept/)])
  expect((await executor.executeCode('echo there', 'sh')).output).toBe('there\n')
})
