import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import Docker from 'dockerode'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { dockerEngine } from '../support/docker.ts'
import type { EngineAnswer } from '../support/engines/answer.ts'
import { BASE_IMAGE } from '../support/engines/base-image.ts'
import { askBroker } from '../support/engines/broker.ts'
import { CAN_KEEP_ENGINES, KeeperProcess } from '../support/engines/keeper-process.ts'
import { mountsOf, processesOf } from '../support/engines/leftovers.ts'
import { needTool } from '../support/engines/tools.ts'
import { skipBecause } from '../support/local.ts'

const LIMIT_MS = 120_000
const KEEPER_PROCESS = new URL('../support/engines/keeper-process.ts', import.meta.url).href

describe.each(['docker', 'gvisor', 'podman'] as const)('the engine for tests: %s', async (kind) => {
  const engine = await dockerEngine(kind)
  skipBecause('unavailable' in engine ? engine.unavailable : undefined)

  test('answers, and is the same for the next one who asks', async () => {
    if ('unavailable' in engine) return
    expect(await engine.client.version()).toHaveProperty('ApiVersion')
    const broker = inject('engineBroker')
    // An engine that was named by a variable is not the broker's.
    if (engine.socketPath.includes('polyrun-engines-')) expect(await askBroker(broker, kind)).toEqual({ socketPath: engine.socketPath })
  })

  test('has the base image', async () => {
    if ('unavailable' in engine) return
    expect(await engine.client.getImage(BASE_IMAGE).inspect()).toHaveProperty('Id')
  })
})

describe('engines that are started for the tests', () => {
  skipBecause(CAN_KEEP_ENGINES ? undefined : 'only root on Linux can start an engine')

  test('are gone when they were stopped, with a container that ran', { timeout: LIMIT_MS }, async (context) => {
    const keeper = new KeeperProcess()
    onTestFinished(async () => void (await keeper.stop()))
    const answer = await keeper.ask('podman')
    if ('unavailable' in answer) return context.skip(answer.unavailable)
    const directory = keeper.directory ?? ''
    await startContainer(answer.socketPath)
    expect(processesOf(directory).length, 'the service and the supervisor of the container').toBeGreaterThan(1)
    expect(mountsOf(directory)).not.toEqual([])
    expect(await keeper.stop()).toEqual([])
    expect({ processes: processesOf(directory), mounts: mountsOf(directory), files: existsSync(directory) }).toEqual(NOTHING)
  })

  test('are gone when the one who started them is killed', { timeout: LIMIT_MS }, async (context) => {
    const { kill, directory, answer } = await askInOtherProcess()
    onTestFinished(kill)
    if ('unavailable' in answer) return context.skip(answer.unavailable)
    const bridge = await startContainer(answer.socketPath)
    expect(existsSync(bridge)).toBe(true)
    expect(mountsOf(directory)).not.toEqual([])
    kill()
    await expect
      .poll(() => ({ processes: processesOf(directory), mounts: mountsOf(directory), files: existsSync(directory) }), { timeout: 60_000 })
      .toEqual(NOTHING)
    expect(existsSync(bridge)).toBe(false)
  })

  test('cannot be had from a keeper that ended, and asking it does not hang', async () => {
    const keeper = new KeeperProcess()
    expect(await keeper.stop()).toEqual([])
    expect(await keeper.ask('docker')).toEqual({ unavailable: expect.stringContaining('ended') as string })
  })
})

test('a program that is missing is told with its package', () => {
  expect(needTool('sh', 'dash')).toMatch(/^\/.*\/sh$/)
  expect(() => needTool('no-such-program', 'its-package')).toThrow('no-such-program is not installed: apt-get install its-package')
})

const NOTHING = { processes: [], mounts: [], files: false }

/** Starts a container that would not end by itself, and returns where the engine's bridge is to be seen. */
async function startContainer(socketPath: string): Promise<string> {
  const client = new Docker({ socketPath })
  const Ulimits = ['nofile', 'nproc'].map((Name) => ({ Name, Soft: 1024, Hard: 1024 }))
  const container = await client.createContainer({ Image: BASE_IMAGE, Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none', Ulimits } })
  await container.start()
  const networks = await client.listNetworks()
  const options = networks.map(({ Options }) => Options?.['com.docker.network.bridge.name'])
  return `/sys/class/net/${options.find((name) => name !== undefined) ?? 'none'}`
}

/** Lets another process start a dockerd. */
async function askInOtherProcess(): Promise<{ kill: () => void; directory: string; answer: EngineAnswer }> {
  const program = `import { KeeperProcess } from ${JSON.stringify(KEEPER_PROCESS)}
    const keeper = new KeeperProcess()
    const answer = await keeper.ask('docker')
    console.log(JSON.stringify({ answer, directory: keeper.directory }))`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (): void => void child.kill('SIGKILL')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { kill, ...(JSON.parse(line) as { directory: string; answer: EngineAnswer }) }
}
