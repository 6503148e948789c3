import { expect, onTestFinished, test } from 'vitest'
import { DockerCodeExecutor, type DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { dockerEngine, type TestEngine } from '../support/docker.ts'
import { outcomeOf } from '../support/docker-executor.ts'
import { testImage } from '../support/docker-image.ts'
import { containersWith } from '../support/engines/probe.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE } from '../support/world.ts'

const found = await dockerEngine('gvisor')
skipBecause('unavailable' in found ? found.unavailable : undefined)
const engine = found as TestEngine
const image = 'unavailable' in found ? '' : await testImage(found)

/** An executor under gVisor, and the label of its containers. Nothing of it is left when the test is over. */
function make(options: DockerCodeExecutorOptions = {}): { readonly executor: DockerCodeExecutor; readonly label: string } {
  const id = newMarker()
  const label = `polyrun.test=${id}`
  const docker = { socketPath: engine.socketPath }
  const executor = new DockerCodeExecutor({ image, docker, runtime: 'runsc', concurrency: 1, labels: { 'polyrun.test': id }, ...options })
  onTestFinished(async () => {
    await executor.stop()
    await expect.poll(() => containersWith(engine.client, label), PATIENCE).toEqual([])
  })
  return { executor, label }
}

test('programs run under a kernel of their own', async () => {
  const { output } = await make().executor.executeCode('cat /proc/version', 'sh')
  expect(output).toContain('Linux version 4.4.0')
})

test('a container that is killed from outside is lost, and not out of memory', async () => {
  const { executor, label } = make()
  // The engine may never answer while the container is busy with a new process, and was seen to answer that it killed one that lives.
  const kill = async (): Promise<void> => {
    const containers = await containersWith(engine.client, label)
    for (const { Id } of containers)
      void engine.client
        .getContainer(Id)
        .kill()
        .catch(() => {})
  }
  let again: NodeJS.Timeout | undefined
  onTestFinished(() => clearInterval(again))
  const untilOver = async (): Promise<void> => {
    for await (const { type } of executor.streamCode('echo on; sleep 60', 'sh')) {
      if (type === 'output-delta') again ??= setInterval(() => void kill(), 250)
    }
  }
  await expect(untilOver()).rejects.toMatchObject({ code: 'BACKEND_LOST' })
  clearInterval(again)
  expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
})

test('out of memory is told each time, and that the working directory is gone', async () => {
  const { executor } = make({ limits: { memory: '96m' } })
  for (let round = 0; round < 4; round += 1) {
    await executor.executeCode('echo >kept', 'sh')
    const greedy = executor.executeCode('print("on", flush=True)\nall = []\nwhile True: all.append(b"x" * 2**20)', 'python')
    const error = (await greedy.catch((thrown: unknown) => thrown)) as { readonly code: string; readonly result: unknown }
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', result: { output: 'on\n', stateLost: true } })
    expect((await executor.executeCode('[ -e kept ] || echo gone', 'sh')).output).toBe('gone\n')
  }
})

test('a fork bomb is told each time, whatever the first of its processes was refused', async () => {
  const { executor } = make({ limits: { pids: 40 } })
  const bomb = 'bomb() { bomb | bomb & sleep 30; }\nbomb'
  for (let round = 0; round < 4; round += 1) {
    expect((await outcomeOf(executor.executeCode(bomb, 'sh'))).how).toBe('too-many-processes')
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  }
})

test('stopping takes no longer than elsewhere, whatever was run before', async () => {
  for (const source of ['true', 'sleep 60 & echo left', 'kill -9 -1']) {
    const { executor } = make()
    await outcomeOf(executor.executeCode(source, 'sh'))
    const startedAt = performance.now()
    await executor.stop()
    expect(performance.now() - startedAt, source).toBeLessThan(10_000)
  }
})
