import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  client,
  containerIds,
  IMAGE,
  makeDocker,
  makeLabeled,
  noDocker,
  outcomeOf,
  seeNothingOf,
  socketPath,
} from '../support/docker-executor.ts'
import type { ContainerConfig } from '../../src/executors/docker/client.ts'
import { volumesWith } from '../support/engines/probe.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { OwnerProcess } from '../support/owner.ts'
import { newMarker, openDescriptors, PATIENCE, processesWith, seeAlive, seeDead } from '../support/world.ts'

/** Moments of a start at which it is stopped. */
const MOMENTS = 12

skipBecause(noDocker)

const source = (path: string): string => JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)))

/** A process with a running program in a container that has this label. The marker comes in a variable, so that it is in no argument of the process. */
function ownerWith(marker: string, then: string): OwnerProcess {
  const body = `const { DockerCodeExecutor } = await import(${source('executors/docker/index.ts')})
const { MARKER, IMAGE, SOCKET } = process.env
const executor = new DockerCodeExecutor({ image: IMAGE, docker: { socketPath: SOCKET }, labels: { 'polyrun.test': MARKER }, concurrency: 2 })
const program = 'trap "" TERM HUP INT; sh -c "sleep 600; :" ' + MARKER + '; :'
for (let n = 0; n < 2; n += 1) executor.executeCode(program, 'sh', { timeoutMs: 600_000 }).catch(() => {})
${then}
console.log('up')
setInterval(() => {}, 1000)`
  return new OwnerProcess(body, { MARKER: marker, IMAGE, SOCKET: socketPath })
}

/** The names of the volumes that containers with a label have. */
async function volumesIn(label: string): Promise<string[]> {
  // An engine lists a container that it makes a moment before it knows it.
  const look = async () => Promise.all((await containerIds(label)).map((id) => client.getContainer(id).inspect()))
  const facts = await vi.waitFor(look, PATIENCE)
  return facts.flatMap((each) => (each as unknown as { Mounts: { Name: string }[] }).Mounts.map(({ Name }) => Name))
}

async function isVolume(name: string): Promise<boolean> {
  const { Volumes } = await client.listVolumes({ filters: { label: [] } })
  return (Volumes ?? []).some(({ Name }) => Name === name)
}

describe('the process that ran programs ends', () => {
  const ends: Readonly<Record<string, readonly [then: string, end: (owner: OwnerProcess) => void]>> = {
    'by SIGKILL': ['', (owner) => owner.child.kill('SIGKILL')],
    'by SIGTERM': ['', (owner) => owner.child.kill('SIGTERM')],
    'by process.exit': ["process.on('SIGUSR2', () => process.exit(7))", (owner) => owner.child.kill('SIGUSR2')],
    'by an exception': ["process.on('SIGUSR2', () => { throw new Error('crash') })", (owner) => owner.child.kill('SIGUSR2')],
  }
  test.each(Object.entries(ends))('%s', async (_, [then, end]) => {
    const marker = newMarker()
    const label = `polyrun.test=${marker}`
    const owner = ownerWith(marker, then)
    await owner.says('up')
    await expect.poll(() => processesWith(marker).length, PATIENCE).toBeGreaterThan(1)
    const volumes = await volumesIn(label)
    expect(volumes.length).toBeGreaterThan(0)
    end(owner)
    await owner.ended
    await seeDead(marker)
    await seeNothingOf(label)
    for (const name of volumes) await expect.poll(() => isVolume(name), PATIENCE).toBe(false)
  })

  test('a started, idle executor does not keep its process alive', async () => {
    const marker = newMarker()
    const owner = new OwnerProcess(
      `const { DockerCodeExecutor } = await import(${source('executors/docker/index.ts')})
const { MARKER, IMAGE, SOCKET } = process.env
await new DockerCodeExecutor({ image: IMAGE, docker: { socketPath: SOCKET }, labels: { 'polyrun.test': MARKER } }).executeCode('echo', 'sh')`,
      { MARKER: marker, IMAGE, SOCKET: socketPath },
    )
    expect(await owner.ended, owner.stderr).toEqual({ exitCode: 0, signal: null })
    await seeNothingOf(`polyrun.test=${marker}`)
  })

  test('nor does that end the process while something is awaited', async () => {
    const marker = newMarker()
    const owner = new OwnerProcess(
      `const { DockerCodeExecutor } = await import(${source('executors/docker/index.ts')})
const { MARKER, IMAGE, SOCKET } = process.env
const executor = new DockerCodeExecutor({ image: IMAGE, docker: { socketPath: SOCKET }, labels: { 'polyrun.test': MARKER }, concurrency: 1 })
for (let n = 0; n < 3; n += 1) {
  await executor.executeCode('touch /tmp/x', 'sh')
  await executor.executeCode('kill -9 -1', 'sh').catch(() => {})
  await executor.recycle('workspace')
}
await executor.recycle('container')
console.log((await executor.executeCode('sleep 1; echo all', 'sh')).output)`,
      { MARKER: marker, IMAGE, SOCKET: socketPath },
    )
    expect(await owner.ended, owner.stderr).toEqual({ exitCode: 0, signal: null })
    expect(owner.stdout).toBe('all\n\n')
    await seeNothingOf(`polyrun.test=${marker}`)
  })
})

describe('stop', () => {
  test('before, right after, and in the middle of a start', async () => {
    await makeDocker().stop()
    for (const seen of [false, true]) {
      const { executor, label } = makeLabeled()
      const starting = outcomeOf(executor.executeCode('echo', 'sh'))
      if (seen) await expect.poll(() => containerIds(label), PATIENCE).not.toEqual([])
      await executor.stop()
      expect(['EXECUTOR_STOPPED', 'exited']).toContain((await starting).how)
      await seeNothingOf(label)
    }
  })

  test('at any moment of several starts at once', { timeout: 120_000 }, async () => {
    const startedAt = performance.now()
    await Promise.all([1, 2, 3, 4].map(() => makeDocker().start()))
    const step = (performance.now() - startedAt) / MOMENTS
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      const left = [1, 2, 3, 4].map(async () => {
        const { executor, label } = makeLabeled()
        const starting = outcomeOf(executor.executeCode('echo', 'sh'))
        await delay(moment * step)
        await executor.stop()
        expect(['EXECUTOR_STOPPED', 'exited']).toContain((await starting).how)
        return containerIds(label)
      })
      expect(await Promise.all(left)).toEqual([[], [], [], []])
    }
  })

  test('while an image is fetched from a registry that does not answer', async () => {
    let asked = false
    const registry = createServer(() => (asked = true)).listen(0, '127.0.0.1')
    onTestFinished(() => void registry.close())
    await new Promise((resolve) => registry.once('listening', resolve))
    const { executor } = makeLabeled({ image: `127.0.0.1:${(registry.address() as AddressInfo).port}/no/such:1` })
    const starting = outcomeOf(executor.executeCode('echo', 'sh'))
    await expect.poll(() => asked, PATIENCE).toBe(true)
    await executor.stop()
    expect((await starting).how).toBe('EXECUTOR_STOPPED')
  })

  test('while programs run, others wait, and others are made room for', async () => {
    const { executor, label } = makeLabeled({ concurrency: 2 })
    const marker = newMarker()
    const program = `trap "" TERM; sh -c "sleep 600; :" ${marker}; :`
    const runs = [1, 2, 3, 4, 5].map(() => outcomeOf(executor.executeCode(program, 'sh')))
    await seeAlive(marker)
    const volumes = await volumesIn(label)
    await executor.stop()
    expect((await Promise.all(runs)).map(({ how }) => how)).toEqual(Array.from(runs, () => 'EXECUTOR_STOPPED'))
    expect(processesWith(marker)).toEqual([])
    expect(await containerIds(label)).toEqual([])
    for (const name of volumes) expect(await isVolume(name)).toBe(false)
  })

  test('while it is recycled, restarted, or cleans up after a program', async () => {
    for (const way of ['workspace', 'container']) {
      const { executor, label } = makeLabeled()
      await executor.executeCode('touch /tmp/x', 'sh')
      const recycling = executor.recycle(way).then(
        () => 'recycled',
        () => 'refused',
      )
      await executor.stop()
      expect(['recycled', 'refused']).toContain(await recycling)
      expect(await containerIds(label)).toEqual([])
    }
  })
})

describe('what a dead process left', () => {
  const OWNER_BODY = `const { ownerLabels } = await import(${source('executors/docker/ownership.ts')})\nconsole.log(JSON.stringify(ownerLabels()))`

  /** A container and a volume of another process, with a marker as a label. */
  async function leave(owner: OwnerProcess, marker: string): Promise<void> {
    const labels = { ...(JSON.parse(owner.stdout) as Record<string, string>), 'polyrun.test': marker }
    await client.createVolume({ Name: `polyrun-test-${marker}`, Driver: 'local', DriverOpts: {}, Labels: labels })
    onTestFinished(
      async () =>
        void (await client
          .getVolume(`polyrun-test-${marker}`)
          .remove({ force: true })
          .catch(() => {})),
    )
    const config = { Image: IMAGE, Cmd: ['sleep', '600'], Labels: labels, HostConfig: { NetworkMode: 'none' } }
    const container = await client.createContainer({ _query: {}, _body: config as unknown as ContainerConfig })
    onTestFinished(async () => void (await container.remove({ force: true }).catch(() => {})))
    await container.start()
  }

  test('is removed at the next start', async () => {
    const owner = new OwnerProcess(OWNER_BODY)
    await owner.ended
    const marker = newMarker()
    await leave(owner, marker)
    await makeDocker().start()
    await seeNothingOf(`polyrun.test=${marker}`)
  })

  test('and what belongs to a living one is not', async () => {
    const owner = new OwnerProcess(`${OWNER_BODY}\nsetInterval(() => {}, 1000)`)
    await owner.says('}')
    const marker = newMarker()
    await leave(owner, marker)
    const neighbour = makeLabeled()
    await neighbour.executor.start()
    await makeDocker().start()
    expect(await containerIds(`polyrun.test=${marker}`)).toHaveLength(1)
    expect(await volumesWith(client, `polyrun.test=${marker}`)).toHaveLength(1)
    expect(await containerIds(neighbour.label)).toHaveLength(1)
  })
})

test('500 short runs, 4 at a time, leave no descriptor, no process and nothing in the engine', { timeout: 240_000 }, async () => {
  const { executor, label } = makeLabeled({ concurrency: 4 })
  const many = async (count: number): Promise<void> => {
    await Promise.all(
      [0, 1, 2, 3].map(async () => {
        for (let n = 0; n < count / 4; n += 1) expect((await executor.executeCode('sleep 0 & echo on', 'sh')).output).toBe('on\n')
      }),
    )
  }
  // Each is there before anything is counted: short ones may get along with fewer.
  await Promise.all([0, 1, 2, 3].map(() => executor.executeCode('sleep 2', 'sh')))
  await many(40)
  const before = await holdings(label)
  await many(500)
  await expect.poll(async () => growth(before, await holdings(label)), PATIENCE).toEqual([])
})

interface Holdings {
  readonly descriptors: number
  readonly containers: number
  readonly execs: number
  readonly processes: number
}

/** What this process and the engine hold for an executor. */
async function holdings(label: string): Promise<Holdings> {
  const ids = await containerIds(label)
  const facts = await Promise.all(ids.map((id) => client.getContainer(id).inspect()))
  const execs = facts.flatMap((each) => (each as unknown as { ExecIDs: string[] | null }).ExecIDs ?? [])
  const tops = await Promise.all(
    ids.map((id) => (client.getContainer(id) as unknown as { top(): Promise<{ Processes: unknown[] }> }).top()),
  )
  const processes = tops.reduce((sum, { Processes }) => sum + Processes.length, 0)
  return { descriptors: openDescriptors(), containers: ids.length, execs: execs.length, processes }
}

/** What has grown, apart from a few descriptors of connections that are kept, and the shell that each container begins for the next program. */
function growth(before: Holdings, after: Holdings): string[] {
  const allowed: Holdings = { descriptors: 8, containers: 0, execs: 0, processes: 4 }
  const names = Object.keys(allowed) as (keyof Holdings)[]
  return names.filter((name) => after[name] > before[name] + allowed[name]).map((name) => `${name}: ${before[name]} to ${after[name]}`)
}

test('a name that is taken is not taken over', async () => {
  const containerName = `polyrun-test-${newMarker()}`
  const first = makeDocker({ containerName })
  await first.start()
  const error = await expectCode(makeDocker({ containerName }).start(), 'BACKEND_REJECTED')
  expect(error.message).toContain('reuseContainer')
  expect((await first.executeCode('echo on', 'sh')).output).toBe('on\n')
})
