import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { DockerCodeExecutor, type DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { client, containerIds, IMAGE, makeDocker, noDocker, outcomeOf, seeNothingOf, socketPath } from '../support/docker-executor.ts'
import { containersWith } from '../support/engines/probe.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { OwnerProcess } from '../support/owner.ts'
import { newMarker, PATIENCE, processesWith, seeAlive, seeDead } from '../support/world.ts'

skipBecause(noDocker)

interface Shared {
  readonly label: string
  readonly join: (more?: DockerCodeExecutorOptions) => DockerCodeExecutor
}

/** Executors of one name. Their container outlives them, and is removed after the test. */
function sharing(options: DockerCodeExecutorOptions = {}): Shared {
  const id = newMarker()
  const label = `polyrun.test=${id}`
  const base = {
    image: IMAGE,
    docker: { socketPath },
    labels: { 'polyrun.test': id },
    containerName: `polyrun-test-${id}`,
    reuseContainer: true,
    timeoutMs: 30_000,
  }
  onTestFinished(async () => {
    for (const container of await containerIds(label)) await client.getContainer(container).remove({ force: true })
  })
  const join = (more: DockerCodeExecutorOptions = {}): DockerCodeExecutor => {
    const executor = new DockerCodeExecutor({ ...base, ...options, ...more })
    onTestFinished(() => executor.stop().catch(() => {}))
    return executor
  }
  return { label, join }
}

test('the second one joins, sees the files of the first, and leaves the container', async () => {
  const { label, join } = sharing()
  const [first, second] = [join(), join()]
  await first.executeCode('echo from the first >shared', 'sh')
  expect((await second.executeCode('cat shared', 'sh')).output).toBe('from the first\n')
  expect(await containerIds(label)).toHaveLength(1)
  await first.stop()
  expect((await second.executeCode('cat shared', 'sh')).output).toBe('from the first\n')
  await second.stop()
  expect(await containersWith(client, label)).toMatchObject([{ State: 'running' }])
  expect((await join().executeCode('cat shared', 'sh')).output).toBe('from the first\n')
})

test('two that start at the same time have one container', async () => {
  const { label, join } = sharing()
  const outcomes = await Promise.all([join(), join(), join()].map((executor) => executor.executeCode('echo on', 'sh')))
  expect(outcomes.map(({ output }) => output)).toEqual(['on\n', 'on\n', 'on\n'])
  expect(await containerIds(label)).toHaveLength(1)
})

test('what ends the program of one does not touch that of the other', async () => {
  const { join } = sharing()
  const [first, second, third] = [join(), join(), join()]
  const [staying, going] = [newMarker(), newMarker()]
  const run = first.executeCode(`sh -c "sleep 600; :" ${staying}; :`, 'sh')
  const over = outcomeOf(run)
  await seeAlive(staying)
  const ended = await outcomeOf(second.executeCode(`sh -c "sleep 600; :" ${going}; :`, 'sh', { timeoutMs: 1_500 }))
  expect(ended.how).toBe('timed-out')
  expect(processesWith(going)).toEqual([])
  const doomed = outcomeOf(third.executeCode(`sh -c "sleep 600; :" ${going}; :`, 'sh'))
  await seeAlive(going)
  await third.stop()
  await doomed
  await seeDead(going)
  expect((await second.executeCode('sleep 600 & echo done', 'sh')).output).toBe('done\n')
  expect(processesWith(staying)).not.toEqual([])
  await first.stop()
  expect((await over).how).toBe('EXECUTOR_STOPPED')
  await seeDead(staying)
})

test('a container that nobody uses is removed when its time is up, and not before', async () => {
  const { label, join } = sharing({ idleTimeoutMs: 2_000 })
  const executor = join()
  expect((await executor.executeCode('sleep 4; echo done', 'sh')).output).toBe('done\n')
  expect(await containerIds(label)).toHaveLength(1)
  await executor.stop()
  await seeNothingOf(label)
  expect((await join().executeCode('echo again', 'sh')).output).toBe('again\n')
})

test('one with other options, and one that is none of ours, are not joined', async () => {
  const { label, join } = sharing()
  await join().start()
  const error = await expectCode(join({ environment: { A: 'b' } }).start(), 'BACKEND_REJECTED')
  expect(error.message).toContain('other options')
  expect(await containersWith(client, label)).toMatchObject([{ State: 'running' }])
  const containerName = `polyrun-test-${newMarker()}`
  const own = makeDocker({ containerName })
  await own.start()
  await expectCode(join({ containerName }).start(), 'BACKEND_REJECTED')
  expect((await own.executeCode('echo on', 'sh')).output).toBe('on\n')
})

test('the process of one is killed: the others go on, and what it ran is gone', async () => {
  const { join, label } = sharing()
  const staying = join()
  await staying.start()
  const module = JSON.stringify(fileURLToPath(new URL('../../src/executors/docker/index.ts', import.meta.url)))
  const marker = newMarker()
  const options = { image: IMAGE, docker: { socketPath }, labels: { 'polyrun.test': label.split('=')[1] ?? '' }, reuseContainer: true }
  const containerName = `polyrun-test-${label.split('=')[1]}`
  const owner = new OwnerProcess(
    `const { DockerCodeExecutor } = await import(${module})
const executor = new DockerCodeExecutor({ ...JSON.parse(process.env.OPTIONS), timeoutMs: 30_000 })
executor.executeCode('sh -c "sleep 600; :" ' + process.env.MARKER + '; :', 'sh').catch(() => {})`,
    { OPTIONS: JSON.stringify({ ...options, containerName }), MARKER: marker },
  )
  await seeAlive(marker)
  owner.child.kill('SIGKILL')
  await owner.ended
  await seeDead(marker)
  await expect.poll(async () => (await staying.executeCode('echo on', 'sh')).output, PATIENCE).toBe('on\n')
})
