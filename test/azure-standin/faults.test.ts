import { expect, test } from 'vitest'
import { Faults, type Fault } from '../support/azure/faults.ts'
import { startAzure } from '../support/azure/stand-in.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'
import { clientOf, create, groupOf, inState, noEngine } from './support.ts'

skipBecause(noEngine)

test.each<[Fault, number, string]>([
  [{ fault: 'throttled' }, 429, 'ResourceRequestsThrottled'],
  [{ fault: 'throttled', retryAfterSeconds: 1 }, 429, 'ResourceRequestsThrottled'],
  [{ fault: 'server-error' }, 500, 'InternalServerError'],
  [{ fault: 'server-error', status: 503 }, 503, 'InternalServerError'],
  [{ fault: 'forbidden' }, 403, 'AuthorizationFailed'],
  [{ fault: 'policy-denies' }, 403, 'RequestDisallowedByPolicy'],
  [{ fault: 'quota-reached' }, 409, 'ContainerGroupQuotaReached'],
  [{ fault: 'no-capacity' }, 409, 'ServiceUnavailable'],
  [{ fault: 'provider-not-registered' }, 409, 'MissingSubscriptionRegistration'],
  [{ fault: 'subscription-unknown' }, 404, 'SubscriptionNotFound'],
  [{ fault: 'region-unavailable' }, 400, 'LocationNotAvailableForResourceType'],
  [{ fault: 'image-inaccessible' }, 400, 'InaccessibleImage'],
  [{ fault: 'registry-error' }, 409, 'RegistryErrorResponse'],
  [{ fault: 'token-refused' }, 401, 'ExpiredAuthenticationToken'],
  [{ fault: 'group-transitioning' }, 409, 'ContainerGroupTransitioning'],
])('%o is answered as the client knows it', async (fault, statusCode, code) => {
  await using azure = await startAzure()
  const switched = azure.fail(fault)
  const client = clientOf(azure)
  const put = client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'one', groupOf(azure, 'true'))
  await expect(put).rejects.toMatchObject({ statusCode, code })
  expect(azure.groups()).toEqual([])
  expect(switched.hits).toBe(1)
})

test('the client waits when it is told how long, and only then', async () => {
  await using azure = await startAzure()
  const list = async (): Promise<unknown> => await clientOf(azure, 3).containerGroups.listByResourceGroup(azure.resourceGroup).next()
  const told = azure.fail({ fault: 'throttled', retryAfterSeconds: 1 })
  const start = Date.now()
  expect(await list()).toMatchObject({ done: true })
  expect(Date.now() - start).toBeGreaterThan(900)
  expect(told.hits).toBe(1)
  azure.fail({ fault: 'throttled' })
  await expect(list()).rejects.toMatchObject({ statusCode: 429 })
})

test('a cut connection is tried again, and what was carried out before the cut was carried out', async () => {
  await using azure = await startAzure({ network: 'none' })
  const lost = azure.fail({ fault: 'connection-cut', on: 'create', carriedOut: true })
  const client = clientOf(azure, 3)
  const put = client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'one', groupOf(azure, 'sleep 60'))
  // The second try meets the group that the first one made.
  const outcome = await put.then(
    () => 'created again',
    (error: { code?: string }) => error.code,
  )
  expect(['created again', 'ContainerGroupTransitioning']).toContain(outcome)
  expect(lost.hits).toBe(1)
  expect(azure.groups()).toHaveLength(1)
  azure.fail({ fault: 'connection-cut', on: 'get' })
  expect(await client.containerGroups.get(azure.resourceGroup, 'one')).toMatchObject({ name: 'one' })
  azure.fail({ fault: 'no-answer', on: 'get' })
  const abandoned = client.containerGroups.get(azure.resourceGroup, 'one', { abortSignal: AbortSignal.timeout(300) })
  await expect(abandoned).rejects.toMatchObject({ name: 'AbortError' })
})

test('an operation that never ends, an image that never comes and a mount that fails leave a group that waits', async () => {
  await using azure = await startAzure({ network: 'none', delays: { restarting: 20 } })
  const client = clientOf(azure)
  const put = (name: string) => client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, name, groupOf(azure, 'echo never'))
  const get = (name: string) => client.containerGroups.get(azure.resourceGroup, name)
  azure.fail({ fault: 'operation-stuck' })
  const stuck = await put('stuck')
  azure.fail({ fault: 'image-never-pulls' })
  await put('pulling')
  azure.fail({ fault: 'mount-fails' })
  await put('mounting')
  const backOff = async () => (await get('pulling')).containers[0]?.instanceView?.events?.find(({ name }) => name === 'BackOff')?.count
  await expect.poll(backOff, PATIENCE).toBeGreaterThan(3)
  expect((await get('pulling')).containers[0]?.instanceView?.currentState).toMatchObject({
    state: 'Waiting',
    detailStatus: 'ImagePullBackOff',
  })
  await expect.poll(async () => (await get('mounting')).instanceView?.events?.[0]?.name, PATIENCE).toBe('FailedMount')
  expect(stuck.isDone()).toBe(false)
  expect(azure.groups().map(({ state }) => state)).toEqual(['Pending', 'Pending', 'Pending'])
  for (const name of ['stuck', 'pulling', 'mounting']) await client.containerGroups.beginDeleteAndWait(azure.resourceGroup, name)
  expect(azure.groups()).toEqual([])
})

test('a group that failed lives on, and so does its container', async () => {
  await using azure = await startAzure({ network: 'none' })
  azure.fail({ fault: 'provisioning-fails' })
  const client = clientOf(azure)
  const poller = await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'failed', groupOf(azure, 'sleep 60'), {
    updateIntervalInMs: 50,
  })
  // The client's poller loses the code.
  await expect(poller.pollUntilDone()).rejects.toThrow('The long-running operation has failed')
  const state = async () =>
    (await client.containerGroups.get(azure.resourceGroup, 'failed')).containers[0]?.instanceView?.currentState?.state
  await expect.poll(state, PATIENCE).toBe('Running')
  expect(azure.groups()).toMatchObject([{ provisioningState: 'Failed', state: 'Failed' }])
})

test('the platform starts a container again in the middle, and after a failure whatever the policy says', async () => {
  await using azure = await startAzure({ network: 'none', delays: { restarting: 20 } })
  const client = clientOf(azure)
  const view = async (name: string) => (await client.containerGroups.get(azure.resourceGroup, name)).containers[0]?.instanceView
  azure.fail({ fault: 'restarts', afterMs: 100 })
  await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'moved', groupOf(azure, 'echo start; sleep 60'))
  azure.fail({ fault: 'restarts-after-failure' })
  await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'failing', groupOf(azure, 'exit 9'))
  await expect.poll(async () => (await view('moved'))?.restartCount, PATIENCE).toBe(1)
  expect((await view('moved'))?.previousState).toMatchObject({ state: 'Terminated', exitCode: 137 })
  await expect.poll(async () => (await view('failing'))?.restartCount, PATIENCE).toBeGreaterThan(1)
})

test('a group disappears in the middle', async () => {
  await using azure = await startAzure({ network: 'none' })
  azure.fail({ fault: 'deleted-outside', afterMs: 100 })
  const client = await create(azure, 'gone', groupOf(azure, 'sleep 60'), 'Running')
  await expect.poll(() => azure.groups(), PATIENCE).toEqual([])
  await create(azure, 'gone', groupOf(azure, 'sleep 60'), 'Running')
  await azure.deleteFromOutside('gone')
  await expect(client.containerGroups.get(azure.resourceGroup, 'gone')).rejects.toMatchObject({ code: 'ResourceNotFound' })
})

test('a slow delete is followed by its own URL, and nothing can be created under the name meanwhile', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'slow', groupOf(azure, 'sleep 60'), 'Running')
  azure.fail({ fault: 'slow-delete', ms: 1_500 })
  const poller = await client.containerGroups.beginDelete(azure.resourceGroup, 'slow', { updateIntervalInMs: 50 })
  expect((await client.containerGroups.get(azure.resourceGroup, 'slow')).provisioningState).toBe('Deleting')
  const again = client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'slow', groupOf(azure, 'true'))
  await expect(again).rejects.toMatchObject({ code: 'ContainerGroupTransitioning' })
  await poller.pollUntilDone()
  expect(azure.groups()).toEqual([])
})

test('logs that are not there yet, and a fault that waits for its turn', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'logged', groupOf(azure, 'echo hello'), 'Succeeded')
  const late = azure.fail({ fault: 'logs-not-available', after: 1, times: 2 })
  const read = () =>
    client.containers.listLogs(azure.resourceGroup, 'logged', 'one').then(
      ({ content }) => content,
      (error: { code: string }) => error.code,
    )
  expect([await read(), await read(), await read(), await read()]).toEqual([
    'hello\n',
    'ContainerLogNotAvailable',
    'ContainerLogNotAvailable',
    'hello\n',
  ])
  expect(late.hits).toBe(2)
  azure.fail({ fault: 'server-error', on: ['logs'], times: Number.POSITIVE_INFINITY })
  expect(await read()).toBe('InternalServerError')
  azure.heal()
  expect(await read()).toBe('hello\n')
})

test('groups take their time', async () => {
  await using azure = await startAzure({
    network: 'none',
    delays: { pending: 150, pulling: 150, starting: 150, deleting: 300, answering: 30 },
  })
  const start = Date.now()
  const client = clientOf(azure)
  await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'patient', groupOf(azure, 'sleep 60'))
  await inState(azure, 'patient', 'Running')
  expect(Date.now() - start).toBeGreaterThan(450)
  const before = Date.now()
  await client.containerGroups.beginDeleteAndWait(azure.resourceGroup, 'patient')
  expect(Date.now() - before).toBeGreaterThan(300)
})

test('faults at random are the same for the same seed, and as frequent as they are said to be', () => {
  const strikes = (seed: string): boolean[] => {
    const faults = new Faults()
    faults.addAtRandom(seed, { throttled: { chance: 0.2, retryAfterSeconds: 1 } })
    return Array.from({ length: 2_000 }, () => faults.take('throttled', 'get') !== undefined)
  }
  expect(strikes('one')).toEqual(strikes('one'))
  expect(strikes('one')).not.toEqual(strikes('two'))
  const share = strikes('one').filter(Boolean).length / 2_000
  expect(share).toBeGreaterThan(0.15)
  expect(share).toBeLessThan(0.25)
})
