import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MarkerScope } from '../../../src/engine/host/marker-scope.ts'
import { PipeStock } from '../../../src/executors/local/output-pipes.ts'
import { PreparedShell } from '../../../src/executors/local/prepared-shell.ts'
import { runInShell } from '../../../src/executors/local/run-in-shell.ts'
import { expectCode } from '../../support/expect-code.ts'
import { newMarker, openDescriptors, processesWith, scratchDirectory } from '../../support/world.ts'

interface Setting {
  readonly cwd?: string
  readonly limitCommands?: readonly string[]
  readonly entry?: readonly string[]
}

async function prepare({ cwd = scratchDirectory(), limitCommands = [], entry = [] }: Setting = {}): Promise<PreparedShell> {
  const pipeDir = scratchDirectory()
  const scope = Object.assign(new MarkerScope(newMarker()), { entry })
  const env = { PATH: '/usr/bin:/bin' }
  const shell = await PreparedShell.start({ scope, cwd, env, limitCommands, pipes: new PipeStock(pipeDir), sandbox: undefined })
  onTestFinished(() => shell.dispose())
  return shell
}

const io = (signal: AbortSignal) => {
  let said = ''
  const listen = (chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString())
  return { io: { onOutput: listen, onError: listen, signal }, said: () => said }
}
const plain = { checks: [], keepBackground: false }
const sh = (script: string) => ({ argv: ['/bin/sh', '-c', script] as const, env: {} })

describe('a prepared shell', () => {
  test('becomes the program: its process number is the program’s', async () => {
    const shell = await prepare()
    const heard = io(new AbortController().signal)
    const { exit } = await runInShell(shell, sh('echo $$'), heard.io, plain)
    expect(exit).toEqual({ exitCode: 0, signal: null })
    expect(heard.said()).toBe(`${shell.leader.pid}\n`)
  })

  test('whose signal is aborted before it is told what to become does not become it', async () => {
    for (let round = 0; round < 15; round += 1) {
      const shell = await prepare()
      const marker = join(scratchDirectory(), 'began')
      await runInShell(shell, { argv: ['/bin/mkdir', marker], env: {} }, io(AbortSignal.abort('enough')).io, plain)
      expect(existsSync(marker)).toBe(false)
    }
  })

  test('that cannot take its limits is BACKEND_REJECTED with what the shell said, and holds nothing', async () => {
    const before = openDescriptors()
    for (const setting of [
      { limitCommands: ['ulimit -n nonsense'] },
      { entry: ['echo $$ > /not/there/cgroup.procs'] },
      { limitCommands: ['exit 3'] },
    ]) {
      const { details } = await expectCode(prepare(setting), 'BACKEND_REJECTED')
      expect(details.reason).not.toBe('')
    }
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before + 1)
  })

  test('whose directory is not there is BACKEND_REJECTED, and holds nothing', async () => {
    const before = openDescriptors()
    await expectCode(prepare({ cwd: '/not/there' }), 'BACKEND_REJECTED')
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before + 1)
  })

  test('knows its directory by more than its name', async () => {
    const parent = scratchDirectory()
    const [here, there] = [join(parent, 'here'), join(parent, 'there')]
    mkdirSync(here)
    mkdirSync(there)
    const shell = await prepare({ cwd: here })
    expect([here, there, join(parent, 'nowhere')].map((directory) => shell.isIn(directory))).toEqual([true, false, false])
  })

  test('that is disposed of takes what runs in it along', async () => {
    const marker = newMarker()
    const shell = await prepare()
    const run = runInShell(
      shell,
      sh(`trap "" TERM; sh -c 'sleep 600; :' ${marker} & sleep 600`),
      io(new AbortController().signal).io,
      plain,
    )
    await expect.poll(() => processesWith(marker).length).toBeGreaterThan(0)
    await shell.dispose()
    await run
    expect(processesWith(marker)).toEqual([])
  })
})

describe('checks', () => {
  test('one that finds a limit broken ends the program, and is what ended it', async () => {
    const marker = newMarker()
    const shell = await prepare()
    let looks = 0
    const check = () => ((looks += 1) > 2 ? ({ kind: 'out-of-disk', limitBytes: 7 } as const) : undefined)
    const { broken } = await runInShell(shell, sh(`trap '' TERM; sh -c 'sleep 600; :' ${marker}`), io(new AbortController().signal).io, {
      ...plain,
      checks: [check],
    })
    expect(broken).toEqual({ kind: 'out-of-disk', limitBytes: 7 })
    expect(processesWith(marker)).toEqual([])
    const after = looks
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(looks, 'nobody looks after the end').toBe(after)
  })
})
