import { expect, test } from 'vitest'
import { hello, pool, session, sweep } from '../../docs/examples/azure-container.ts'
import { azureForFile, noAzure, reach, seeNoGroups } from '../support/azure-executor.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noAzure)
const azure = await azureForFile()

test('a group for each run', async () => {
  expect(await hello(reach(azure))).toBe('42\n')
  await seeNoGroups(azure)
})

test('one group for all runs', async () => {
  expect(await session(reach(azure))).toBe('kept\n')
})

test('a pool of warm groups', async () => {
  expect(await pool(reach(azure))).toBe('42\n')
  await seeNoGroups(azure)
})

test('the sweep', async () => {
  const { endpoint, tlsCa, subscriptionId, resourceGroup, credential } = reach(azure)
  expect(await sweep({ endpoint, tlsCa, subscriptionId, resourceGroup, credential } as Parameters<typeof sweep>[0])).toBe(0)
})
