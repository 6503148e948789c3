import { describe, expect, test } from 'vitest'
import { microsoftValidation } from '../support/azure/validation.ts'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { skipBecause } from '../support/local.ts'
import { ask, clientOf, create, groupOf, groupPath, IMAGE, noEngine } from './support.ts'

skipBecause(noEngine)

const CONTAINER = {
  name: 'one',
  properties: { image: IMAGE, command: ['true'], resources: { requests: { cpu: 1, memoryInGB: 1 } } },
}
const validated = (await microsoftValidation()) === undefined ? "Microsoft's description is not at hand" : undefined

/** A group over the wire that is well formed, with changes. */
function wire(azure: Azure, properties: object, rest: object = {}): object {
  return {
    location: azure.location,
    properties: { osType: 'Linux', restartPolicy: 'Never', containers: [CONTAINER], ...properties },
    ...rest,
  }
}

const changed = (properties: object): object => ({ containers: [{ ...CONTAINER, properties: { ...CONTAINER.properties, ...properties } }] })
const secret = (name: string, files: Readonly<Record<string, string>>): object => ({ volumes: [{ name, secret: files }] })

test.each([
  ['osType', { osType: 'Plan9' }, 'InvalidOsType'],
  ['restartPolicy', { restartPolicy: 'Sometimes' }, 'InvalidRestartPolicy'],
  ['sku', { sku: 'Gold' }, 'InvalidSku'],
  ['priority', { priority: 'Low' }, 'InvalidPriority'],
  ['a container name in capitals', { containers: [{ ...CONTAINER, name: 'One' }] }, 'InvalidContainerName'],
  ['a volume name with two hyphens', secret('a--volume', {}), 'InvalidVolumeName'],
  ['a short volume name', secret('vol', {}), 'InvalidVolumeName'],
  ['a secret with a folder in its name', secret('files', { 'a/b': '' }), 'InvalidSecretKey'],
  ['a secret that is no base64', secret('files', { a: 'not base64!' }), 'InvalidSecretValue'],
  ['a variable with a hyphen', changed({ environmentVariables: [{ name: 'A-B', value: '' }] }), 'InvalidEnvironmentVariable'],
  ['a mount of nothing', changed({ volumeMounts: [{ name: 'files', mountPath: '/files' }] }), 'VolumeMountNotFound'],
  ['more cores than a group can have', changed({ resources: { requests: { cpu: 32, memoryInGB: 1 } } }), 'InvalidResourceRequest'],
  ['more memory than a group can have', changed({ resources: { requests: { cpu: 1, memoryInGB: 241 } } }), 'InvalidResourceRequest'],
  [
    'a limit above the request',
    changed({ resources: { requests: { cpu: 1, memoryInGB: 1 }, limits: { memoryInGB: 2 } } }),
    'ContainerLimitGreaterThanContainerGroupTotalRequest',
  ],
  ['a privileged container', changed({ securityContext: { privileged: true } }), 'PrivilegedContainerNotSupported'],
  ['an image that nobody has', changed({ image: 'nobody/has:this' }), 'InaccessibleImage'],
  ['an image that is no name', changed({ image: 'A b:::' }), 'InaccessibleImage'],
])('the service refuses %s', async (_, properties, code) => {
  await using azure = await startAzure()
  const { status, body } = await ask(azure, 'PUT', groupPath(azure, 'group'), wire(azure, properties))
  expect([status, body['error']?.['code']]).toEqual([400, code])
  expect(azure.groups()).toEqual([])
})

describe("Microsoft's validator", () => {
  skipBecause(validated)

  test.each([
    [
      'a required property that is missing',
      { containers: [{ name: 'one', properties: { image: IMAGE } }] },
      'OBJECT_MISSING_REQUIRED_PROPERTY',
    ],
    ['a wrong type', changed({ resources: { requests: { cpu: '1', memoryInGB: 1 } } }), 'INVALID_TYPE'],
    ['an unknown property', { pids: 5 }, 'OBJECT_ADDITIONAL_PROPERTIES'],
    ['a property that only answers have', { provisioningState: 'Succeeded' }, 'READONLY_PROPERTY_NOT_ALLOWED_IN_REQUEST'],
  ])('refuses %s', async (_, properties, code) => {
    await using azure = await startAzure()
    const { status, body } = await ask(azure, 'PUT', groupPath(azure, 'group'), wire(azure, properties))
    expect([status, body['error']?.['code']]).toEqual([400, 'InvalidRequestContent'])
    expect(body['error']?.['message']).toContain(code)
  })

  test('would find fault with an answer, too', async () => {
    const validation = await microsoftValidation()
    const of = {
      method: 'GET',
      url: '/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerInstance/containerGroups/g?api-version=2023-05-01',
    }
    const headers = { 'content-type': 'application/json' }
    expect(await validation?.answer({ status: 404, headers, body: { error: { code: 'a', message: 'b' } } }, of)).toEqual([])
    expect(await validation?.answer({ status: 200, headers, body: { properties: { containers: 'none' } } }, of)).not.toEqual([])
  })
})

test('versions, places and paths that are not there', async () => {
  await using azure = await startAzure()
  const group = groupPath(azure, 'none')
  const other = '11111111-2222-3333-4444-555555555555'
  const cases: readonly (readonly [string, number, string])[] = [
    [groupPath(azure, 'none', '', ''), 400, 'MissingApiVersionParameter'],
    [groupPath(azure, 'none', '', 'api-version=2099-01-01'), 400, 'NoRegisteredProviderFound'],
    [group.replace(azure.subscriptionId, other), 404, 'SubscriptionNotFound'],
    [group.replace(azure.resourceGroup, 'elsewhere'), 404, 'ResourceGroupNotFound'],
    [group.replace('containerGroups', 'spaceships'), 404, 'InvalidResourceType'],
    [group, 404, 'ResourceNotFound'],
    [
      group.replace('resourceGroups', 'RESOURCEGROUPS').replace('Microsoft.ContainerInstance', 'microsoft.containerinstance'),
      404,
      'ResourceNotFound',
    ],
    [groupPath(azure, 'none', '/containers/one/logs'), 404, 'ResourceNotFound'],
  ]
  for (const [path, status, code] of cases) {
    const answered = await ask(azure, 'GET', path)
    expect([path, answered.status, answered.body['error']?.['code']]).toEqual([path, status, code])
    expect(answered.headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  }
  const elsewhere = clientOf(azure).containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'one', {
    ...groupOf(azure, 'true'),
    location: 'Mars East',
  })
  await expect(elsewhere).rejects.toMatchObject({ statusCode: 400, code: 'LocationNotAvailableForResourceType' })
  const large = await ask(azure, 'PUT', group, wire(azure, {}, { tags: { large: 'x'.repeat(5_000_000) } }))
  expect(large.status).toBe(413)
})

test('the URL of an operation works only as it was given', async () => {
  await using azure = await startAzure({ network: 'none' })
  const { headers } = await ask(azure, 'PUT', groupPath(azure, 'group'), wire(azure, {}))
  const url = headers['azure-asyncoperation'] ?? ''
  expect(url).toMatch(/\?api-version=2018-06-01&t=\d+&c=[\w-]+&s=[\w-]+&h=[\w-]+$/)
  expect((await ask(azure, 'GET', url)).status).toBe(200)
  expect((await ask(azure, 'GET', url.replace('&s=', '&s=x'))).status).toBe(403)
  expect((await ask(azure, 'GET', url.replace(/&t=.*/, ''))).status).toBe(403)
  expect((await ask(azure, 'GET', url.replace(/operations\/\w{8}/, 'operations/00000000'))).status).toBe(404)
})

test('a subscription has so many groups and cores in a region, and no more', async () => {
  await using azure = await startAzure({ network: 'none', quota: { groups: 2, cores: 4 }, locations: ['westeurope', 'eastus'] })
  const client = await create(
    azure,
    'first',
    groupOf(azure, 'sleep 60', {}, { resources: { requests: { cpu: 3, memoryInGB: 1 } } }),
    'Running',
  )
  const put = (name: string, cpu: number, location = azure.location) =>
    client.containerGroups.beginCreateOrUpdate(
      azure.resourceGroup,
      name,
      groupOf(azure, 'sleep 60', { location }, { resources: { requests: { cpu, memoryInGB: 1 } } }),
    )
  await expect(put('second', 2)).rejects.toMatchObject({
    statusCode: 409,
    code: 'ContainerGroupQuotaReached',
    message: expect.stringContaining("'StandardCores' exceeded in region 'westeurope'. Limit: '4', Usage: '3' Requested: '2'") as string,
  })
  await put('second', 1)
  await expect(put('third', 1)).rejects.toMatchObject({ message: expect.stringContaining("'ContainerGroups'") as string })
  await put('third', 1, 'East US')
  const usage = await client.location.listUsage('westeurope')[Symbol.asyncIterator]().next()
  expect(usage.value).toMatchObject({ name: { value: 'ContainerGroups' }, currentValue: 2, limit: 2 })
})

test('groups are created so often in five minutes, and the headers tell what is left', async () => {
  await using azure = await startAzure({ network: 'none', rates: { per5Minutes: 2 } })
  const put = (name: string) => ask(azure, 'PUT', groupPath(azure, name), wire(azure, {}))
  const left = 'x-ms-ratelimit-remaining-subscription-resource-requests-pt5m'
  expect((await put('first')).headers[left]).toBe('1')
  expect((await put('second')).headers[left]).toBe('0')
  const refused = await put('third')
  expect([refused.status, refused.body['error']?.['code']]).toEqual([429, 'ResourceRequestsThrottled'])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(290)
})

test('every request is counted and kept', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'counted', groupOf(azure, 'true'), 'Succeeded')
  await client.containers.listLogs(azure.resourceGroup, 'counted', 'one')
  await client.containerGroups.beginDeleteAndWait(azure.resourceGroup, 'counted')
  expect(azure.calls()).toMatchObject({ create: 1, operation: 1, logs: 1, delete: 1 })
  expect(azure.requests[0]).toMatchObject({ operation: 'create', method: 'PUT', status: 201, body: { location: azure.location } })
})
