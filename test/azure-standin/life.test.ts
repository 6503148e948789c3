import type { ContainerGroup } from '@azure/arm-containerinstance'
import Docker from 'dockerode'
import { expect, test } from 'vitest'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { dockerEngine } from '../support/docker.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'
import { clientOf, create, groupOf, IMAGE, inState, noEngine, openTerminal } from './support.ts'

skipBecause(noEngine)

const REQUESTS = { requests: { cpu: 1, memoryInGB: 1 } }

async function logOf(azure: Azure, name: string, container = 'one'): Promise<string> {
  return (await clientOf(azure).containers.listLogs(azure.resourceGroup, name, container)).content ?? ''
}

async function viewOf(azure: Azure, name: string, container = 0) {
  const group = await clientOf(azure).containerGroups.get(azure.resourceGroup, name)
  return group.containers[container]?.instanceView
}

test('a group runs its container, tells its end, keeps its log, and is gone after a delete', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = clientOf(azure)
  const rg = azure.resourceGroup
  const program = groupOf(azure, 'echo out; echo err >&2; exit 3')
  await client.containerGroups.beginCreateOrUpdateAndWait(rg, 'first', program, { updateIntervalInMs: 50 })
  await expect.poll(async () => (await client.containerGroups.get(rg, 'first')).instanceView?.state, PATIENCE).toBe('Failed')
  const group = await client.containerGroups.get(rg, 'first')
  expect(group.provisioningState).toBe('Succeeded')
  expect(group.containers[0]?.instanceView?.currentState).toMatchObject({ state: 'Terminated', exitCode: 3, detailStatus: 'Error' })
  const { content = '' } = await client.containers.listLogs(rg, 'first', 'one')
  expect(content.split('\n').toSorted()).toEqual(['', 'err', 'out'])
  await client.containerGroups.beginDeleteAndWait(rg, 'first')
  expect(azure.groups()).toEqual([])
  await expect(client.containerGroups.get(rg, 'first')).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' })
  expect(azure.violations).toEqual([])
})

test('secrets, empty directories, variables and the command arrive; secrets cannot be changed and never come back', async () => {
  await using azure = await startAzure({ network: 'none' })
  const secret = Buffer.from('say "hello"\n\0\u{1F600}')
  const files = { 'run.sh': Buffer.from(RUN).toString('base64'), data: secret.toString('base64') }
  const volumes = [
    { name: 'job-files', secret: files },
    { name: 'scratch', emptyDir: {} },
  ]
  const group = groupOf(
    azure,
    '',
    { volumes },
    {
      command: ['/bin/sh', '/mnt/job/run.sh', 'a b', '$HOME'],
      environmentVariables: [
        { name: 'PLAIN', value: 'x=y' },
        { name: 'HIDDEN', secureValue: 'hush' },
      ],
      volumeMounts: [
        { name: 'job-files', mountPath: '/mnt/job' },
        { name: 'scratch', mountPath: '/scratch' },
      ],
    },
  )
  await create(azure, 'files', group, 'Succeeded')
  const said = (await logOf(azure, 'files')).split('\n')
  expect(said).toEqual(['a b|$HOME', 'x=y hush', secret.toString('hex'), 'read-only', 'writable 777', ''])
  const answered = await clientOf(azure).containerGroups.get(azure.resourceGroup, 'files')
  expect(answered.volumes).toEqual([
    { name: 'job-files', secret: {} },
    { name: 'scratch', emptyDir: {} },
  ])
  expect(answered.containers[0]?.environmentVariables).toEqual([{ name: 'PLAIN', value: 'x=y' }, { name: 'HIDDEN' }])
})

const RUN = `echo "$1|$2"
echo "$PLAIN $HIDDEN"
od -An -v -tx1 /mnt/job/data | tr -d ' \\n'; echo
touch /mnt/job/new 2>/dev/null || echo read-only
touch /scratch/new && echo "writable $(stat -c %a /scratch)"
`

test('memory ends a container that takes more than its group has', async () => {
  await using azure = await startAzure({ network: 'none' })
  const resources = { requests: { cpu: 1, memoryInGB: 0.1 } }
  const group = groupOf(azure, 'tail -c 300m /dev/zero | tail', {}, { resources })
  await create(azure, 'hungry', group, 'Failed')
  expect((await viewOf(azure, 'hungry'))?.currentState).toMatchObject({ state: 'Terminated', exitCode: 137, detailStatus: 'OOMKilled' })
})

test('init containers run one after the other before the rest; the containers share volumes and the network', async () => {
  await using azure = await startAzure()
  const mounts = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }
  const shell = (name: string, command: string) => ({ name, image: IMAGE, command: ['/bin/sh', '-c', command], ...mounts })
  const group: ContainerGroup = {
    ...groupOf(azure, ''),
    initContainers: [shell('first', 'echo 1 >> /shared/order'), shell('second', 'echo 2 >> /shared/order')],
    containers: [
      { ...shell('left', 'cat /shared/order; readlink /proc/self/ns/net > /shared/left; sleep 30'), resources: REQUESTS },
      {
        ...shell(
          'right',
          'until [ -s /shared/left ]; do sleep 0.1; done; [ "$(cat /shared/left)" = "$(readlink /proc/self/ns/net)" ] && echo same; sleep 30',
        ),
        resources: REQUESTS,
      },
    ],
    volumes: [{ name: 'shared', emptyDir: {} }],
  }
  await create(azure, 'several', group, 'Running')
  await expect.poll(() => logOf(azure, 'several', 'left'), PATIENCE).toBe('1\n2\n')
  await expect.poll(() => logOf(azure, 'several', 'right'), PATIENCE).toBe('same\n')
})

test('an init container that fails ends the group before it began', async () => {
  await using azure = await startAzure({ network: 'none' })
  const init = [{ name: 'first', image: IMAGE, command: ['/bin/sh', '-c', 'exit 4'] }]
  await create(azure, 'broken', groupOf(azure, 'echo never', { initContainers: init }), 'Failed')
  expect(azure.groups()[0]?.provisioningState).toBe('Failed')
})

test('each restart policy does what it says', async () => {
  await using azure = await startAzure({ network: 'none', delays: { restarting: 10 } })
  await create(azure, 'good', groupOf(azure, 'exit 0', { restartPolicy: 'OnFailure' }), 'Succeeded')
  await create(azure, 'bad', groupOf(azure, 'exit 1', { restartPolicy: 'OnFailure' }), 'Running')
  await create(azure, 'always', groupOf(azure, 'exit 0', { restartPolicy: 'Always' }), 'Running')
  for (const name of ['bad', 'always'])
    await expect.poll(async () => (await viewOf(azure, name))?.restartCount, PATIENCE).toBeGreaterThan(1)
  expect((await viewOf(azure, 'good'))?.restartCount).toBe(0)
  expect((await viewOf(azure, 'bad'))?.previousState).toMatchObject({ state: 'Terminated', exitCode: 1 })
})

test('a program that is not there is told by an event', async () => {
  await using azure = await startAzure({ network: 'none' })
  const group = groupOf(azure, '', {}, { command: ['/no/such/program'] })
  await create(azure, 'absent', group, 'Failed')
  const view = await viewOf(azure, 'absent')
  expect(view?.currentState?.exitCode).toBe(127)
  expect(view?.events?.find(({ name }) => name === 'Failed')?.message).toContain('/no/such/program')
})

test('stop ends the containers and keeps the group; start and restart run them again; tags change alone', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'again', groupOf(azure, 'echo run; sleep 60', { tags: { first: '1' } }), 'Running')
  const rg = azure.resourceGroup
  await expect.poll(() => logOf(azure, 'again'), PATIENCE).toBe('run\n')
  await client.containerGroups.stop(rg, 'again')
  await inState(azure, 'again', 'Stopped')
  expect(await running(azure)).toBe(0)
  await client.containerGroups.beginStartAndWait(rg, 'again', { updateIntervalInMs: 50 })
  await inState(azure, 'again', 'Running')
  await client.containerGroups.beginRestartAndWait(rg, 'again', { updateIntervalInMs: 50 })
  await inState(azure, 'again', 'Running')
  await expect.poll(() => logOf(azure, 'again'), PATIENCE).toBe('run\n')
  const updated = await client.containerGroups.update(rg, 'again', { tags: { second: '2' } })
  expect(updated.tags).toEqual({ second: '2' })
  expect(azure.groups()).toMatchObject([{ name: 'again', tags: { second: '2' } }])
})

test('a file share keeps what is written, for who has its key', async () => {
  await using azure = await startAzure({ network: 'none', shares: { 'account/share': { key: 'a2V5' } } })
  const share = (command: string, storageAccountKey: string): ContainerGroup => {
    const volumes = [{ name: 'files', azureFile: { shareName: 'share', storageAccountName: 'account', storageAccountKey } }]
    return groupOf(azure, command, { volumes }, { volumeMounts: [{ name: 'files', mountPath: '/files' }] })
  }
  await create(azure, 'writer', share('echo kept > /files/note', 'a2V5'), 'Succeeded')
  await create(azure, 'reader', share('cat /files/note', 'a2V5'), 'Succeeded')
  expect(await logOf(azure, 'reader')).toBe('kept\n')
  const client = await create(azure, 'guesser', share('cat /files/note', 'Z3Vlc3M='), 'Pending')
  const mountEvent = async () => (await client.containerGroups.get(azure.resourceGroup, 'guesser')).instanceView?.events?.[0]
  await expect
    .poll(mountEvent, PATIENCE)
    .toMatchObject({ name: 'FailedMount', message: expect.stringContaining('Permission denied') as string })
})

test('a short program may end before its group is provisioned', async () => {
  await using azure = await startAzure({ network: 'none', delays: { settling: 1_000 } })
  const client = clientOf(azure)
  const poller = await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'short', groupOf(azure, 'exit 0'), {
    updateIntervalInMs: 50,
  })
  await expect.poll(async () => (await viewOf(azure, 'short'))?.currentState?.state, PATIENCE).toBe('Terminated')
  expect(azure.groups()[0]?.provisioningState).toBe('Creating')
  expect(await poller.pollUntilDone()).toMatchObject({ provisioningState: 'Succeeded', instanceView: { state: 'Succeeded' } })
})

test('nothing is left on the engine, whatever a group was doing', async () => {
  const engine = await dockerEngine()
  if ('unavailable' in engine) return
  const docker = new Docker({ socketPath: engine.socketPath })
  let label = ''
  const volumes = [{ name: 'files', emptyDir: {} }]
  {
    await using azure = await startAzure({ network: 'none' })
    label = azure.label
    const client = await create(azure, 'runs', groupOf(azure, 'sleep 60', { volumes }), 'Running')
    await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'starts', groupOf(azure, 'sleep 60', { volumes }))
    await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, 'deleted', groupOf(azure, 'sleep 60', { volumes }))
    await client.containerGroups.beginDeleteAndWait(azure.resourceGroup, 'deleted')
    const address = await client.containers.executeCommand(azure.resourceGroup, 'runs', 'one', { command: '/bin/sh' })
    await openTerminal(azure, address)
    expect(await running(azure)).toBeGreaterThan(0)
  }
  expect(label).not.toBe('')
  const filters = { label: [label] }
  const own = async () =>
    (await docker.listContainers({ all: true, filters })).length + (await docker.listVolumes({ filters })).Volumes.length
  await expect.poll(own, PATIENCE).toBe(0)
})

/** Containers of all stand-ins that run. */
async function running(azure: Azure): Promise<number> {
  const engine = await dockerEngine()
  if ('unavailable' in engine) throw new Error(engine.unavailable)
  const filters = { label: [azure.label] }
  return (await new Docker({ socketPath: engine.socketPath }).listContainers({ filters })).length
}
