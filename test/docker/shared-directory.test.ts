import { expect, test } from 'vitest'
import { containerIds, makeDocker, makeLabeled, noDocker, outcomeOf } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'

skipBecause(noDocker)

/** Programs at the same time have a container each and share the working directory, whatever became of containers before. */

/** Ends all that it sees and stays, so that its container has to end for it, which takes a moment. */
const KILLER = 'import os, time\nprint("on", flush=True)\nos.kill(-1, 9)\ntime.sleep(600)'
/** Writes a file and waits for that of another program. */
const MEET = 'echo here >$1; until [ -e $2 ]; do sleep 0.05; done; echo met'

test('programs are run while a container ends for another one, in a directory that they share', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 3; round += 1) {
    const { executor, label } = makeLabeled({ concurrency: 3 })
    await executor.executeCode('echo lost >lost', 'sh')
    const [id] = await containerIds(label)
    const killing = outcomeOf(executor.executeCode(KILLER, 'python', { timeoutMs: 20_000 }))
    await expect.poll(() => containerIds(label), PATIENCE).not.toContain(id)
    const meeting = [
      ['a', 'b'],
      ['b', 'a'],
    ].map((args) => executor.executeCode(MEET, 'sh', { args, timeoutMs: 20_000 }))
    expect((await Promise.all(meeting)).map(({ output }) => output)).toEqual(['met\n', 'met\n'])
    expect((await killing).how).toMatch(/signaled|BACKEND_LOST/)
    expect((await executor.executeCode('ls a b lost', 'sh')).output).toBe('a\nb\n')
    await executor.stop()
  }
})

test('two that are run when no container is left are not in two directories', { timeout: 60_000 }, async () => {
  const executor = makeDocker({ concurrency: 2 })
  await executor.executeCode('echo lost >lost', 'sh')
  expect((await outcomeOf(executor.executeCode(KILLER, 'python', { timeoutMs: 20_000 }))).how).toBe('BACKEND_LOST')
  const meeting = [
    ['a', 'b'],
    ['b', 'a'],
  ].map((args) => executor.executeCode(`${MEET}; ls lost 2>/dev/null`, 'sh', { args, timeoutMs: 20_000 }))
  const results = await Promise.all(meeting)
  expect(results.map(({ output }) => output)).toEqual(['met\n', 'met\n'])
  // One of them is the first one in the new directory, and is told that there was another.
  expect(results.filter(({ stateLost }) => stateLost === true)).toHaveLength(1)
  expect((await executor.executeCode('ls', 'sh')).stateLost).toBeUndefined()
})
