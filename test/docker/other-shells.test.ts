import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { containerIds, IMAGE, makeLabeled, noDocker, outcomeOf } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { SIGNALS } from '../support/signals.ts'
import { newMarker, processesWith, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

/** Programs of which Alpine has BusyBox's. */
const TOOLS = 'sh env tar head cat cmp cp mv rm ls mkdir mkfifo chmod chown touch sleep wc find grep sed tr setsid ipcrm'
const BUSYBOX = 'RUN apt-get update && apt-get install -y --no-install-recommends busybox'

/** What makes an image with another shell than Debian's, and the signals that nothing in it tells. */
const SHELLS: Readonly<Record<string, { readonly steps: string; readonly untold: readonly string[] }>> = {
  'bash, as on Fedora': { steps: 'RUN ln -sf bash /usr/bin/sh', untold: ['INT', 'PIPE'] },
  'BusyBox beside GNU tools': { steps: `${BUSYBOX} && ln -sf busybox /usr/bin/sh`, untold: [] },
  'BusyBox, as on Alpine': {
    steps: `${BUSYBOX} && for tool in ${TOOLS}; do busybox ln -sf /usr/bin/busybox "/usr/bin/$tool"; done`,
    untold: ['INT', 'PIPE'],
  },
}

describe.each(Object.entries(SHELLS))('%s', (_, { steps, untold }) => {
  const make = (): { readonly executor: DockerCodeExecutor; readonly label: string } => {
    const context = scratchDirectory()
    writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nUSER root\n${steps}\n`)
    return makeLabeled({ build: { context } })
  }

  test('a signal that ended a program is told from an exit with the same status', async () => {
    const { executor } = make()
    for (const [name, number] of Object.entries(SIGNALS)) {
      // Some of these shells do not let SIGQUIT end them.
      const kill = `import os, signal\nif ${number} != 9: signal.signal(${number}, signal.SIG_DFL)\nos.kill(os.getpid(), ${number})`
      const ended = await executor.executeCode(kill, 'python')
      const signaled = { kind: 'signaled', signal: `SIG${name}` }
      const exited = { kind: 'exited', exitCode: 128 + number }
      expect(ended.termination, name).toEqual(untold.includes(name) ? exited : signaled)
      expect((await executor.executeCode(`exit ${128 + number}`, 'sh')).termination, name).toEqual(exited)
    }
  })

  test('few files, many, a large one and input of any size arrive, and the next program finds its own', async () => {
    const { executor } = make()
    const count =
      'import os, sys\nprint(sum(os.path.getsize(os.path.join(at, each)) for at, _, all in os.walk("data") for each in all), len(sys.stdin.read()))'
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`data/${at % 7}/${at}.txt`, `${at}\n`]))
    const total = Object.values(many).join('').length
    const started = { timeoutMs: 60_000, entryPoint: 'main.py' }
    const first = await executor.executeCode({ ...many, 'main.py': count }, 'python', { ...started, stdin: 'x'.repeat(1_000_000) })
    expect(first).toMatchObject({ output: `${total} 1000000\n`, error: '' })
    const large = await executor.executeCode({ 'data/large': 'y'.repeat(20_000_000), 'main.py': count }, 'python', started)
    expect(large.output).toBe(`${total + 20_000_000} 0\n`)
    expect((await executor.executeCode({ 'main.py': count }, 'python', { ...started, stdin: 'few' })).output).toBe(
      `${total + 20_000_000} 3\n`,
    )
  })

  test('what runs too long, and what it left, ends with a clean error; nothing of it is there for the next program', async () => {
    const { executor, label } = make()
    await executor.start()
    const before = await containerIds(label)
    for (let round = 0; round < 3; round += 1) {
      const marker = newMarker()
      const source = `trap '' TERM\necho x >/tmp/left\nsh -c 'trap "" TERM; sleep 600; :' ${marker} &\necho on\nsleep 600`
      const run = outcomeOf(executor.executeCode(source, 'sh', { timeoutMs: 700 }))
      expect(await run).toMatchObject({ how: 'timed-out', output: 'on\n', error: '' })
      expect(processesWith(marker)).toEqual([])
      expect((await executor.executeCode('ls -A /tmp; echo end', 'sh')).output).toBe('end\n')
    }
    expect(await containerIds(label)).toEqual(before)
  })
})
