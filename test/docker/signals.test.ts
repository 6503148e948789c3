import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { IMAGE, makeDocker, noDocker } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, USR1: 10, SEGV: 11, PIPE: 13, ALRM: 14, TERM: 15, XCPU: 24, SYS: 31 }

test('a signal that ended a program is told from an exit with the same status', async () => {
  const executor = makeDocker()
  for (const [name, number] of Object.entries(SIGNALS)) {
    const ended = await executor.executeCode(`kill -${number} $$; sleep 60`, 'sh')
    expect(ended.termination, name).toEqual({ kind: 'signaled', signal: `SIG${name}` })
    const exited = await executor.executeCode(`exit ${128 + number}`, 'sh')
    expect(exited.termination, name).toEqual({ kind: 'exited', exitCode: 128 + number })
  }
})

/** What makes an image with another shell, and which signals that one does not tell. */
const SHELLS = {
  bash: { steps: 'RUN ln -sf bash /usr/bin/sh', silent: ['INT', 'PIPE'] },
  busybox: {
    steps: 'RUN apt-get update && apt-get install -y --no-install-recommends busybox && ln -sf busybox /usr/bin/sh',
    silent: [],
  },
  'busybox, with its own env': {
    steps:
      'RUN apt-get update && apt-get install -y --no-install-recommends busybox && ln -sf busybox /usr/bin/sh && ln -sf busybox /usr/bin/env',
    silent: ['INT', 'PIPE'],
  },
} as const

test.each(Object.entries(SHELLS))('the same where the shell is %s', async (_, { steps, silent }) => {
  const context = scratchDirectory()
  writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nUSER root\n${steps}\n`)
  const executor = makeDocker({ build: { context } })
  const isTold = (name: string): boolean => !(silent as readonly string[]).includes(name)
  for (const [name, number] of Object.entries(SIGNALS)) {
    // Some of these shells do not let SIGQUIT end them.
    const kill = `import os, signal\nif ${number} != 9: signal.signal(${number}, signal.SIG_DFL)\nos.kill(os.getpid(), ${number})`
    const ended = await executor.executeCode(kill, 'python')
    const expected = isTold(name) ? { kind: 'signaled', signal: `SIG${name}` } : { kind: 'exited', exitCode: 128 + number }
    expect(ended.termination, name).toEqual(expected)
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
