import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CodeExecutorError } from '../../src/core/index.ts'
import { BASE_IMAGE } from '../support/engines/base-image.ts'
import { containersWith } from '../support/engines/probe.ts'
import { LABEL, makeKernels, needKernelEngine, seeNothingLeft } from '../support/docker-jupyter.ts'
import { expectCode } from '../support/expect-code.ts'
import { newMarker, openDescriptors, PATIENCE, processesWith, seeAlive } from '../support/world.ts'

const engine = await needKernelEngine()
const ENTRY = fileURLToPath(new URL('../../src/executors/docker-jupyter/index.ts', import.meta.url))

describe('nothing is left', () => {
  test('after stop, also while a cell runs: that call is told, and its processes are gone', async () => {
    const { executor, label } = makeKernels(engine)
    const marker = newMarker()
    const before = await executor.start().then(openDescriptors)
    const call = executor.executeCode(`import subprocess\nsubprocess.run(["sh", "-c", "sleep 100; :", "${marker}"])`, 'python')
    call.catch(() => {})
    await seeAlive(marker)
    await executor.stop()
    expect(CodeExecutorError.is(await call.catch((error: unknown) => error), 'EXECUTOR_STOPPED')).toBe(true)
    expect(processesWith(marker)).toEqual([])
    expect(await containersWith(engine.client, label)).toEqual([])
    await expect.poll(openDescriptors, PATIENCE).toBeLessThan(before)
  })

  test('when this process is killed while a cell runs', async () => {
    const id = newMarker()
    const options = JSON.stringify({ image: engine.image, docker: { socketPath: engine.socketPath }, labels: { [LABEL]: id } })
    const module = `import { DockerJupyterCodeExecutor } from ${JSON.stringify(ENTRY)}
      const executor = new DockerJupyterCodeExecutor(${options})
      await executor.executeCode('import subprocess\\nsubprocess.run(["sh", "-c", "sleep 100; :", "${id}"])', 'python')`
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', module], { stdio: 'ignore' })
    onTestFinished(() => void owner.kill('SIGKILL'))
    await expect
      .poll(() => processesWith(id).filter((pid) => pid !== owner.pid).length, { ...PATIENCE, timeout: 40_000 })
      .toBeGreaterThan(0)
    owner.kill('SIGKILL')
    await expect.poll(() => processesWith(id), PATIENCE).toEqual([])
    await seeNothingLeft(engine, `${LABEL}=${id}`)
  })

  test('of an idle executor when this process has nothing else to do', async () => {
    const id = newMarker()
    const options = JSON.stringify({ image: engine.image, docker: { socketPath: engine.socketPath }, labels: { [LABEL]: id } })
    const module = `import { DockerJupyterCodeExecutor } from ${JSON.stringify(ENTRY)}
      const executor = new DockerJupyterCodeExecutor(${options})
      await executor.executeCode('1', 'python')`
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', module], { stdio: 'ignore' })
    onTestFinished(() => void owner.kill('SIGKILL'))
    await expect.poll(() => owner.exitCode, { ...PATIENCE, timeout: 40_000 }).toBe(0)
    await seeNothingLeft(engine, `${LABEL}=${id}`)
  })

  test('of a start that was aborted, and the next one works', async () => {
    const { executor, label } = makeKernels(engine)
    const reason = new Error('no more')
    await expect(executor.start({ signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(executor.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await executor.executeCode('print(1)', 'python')).toMatchObject({ output: '1\n' })
    await executor.stop()
    await seeNothingLeft(engine, label)
  })
})

describe('a container that cannot serve kernels', () => {
  test('has no Python', async () => {
    const { executor, label } = makeKernels(engine, { image: BASE_IMAGE })
    const error = await expectCode(() => executor.start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/python3/)
    await seeNothingLeft(engine, label)
  })

  test('has a server that ends at once: what it said is in the error', async () => {
    const { executor, label } = makeKernels(engine, { jupyterArgs: ['--ServerApp.max_body_size=much'] })
    const error = await expectCode(() => executor.start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/max_body_size/)
    await seeNothingLeft(engine, label)
  })

  test('has no such kernel', async () => {
    const { executor } = makeKernels(engine, { kernelName: 'julia-1.10' })
    const error = await expectCode(() => executor.start(), 'INVALID_ARGUMENT')
    expect(error.message).toMatch(/julia-1\.10.*python3/)
  })

  test('has a time limit for its start', async () => {
    const { executor, label } = makeKernels(engine, { startupTimeoutMs: 250 })
    await expectCode(() => executor.start(), 'START_TIMEOUT')
    await seeNothingLeft(engine, label)
  })
})
