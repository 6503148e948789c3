import { describe, expect, test } from 'vitest'
import { createExecutor } from '../../../src/config/create-executor.ts'
import { AzureContainerCodeExecutor, type AzureContainerCodeExecutorOptions } from '../../../src/executors/azure-container/index.ts'
import { groupSpec, type GroupPurpose } from '../../../src/executors/azure-container/group-spec.ts'
import { readSettings } from '../../../src/executors/azure-container/settings.ts'
import { expectCode } from '../../support/expect-code.ts'

const subscriptionId = '00000000-0000-0000-0000-000000000001'
const base = { subscriptionId, resourceGroup: 'group' } as const
const identity = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me`
const subnet = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/net/subnets/sub`
const share = { accountName: 'account', shareName: 'share', mountPath: '/data', accountKey: 'a2V5' }
const purpose: GroupPurpose = {
  location: 'westeurope',
  image: 'i',
  files: new Map([['run.sh', Buffer.from('x')]]),
  args: ['hold', '5'],
  secret: 's',
  executorId: 'e',
  expiresAt: 7,
}

describe('options that make no sense are refused when the executor is made', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['subscriptionId', { subscriptionId: 'mine' }],
    ['resourceGroup', { resourceGroup: 'ends.' }],
    ['resourceGroup', { resourceGroup: '' }],
    ...['Upper', 'two--hyphens', '-first', 'last-', '1digit', 'x'.repeat(50), ''].map(
      (name) => ['containerGroupName', { containerGroupName: name }] as const,
    ),
    ['image', { image: 'two words' }],
    ['image', { image: {} }],
    ['image', { image: { python: 'a', bash: 'b' }, isolation: 'session' }],
    ['location', { location: [] }],
    ['location', { location: 'Europe!' }],
    ['location', { location: ['westeurope', ''] }],
    ['cpuCores', { cpuCores: 0.5 }],
    ['cpuCores', { cpuCores: 32 }],
    ['cpuCores', { cpuCores: 2, limits: { cpus: 2 } }],
    ['memoryGb', { memoryGb: 0.5 }],
    ['memoryGb', { memoryGb: 241 }],
    ['memoryGb', { memoryGb: 2, limits: { memory: '2g' } }],
    ['limits.cpus', { limits: { cpus: 64 } }],
    ['limits.memory', { limits: { memory: '300g' } }],
    ['isolation', { isolation: 'none' }],
    ['maxLifetimeMs', { maxLifetimeMs: 0 }],
    ['credential', { credential: 'a token' }],
    ['managedIdentityResourceId', { managedIdentityResourceId: 'me' }],
    ['azureFileShare.accountName', { azureFileShare: { ...share, accountName: 'No' } }],
    ['azureFileShare.shareName', { azureFileShare: { ...share, shareName: 'a--b' } }],
    ['azureFileShare.mountPath', { azureFileShare: { ...share, mountPath: 'data' } }],
    ['azureFileShare.mountPath', { azureFileShare: { ...share, mountPath: '/a:b' } }],
    ['azureFileShare.readOnly', { azureFileShare: { ...share, readOnly: 'yes' } }],
    ['azureFileShare.key', { azureFileShare: { ...share, key: 'x' } }],
    ['subnetIds', { subnetIds: ['subnet'] }],
    ['subnetIds', { subnetIds: [subnet], priority: 'Spot' }],
    ['priority', { priority: 'Cheap' }],
    ['priority', { priority: 'Spot', isolation: 'session' }],
    ['cpuCores', { priority: 'Spot', cpuCores: 5 }],
    ['registry.password', { registry: { server: 's', username: 'u', password: '' } }],
    ['registry.user', { registry: { server: 's', user: 'u', password: 'p' } }],
    ['registry.identityResourceId', { registry: { server: 's', identityResourceId: 'me' } }],
    ['tags', { tags: { 'managed-by': 'me' } }],
    ['tags', { tags: { 'a<b': 'c' } }],
    ['tags', { tags: Object.fromEntries(Array.from({ length: 48 }, (_, index) => [`t${index}`, 'x'])) }],
    ['environment', { environment: { 'A-B': 'x' } }],
    ['environment', { environment: { POLYRUN_SECRET: 'x' } }],
    ['environment', { environment: { ['A'.repeat(64)]: 'x' } }],
    ['secureEnvironment', { environment: { A: 'x' }, secureEnvironment: { A: 'y' } }],
    ['endpoint', { endpoint: 'http://localhost' }],
    ['endpoint', { endpoint: 'https://localhost/path' }],
    ['onProgress', { onProgress: 'log' }],
    ['options.isolated', { isolated: true }],
  ]
  test.each(wrong)('%s: %o', async (argument, options) => {
    const make = (): unknown => new AzureContainerCodeExecutor({ ...base, ...options } as AzureContainerCodeExecutorOptions)
    expect((await expectCode(make, 'INVALID_ARGUMENT')).details.argument).toBe(argument)
  })

  test.each([{ pids: 10 }, { disk: '1g' }, { memory: '1g', memorySwap: '1g' }])('a limit that a group cannot hold: %o', async (limits) => {
    const error = await expectCode(() => new AzureContainerCodeExecutor({ ...base, limits }), 'CAPABILITY_UNSUPPORTED')
    expect(error.details.missing).not.toBe('')
  })

  test('an image for a language that is none', async () => {
    const error = await expectCode(() => new AzureContainerCodeExecutor({ ...base, image: { pyhton: 'python:3' } }), 'LANGUAGE_UNKNOWN')
    expect(error.details.nearest).toBe('python')
    expect(new AzureContainerCodeExecutor({ ...base, image: { py: 'python:3' } }).name).toBe('azure-container')
  })

  test('the subscription and the group may come from the environment, and are named when they do not', () => {
    const env = { AZURE_SUBSCRIPTION_ID: subscriptionId, AZURE_RESOURCE_GROUP: 'mine', AZURE_STORAGE_KEY: 'key' }
    expect(readSettings({}, env)).toMatchObject({ subscriptionId, resourceGroup: 'mine', isolation: 'execution' })
    const { accountKey: _, ...keyless } = share
    expect(readSettings({ azureFileShare: keyless }, env).share?.accountKey).toBe('key')
    expect(() => readSettings({ azureFileShare: keyless, ...base }, {})).toThrow(/AZURE_STORAGE_KEY/)
    expect(() => readSettings({}, {})).toThrow(/AZURE_SUBSCRIPTION_ID/)
    expect(() => readSettings({ subscriptionId }, {})).toThrow(/AZURE_RESOURCE_GROUP/)
  })
})

describe('what a group is asked for', () => {
  test('everything that was given, and tags that say whose it is and until when', () => {
    const settings = readSettings(
      {
        ...base,
        managedIdentityResourceId: identity,
        registry: { server: 'r.azurecr.io', identityResourceId: identity },
        azureFileShare: share,
        subnetIds: [subnet],
        tags: { team: 'blue' },
        environment: { A: 'x' },
        secureEnvironment: { B: 'y' },
        limits: { openFiles: 64 },
      },
      {},
    )
    const spec = groupSpec(settings, purpose)
    expect(spec).toMatchObject({
      location: 'westeurope',
      osType: 'Linux',
      restartPolicy: 'Never',
      tags: { team: 'blue', 'managed-by': 'polyrun', 'polyrun-executor': 'e', 'polyrun-expires-at': '7' },
      identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
      imageRegistryCredentials: [{ server: 'r.azurecr.io', identity }],
      subnetIds: [{ id: subnet }],
    })
    expect(spec.volumes.map(({ name }) => name)).toEqual(['polyrun', 'share'])
    expect(spec.containers[0]?.environmentVariables).toEqual([
      { name: 'A', value: 'x' },
      { name: 'B', secureValue: 'y' },
      { name: 'POLYRUN_FILES', value: '64' },
      { name: 'POLYRUN_SECRET', secureValue: 's' },
    ])
    expect(spec.containers[0]?.volumeMounts).toContainEqual({ name: 'share', mountPath: '/data', readOnly: true })
  })

  test('one core and one gigabyte at least, and the limits of the container are exact', () => {
    const [container] = groupSpec(readSettings({ ...base, limits: { cpus: 0.25, memory: '96m' } }, {}), purpose).containers
    expect(container?.resources).toEqual({ requests: { cpu: 1, memoryInGB: 1 }, limits: { cpu: 0.25, memoryInGB: 0.09375 } })
    const [larger] = groupSpec(readSettings({ ...base, cpuCores: 2, memoryGb: 3.25 }, {}), purpose).containers
    expect(larger?.resources).toEqual({ requests: { cpu: 2, memoryInGB: 3.3 }, limits: { cpu: 2, memoryInGB: 3.25 } })
  })
})

test('a config has no secrets and makes the same executor again', async () => {
  const options = {
    ...base,
    image: 'python:3',
    location: ['westeurope'],
    environment: { A: 'x' },
    secureEnvironment: { B: 'y' },
    azureFileShare: share,
  }
  const config = new AzureContainerCodeExecutor(options).toConfig()
  expect(config).toMatchObject({ executor: 'azure-container', env: ['A'], withheld: ['secureEnvironment', 'azureFileShare'] })
  expect(JSON.stringify(config)).not.toMatch(/a2V5|"x"|"y"/)
  await expectCode(createExecutor(config), 'INVALID_ARGUMENT')
  const made = await createExecutor(config, { env: { A: 'x' }, options: { secureEnvironment: { B: 'y' }, azureFileShare: share } })
  expect(made.name).toBe('azure-container')
  expect(made.limits?.outputBytes).toBe(1_048_576)
})
