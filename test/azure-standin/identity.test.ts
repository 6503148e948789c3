import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startAzure } from '../support/azure/stand-in.ts'
import { skipBecause } from '../support/local.ts'
import { ask, clientOf, groupPath, noEngine, SCOPE } from './support.ts'

skipBecause(noEngine)

const PROGRAM = fileURLToPath(new URL('managed-identity-program.ts', import.meta.url))

test('a secret of an application gets a token that the management takes', async () => {
  await using azure = await startAzure()
  const token = await azure.credential().getToken(SCOPE)
  expect(token.expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_000_000)
  expect((await ask(azure, 'GET', groupPath(azure, 'none'), undefined, token.token)).status).toBe(404)
})

test.each([
  ['a wrong secret', { clientSecret: 'guessed' }, 'AADSTS7000215'],
  ['an unknown application', { clientId: '11111111-2222-3333-4444-555555555555' }, 'AADSTS700016'],
  ['an unknown tenant', { tenantId: '11111111-2222-3333-4444-555555555555' }, 'endpoints_resolution_error'],
])('%s gets none', async (_, other, code) => {
  await using azure = await startAzure()
  await expect(azure.credential(other).getToken(SCOPE)).rejects.toMatchObject({ message: expect.stringContaining(code) as string })
})

test.each(['virtual-machine', 'app-service'] as const)('the managed identity of a %s gets a token, too', async (kind) => {
  await using azure = await startAzure()
  const env = { ...process.env, ...azure.managedIdentity(kind) }
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { env })
  expect((await ask(azure, 'GET', groupPath(azure, 'none'), undefined, stdout)).status).toBe(404)
})

test('the default credential finds the identity of the machine', async () => {
  await using azure = await startAzure()
  const env = { ...process.env, ...azure.managedIdentity('app-service') }
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'default'], { env })
  expect((await ask(azure, 'GET', groupPath(azure, 'none'), undefined, stdout)).status).toBe(404)
})

test('while Entra is not there, there is no token', async () => {
  await using azure = await startAzure()
  azure.fail({ fault: 'entra-unavailable', times: Number.POSITIVE_INFINITY })
  const asked = azure.credential().getToken(SCOPE, { abortSignal: AbortSignal.timeout(5_000) })
  await expect(asked).rejects.toThrow()
  azure.heal()
  expect(await azure.credential().getToken(SCOPE)).toHaveProperty('token')
})

test('no token, one of somebody else, one for something else and one of yesterday are refused', async () => {
  await using azure = await startAzure()
  const good = (await azure.credential().getToken(SCOPE)).token
  const foreign = (await azure.credential().getToken('https://vault.azure.net/.default')).token
  azure.fail({ fault: 'token-expired' })
  const expired = (await azure.credential().getToken(SCOPE)).token
  const [head, payload, signature = ''] = good.split('.')
  const forged = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  const cases = {
    '': 'AuthenticationFailed',
    [foreign]: 'InvalidAuthenticationTokenAudience',
    [expired]: 'ExpiredAuthenticationToken',
    [forged]: 'InvalidAuthenticationToken',
  }
  for (const [token, code] of Object.entries(cases)) {
    const { status, headers, body } = await ask(azure, 'GET', groupPath(azure, 'none'), undefined, token)
    expect([status, body['error']?.['code']]).toEqual([401, code])
    expect(headers['www-authenticate']).toContain(`Bearer authorization_uri="https://login.windows.net/${azure.tenantId}"`)
  }
})

test('the client tells who may not what', async () => {
  await using azure = await startAzure({ rights: ['containerGroups/read'] })
  const client = clientOf(azure)
  expect(await client.containerGroups.listByResourceGroup(azure.resourceGroup).next()).toMatchObject({ done: true })
  const refused = client.containerGroups.beginDeleteAndWait(azure.resourceGroup, 'one')
  await expect(refused).rejects.toMatchObject({
    statusCode: 403,
    code: 'AuthorizationFailed',
    message: expect.stringContaining("'Microsoft.ContainerInstance/containerGroups/delete'") as string,
  })
})

test('nobody else trusts its certificate', async () => {
  await using azure = await startAzure()
  await expect(ask({ ...azure, ca: '' }, 'GET', groupPath(azure, 'none'), undefined, 'none')).rejects.toThrow(/certificate/)
})
