import Docker from 'dockerode'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dockerEngine, type TestEngine } from '../support/docker.ts'
import { BASE_IMAGE } from '../support/engines/base-image.ts'
import { containerProbe, containersWith, volumesWith } from '../support/engines/probe.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE } from '../support/world.ts'

describe.each(['docker', 'gvisor', 'podman'] as const)('a probe of containers: %s', async (kind) => {
  const found = await dockerEngine(kind)
  skipBecause('unavailable' in found ? found.unavailable : undefined)
  const engine = found as TestEngine

  test('sees a marked process while it lives, and never itself', async () => {
    const label = newLabel()
    const probe = containerProbe(engine.client, label)
    const marker = newMarker()
    expect(await probe.isAlive(marker), 'there is no container yet').toBe(false)
    const container = await startContainer(engine, label)
    expect(await probe.isAlive(marker), 'the probe itself').toBe(false)
    // The marker is in the second line of an argument.
    await inside(container, 'sh', '-c', 'until [ -e /tmp/end ]; do sleep 0.02; done', `first\n${marker}\nlast`)
    await expect.poll(() => probe.isAlive(marker), PATIENCE).toBe(true)
    expect(await containerProbe(engine.client, newLabel()).isAlive(marker), 'another label').toBe(false)
    expect(await probe.isAlive(newMarker())).toBe(false)
    await inside(container, 'sh', '-c', ': >/tmp/end')
    await expect.poll(() => probe.isAlive(marker), PATIENCE).toBe(false)
  })

  test("sees files in memory, in another user's private directory, and links that lead nowhere", async () => {
    const label = newLabel()
    const probe = containerProbe(engine.client, label)
    const container = await startContainer(engine, label)
    expect(await probe.fileExists('/tmp/own/file')).toBe(false)
    await inside(container, 'sh', '-c', 'mkdir -m 700 /tmp/own && ln -s nowhere /tmp/own/link && : >/tmp/own/file')
    await expect.poll(() => probe.fileExists('/tmp/own/file'), PATIENCE).toBe(true)
    expect(await probe.fileExists('/tmp/own')).toBe(true)
    expect(await probe.fileExists('/tmp/own/link')).toBe(true)
    expect(await probe.fileExists('/tmp/own/nowhere')).toBe(false)
  })

  test('sees nothing in containers that ended', async () => {
    const label = newLabel()
    const probe = containerProbe(engine.client, label)
    const container = await startContainer(engine, label)
    expect(await probe.fileExists('/tmp')).toBe(true)
    await container.kill()
    await container.wait()
    expect(await probe.fileExists('/tmp')).toBe(false)
    expect(await probe.isAlive('sleep')).toBe(false)
  })
})

test('containers and volumes are found by a label, whether they run or not', async (context) => {
  const engine = await dockerEngine()
  if ('unavailable' in engine) return context.skip(engine.unavailable)
  const label = newLabel()
  const client = new Docker({ socketPath: engine.socketPath })
  const container = await startContainer(engine, label)
  const { name } = await makeVolume(client, label)
  expect(await containersWith(engine.client, label)).toMatchObject([{ Id: container.id, State: 'running' }])
  expect(await volumesWith(engine.client, label)).toEqual([name])
  await container.kill()
  await container.wait()
  expect(await containersWith(engine.client, label)).toMatchObject([{ Id: container.id, State: 'exited' }])
  expect([await containersWith(engine.client, newLabel()), await volumesWith(engine.client, newLabel())]).toEqual([[], []])
})

function newLabel(): string {
  return `polyrun.test=${newMarker()}`
}

/** A container in which root may as little as it does in those of the executor. */
async function startContainer({ socketPath, runtime }: TestEngine, label: string): Promise<Docker.Container> {
  const [name = '', value = ''] = label.split('=')
  const container = await new Docker({ socketPath }).createContainer({
    Image: BASE_IMAGE,
    User: '10001',
    Cmd: ['sleep', '600'],
    Labels: { [name]: value },
    HostConfig: {
      ...(runtime === undefined ? {} : { Runtime: runtime }),
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      Tmpfs: { '/tmp': 'mode=1777' },
      Ulimits: ['nofile', 'nproc'].map((Name) => ({ Name, Soft: 1024, Hard: 1024 })),
    },
  })
  onTestFinished(() => container.remove({ force: true }) as Promise<void>)
  await container.start()
  return container
}

/** Starts a process in a container and waits for nothing. */
async function inside(container: Docker.Container, ...command: string[]): Promise<void> {
  const process = await container.exec({ Cmd: command, AttachStdout: false, AttachStderr: false })
  await process.start({ Detach: true })
}

async function makeVolume(client: Docker, label: string): Promise<{ name: string }> {
  const [key = '', value = ''] = label.split('=')
  const name = `polyrun-test-${newMarker()}`
  await client.createVolume({ Name: name, Labels: { [key]: value } })
  onTestFinished(() => client.getVolume(name).remove() as Promise<void>)
  return { name }
}
