import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CodeExecutorError, ResourceExhaustedError, TimeoutError, type CodeResult } from '../../src/core/index.ts'
import type { DockerJupyterCodeExecutor } from '../../src/executors/docker-jupyter/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeKernels, needKernelEngine } from '../support/docker-jupyter.ts'
import { containersWith } from '../support/engines/probe.ts'
import { isAlive, newMarker, PATIENCE, processesWith, seeDead } from '../support/world.ts'

const engine = await needKernelEngine()
const FRESH = 'print("known" in globals())'

/** What a call came to: its result, or that in the error. */
async function ended(call: Promise<CodeResult>): Promise<CodeResult> {
  return call.catch((error: unknown) => {
    if (error instanceof TimeoutError || error instanceof ResourceExhaustedError) return error.result
    throw error
  })
}

/** The next call works, and says whether it still has what was known. */
async function knows(executor: DockerJupyterCodeExecutor): Promise<boolean> {
  const { output, success } = await executor.executeCode(FRESH, 'python')
  expect(success).toBe(true)
  return output === 'True\n'
}

describe('a kernel that ends', () => {
  test.each([
    [
      'takes too much memory',
      'blocks = []\nwhile True: blocks.append(b"x" * (16 << 20))',
      { kind: 'out-of-memory', limitBytes: 400 * 1024 ** 2 },
    ],
    ['exits', 'import os\nos._exit(7)', { kind: 'exited', exitCode: 7 }],
    ['kills itself', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)', { kind: 'signaled', signal: 'SIGKILL' }],
    ['breaks', 'import ctypes\nctypes.string_at(0)', { kind: 'signaled', signal: 'SIGSEGV' }],
  ])('because it %s is told, with what it printed, and the next call gets a fresh one', async (_, code, termination) => {
    const { executor } = makeKernels(engine, { limits: { memory: '400m' } })
    await executor.executeCode('known = 1', 'python')
    const result = await ended(executor.executeCode(`print("before", flush=True)\nimport time; time.sleep(0.1)\n${code}`, 'python'))
    expect(result).toMatchObject({ termination, success: false, stateLost: true, output: 'before\n' })
    expect(await knows(executor)).toBe(false)
  })

  test('takes what it started with it, a daemon too', async () => {
    const { executor } = makeKernels(engine)
    const marker = newMarker()
    const daemon = `import subprocess\nsubprocess.Popen(["setsid", "sh", "-c", "trap '' TERM; while :; do sleep 1; done", "${marker}"], env={})`
    await executor.executeCode(daemon, 'python')
    expect(processesWith(marker).length).toBeGreaterThan(0)
    await executor.restart()
    await seeDead(marker)
    expect(await knows(executor)).toBe(false)
  })

  test('a fork bomb does not outlive its call, and the next one works', async () => {
    const { executor } = makeKernels(engine, { limits: { pids: 64 }, timeoutMs: 3_000 })
    const marker = newMarker()
    const bomb = `import os, sys, subprocess\nsubprocess.Popen(["sh", "-c", "f() { f | f & }; f; sleep 100", "${marker}"]).wait()\nwhile True: pass`
    const result = await ended(executor.executeCode(bomb, 'python'))
    expect(result.success).toBe(false)
    await executor.restart()
    await seeDead(marker)
    expect(await knows(executor)).toBe(false)
  })

  test('a bomb of kernels that nothing interrupts ends with its call, and the next one works', { timeout: 120_000 }, async () => {
    const { executor } = makeKernels(engine, { limits: { memory: '2g', pids: 150 }, timeoutMs: 2_000, interruptGraceMs: 200 })
    for (let round = 0; round < 3; round += 1) {
      const bomb = 'import os\nwhile True:\n  try: os.fork()\n  except BaseException: pass'
      // It may take the server with it.
      const result = await ended(executor.executeCode(bomb, 'python')).catch((error: unknown) =>
        CodeExecutorError.is(error, 'BACKEND_LOST') ? undefined : Promise.reject(error),
      )
      expect(result?.success ?? false).toBe(false)
      const next = 'import os\nprint(len([each for each in os.listdir("/proc") if each.isdigit()]))'
      const { output, success } = await executor.executeCode(next, 'python', { timeoutMs: 30_000 })
      expect(success).toBe(true)
      expect(Number(output)).toBeLessThan(40)
    }
  })
})

test('the way to the server is cut: the next call has a new container', async () => {
  const { executor, label } = makeKernels(engine)
  await executor.executeCode('known = 1', 'python')
  const ids = async (): Promise<string[]> => (await containersWith(engine.client, label)).map(({ Id }) => Id)
  const [container = 'none'] = await ids()
  // The process that carries bytes, which no kernel can signal, and the system may.
  const [relay = 0] = processesWith('/jupyter.sock').filter((pid) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container))
  expect(relay).toBeGreaterThan(1)
  process.kill(relay, 'SIGKILL')
  await expect.poll(() => isAlive(relay), PATIENCE).toBe(false)
  expect(await executor.executeCode(FRESH, 'python').catch((error: unknown) => (error as { code: string }).code)).toSatisfy(
    (told) => told === 'BACKEND_LOST' || (told as CodeResult).output === 'False\n',
  )
  expect(await knows(executor)).toBe(false)
  expect(await ids()).not.toContain(container)
})

describe('code that turns against the server', () => {
  const SERVER = 'import os, signal, time\nserver = os.getppid()'

  test('and kills it: that is told at once, and the next call has a new container', async () => {
    const { executor } = makeKernels(engine)
    await executor.executeCode('known = 1', 'python')
    const call = executor.executeCode(`${SERVER}\nos.kill(server, signal.SIGKILL)\nwhile True: time.sleep(1)`, 'python')
    const error = await expectCode(call, 'BACKEND_LOST')
    expect(error.message).toMatch(/the (?:server in the )?container ended/)
    expect(await knows(executor)).toBe(false)
  })

  test('and stops it: the time limit holds, and the next call has a new container', async () => {
    const { executor } = makeKernels(engine, { timeoutMs: 1_000, interruptGraceMs: 300 })
    await executor.executeCode('known = 1', 'python')
    const call = executor.executeCode(
      `${SERVER}\nprint("now", flush=True); time.sleep(0.2)\nos.kill(server, signal.SIGSTOP)\nwhile True: time.sleep(1)`,
      'python',
    )
    expect(await ended(call)).toMatchObject({ termination: { kind: 'timed-out' }, stateLost: true, output: 'now\n' })
    expect(await executor.executeCode(FRESH, 'python', { timeoutMs: 30_000 })).toMatchObject({ output: 'False\n' })
  })

  test('and stops it: a restart has a new container, too', async () => {
    const { executor } = makeKernels(engine)
    const marker = newMarker()
    const stop = `import os, subprocess\nknown = 1\nsubprocess.Popen(["sh", "-c", f"sleep 1; kill -STOP {os.getppid()}", "${marker}"])`
    await executor.executeCode(stop, 'python')
    await seeDead(marker)
    await executor.restart()
    expect(await knows(executor)).toBe(false)
  })

  test('and kills everything it can see', async () => {
    const { executor } = makeKernels(engine)
    await expectCode(executor.executeCode(`${SERVER}\nos.kill(-1, signal.SIGKILL)`, 'python'), 'BACKEND_LOST')
    expect(await knows(executor)).toBe(false)
  })
})
