import { expect, test } from 'vitest'
import { makeDocker, noDocker } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { SIGNALS } from '../support/signals.ts'

skipBecause(noDocker)

test('a signal that ended a program is told from an exit with the same status', async () => {
  const executor = makeDocker()
  for (const [name, number] of Object.entries(SIGNALS)) {
    const ended = await executor.executeCode(`kill -${number} $$; sleep 60`, 'sh')
    expect(ended.termination, name).toEqual({ kind: 'signaled', signal: `SIG${name}` })
    const exited = await executor.executeCode(`exit ${128 + number}`, 'sh')
    expect(exited.termination, name).toEqual({ kind: 'exited', exitCode: 128 + number })
  }
})

test('an interrupted Python ends by the signal, as it does elsewhere', async () => {
  const result = await makeDocker().executeCode('raise KeyboardInterrupt', 'python')
  expect(result.termination).toEqual({ kind: 'signaled', signal: 'SIGINT' })
  expect(result.error).toMatch(/^KeyboardInterrupt$/m)
})

test('a program begins with no signal ignored or blocked', async () => {
  const source = 'grep -E "^Sig(Ign|Blk)|^ShdPnd" /proc/self/status'
  expect((await makeDocker().executeCode(source, 'sh')).output.match(/\w+$/gm)).toEqual(Array(3).fill('0'.repeat(16)))
})

test('the input of a program is empty or what was given, never what the next one is to do', async () => {
  const executor = makeDocker()
  for (const stdin of [undefined, 'given\n', '']) {
    expect((await executor.executeCode('cat; echo end', 'sh', stdin === undefined ? {} : { stdin })).output).toBe(`${stdin ?? ''}end\n`)
  }
})

test('signals to everything it can see do not change how a program is told to have ended', async () => {
  const executor = makeDocker()
  // What waits for it gets them too, before it ends and at the same moment.
  const around = [1, 2, 3, 10, 12, 13, 14, 15].map((number) => `trap '' ${number}; kill -${number} -1`).join('\n')
  expect((await executor.executeCode(`${around}\nsleep 0.1\nexit 7`, 'sh')).termination).toEqual({ kind: 'exited', exitCode: 7 })
  for (let round = 0; round < 20; round += 1) {
    const { termination } = await executor.executeCode('kill -15 -1; kill -15 $$; sleep 60', 'sh')
    expect(termination).toEqual({ kind: 'signaled', signal: 'SIGTERM' })
  }
  const endless = executor.executeCode('(trap "" 15; while :; do kill -15 -1; done) & sleep 0.5; exit 3', 'sh', { timeoutMs: 20_000 })
  expect((await endless).termination.kind).toMatch(/exited|signaled/)
  expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
})
