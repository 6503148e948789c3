import { expect, test } from 'vitest'
import type { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { attack, makeDocker, noDocker, outcomeOf } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith } from '../support/world.ts'

skipBecause(noDocker)

const make = (): DockerCodeExecutor => makeDocker({ preload: { python: ['json'] }, limits: { memory: '256m', pids: 48 } })

/** Holds that programs are copies of an interpreter that has the module, now or in a moment. */
async function seePreloaded(executor: DockerCodeExecutor): Promise<void> {
  const source = "import sys\nprint('json' in sys.modules)"
  await expect.poll(async () => (await executor.executeCode(source, 'python')).output, PATIENCE).toBe('True\n')
}

/** A process without parent, session or environment of the program's. */
const DAEMON = `import os, sys
def daemon():
  if os.fork(): return
  os.setsid()
  if os.fork(): os._exit(0)
  for n in range(3): os.close(n)
  os.execve('/bin/sleep', ['sleep', '600', sys.argv[1]], {})
`

const TROUBLE: Readonly<Record<string, { readonly source: string; readonly how: string }>> = {
  'it leaves a daemon': { source: `${DAEMON}daemon(); os.wait()`, how: 'exited' },
  'it leaves many daemons': { source: `${DAEMON}for _ in range(20): daemon()`, how: 'exited' },
  'a child ends much later than it': {
    source: `${DAEMON}if os.fork() == 0: os.execve('/bin/sleep', ['sleep', '600', sys.argv[1]], {})`,
    how: 'exited',
  },
  'it ends all that it sees and goes': {
    source: `import os
for each in os.listdir('/proc'):
  if each.isdigit() and int(each) != os.getpid():
    try: os.kill(int(each), 9)
    except OSError: pass`,
    how: 'exited|signaled|BACKEND_LOST',
  },
  'it ends all at one stroke and stays': { source: 'import os, time\nos.kill(-1, 9)\ntime.sleep(600)', how: 'signaled|BACKEND_LOST' },
  'it stops all at one stroke and goes': { source: 'import os\nos.kill(-1, 19)', how: 'exited|timed-out|BACKEND_LOST' },
  'it signals all and goes': { source: 'import os, signal\nsignal.signal(15, signal.SIG_IGN)\nos.kill(-1, 15)', how: 'exited' },
  'time runs out, and it ignores the signal': {
    source: 'import signal, time\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(600)',
    how: 'timed-out',
  },
  'it takes all the memory': { source: 'all = []\nwhile True: all.append(bytearray(1 << 24))', how: 'out-of-memory' },
  'it makes all the processes and succeeds': {
    source: `${DAEMON}try:
  while True: daemon()
except OSError: os._exit(0)`,
    how: 'too-many-processes',
  },
}

test.each(Object.entries(TROUBLE))('nothing is left when %s, and others are run', { timeout: 60_000 }, async (_name, { source, how }) => {
  const executor = make()
  await seePreloaded(executor)
  const { how: outcome } = await attack(executor, source, { timeoutMs: /timed-out/.test(how) ? 1_000 : 20_000 })
  expect(outcome).toMatch(new RegExp(`^(?:${how})$`))
  await seePreloaded(executor)
})

test('signals to everybody end neither the program that sends them nor what waits beside it', async () => {
  const source = `import os, signal
some = 1, 2, 3, 10, 12, 13, 14, 15
for number in some: signal.signal(number, signal.SIG_IGN)
for number in some: os.kill(-1, number)`
  const executor = make()
  await executor.start()
  const ends = new Set<string>()
  for (let round = 0; round < 60; round += 1) ends.add(JSON.stringify((await executor.executeCode(source, 'python')).termination))
  expect([...ends]).toEqual(['{"kind":"exited","exitCode":0}'])
})

test('a daemon is gone when the result is there, not only when the next program begins', async () => {
  const executor = make()
  await executor.start()
  for (let round = 0; round < 10; round += 1) {
    const marker = newMarker()
    await executor.executeCode(`${DAEMON}daemon()`, 'python', { args: [marker] })
    expect(processesWith(marker)).toEqual([])
  }
})

test('a fork that was refused is told, also when nobody had time to look and nothing is left', async () => {
  const source = `import os, signal
pids = []
try:
  while True:
    pid = os.fork()
    if pid == 0: signal.pause()
    pids.append(pid)
except OSError: pass
for pid in pids: os.kill(pid, 9)
for pid in pids: os.wait()
os._exit(0)`
  const executor = make()
  await executor.start()
  for (let round = 0; round < 5; round += 1) expect((await attack(executor, source)).how).toBe('too-many-processes')
})

test('memory that one program was refused is no evidence against the next one', async () => {
  const executor = make()
  const child = `import os
if os.fork() == 0:
  all = []
  while True: all.append(bytearray(1 << 24))
print(os.waitstatus_to_exitcode(os.wait()[1]))`
  expect(await outcomeOf(executor.executeCode(child, 'python'))).toMatchObject({ how: 'exited', output: '-9\n', exitCode: 0 })
  expect(await outcomeOf(executor.executeCode('raise SystemExit(1)', 'python'))).toMatchObject({ how: 'exited', exitCode: 1 })
})

test('what a run prints last is there, run after run', async () => {
  const executor = make()
  for (let round = 0; round < 40; round += 1) {
    const lines = 1 + (round % 4) * 3_000
    const source = `import sys\nfor n in range(${lines}): print(n)\nprint('last', file=sys.stderr)`
    const { output, error } = await executor.executeCode(source, 'python')
    expect([output.split('\n').length - 1, error]).toEqual([lines, 'last\n'])
  }
})
