import { describe, expect, test } from 'vitest'
import { attack, containerIds, makeDocker, makeLabeled, noDocker, outcomeOf } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith } from '../support/world.ts'

skipBecause(noDocker)

/** What a program in Python needs to send a signal to everybody that it sees but itself. */
const TO_EVERYBODY = `import os, signal, sys, time
def everybody():
  return [int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()]
def send(number):
  for pid in everybody():
    try: os.kill(pid, number)
    except OSError: pass
`

/** The same, of which the process that would end it is gone. It is the only other one of its user beside its parent. */
const TO_THE_KILLER = `${TO_EVERYBODY}
def is_ours(pid):
  try: return f'Uid:\\t{os.getuid()}\\t' in open(f'/proc/{pid}/status').read()
  except OSError: return False
[killer] = [pid for pid in everybody() if pid != os.getppid() and is_ours(pid)]
os.kill(killer, signal.SIGKILL)
while os.path.exists(f'/proc/{killer}'): time.sleep(0.01)
`

describe('what a program leaves running', () => {
  const daemons = {
    'in the background': 'subprocess.Popen(sleeper)',
    'in a session of its own, with an empty environment, no descriptors, and its parent gone': `if os.fork() == 0:
  os.setsid()
  if os.fork() == 0:
    os.chdir('/')
    os.closerange(0, 256)
    os.execve('/bin/sleep', ['sleep', '600', sys.argv[1]], {})
  os._exit(0)
os.wait()`,
    'that starts itself again whenever it is asked to end': `signal.signal(signal.SIGTERM, lambda *_: os.fork())
if os.fork() == 0:
  while True: time.sleep(600)`,
    'that heeds no signal and was stopped': `for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)`,
  }
  const head = "import os, signal, subprocess, sys, time\nsleeper = ['sh', '-c', 'sleep 600; :', sys.argv[1]]\n"
  test.each(Object.entries(daemons))('a process %s', async (_, source) => {
    const { how, output } = await attack(makeDocker(), `${head}${source}\nprint("done")`)
    expect({ how, output }).toEqual({ how: 'exited', output: 'done\n' })
  })

  test('what is left when the time is up', async () => {
    const { how } = await attack(makeDocker(), `${head}${daemons['in the background']}\ntime.sleep(600)`, { timeoutMs: 2_000 })
    expect(how).toBe('timed-out')
  })
})

describe('signals', () => {
  const KILLED = ['signaled', 'BACKEND_LOST']
  test.each([
    ['kill 0', 'kill -9 0', KILLED],
    ['kill -1', 'kill -9 -1; sleep 600', KILLED],
    ['the parent', 'kill -9 $PPID; sleep 600', KILLED],
    ['the init process', 'kill -9 1; echo $?', ['exited']],
    ['a request to end for everybody', 'kill -15 -1; kill -1 -1; kill -2 -1; echo on', ['exited']],
  ])('%s', async (_, source, hows) => {
    const { how } = await attack(makeDocker(), source, { language: 'sh', timeoutMs: 10_000 })
    expect(hows).toContain(how)
  })

  test('SIGKILL to every process that it sees, again and again', async () => {
    const { how } = await attack(makeDocker(), `${TO_EVERYBODY}until = time.time() + 2\nwhile time.time() < until: send(signal.SIGKILL)`, {
      timeoutMs: 10_000,
    })
    expect(['exited', 'BACKEND_LOST']).toContain(how)
  })

  test('all other signals to every process that it sees', async () => {
    const source = `${TO_EVERYBODY}for number in set(range(1, 65)) - {9, 19, 32, 33}: send(number)\nprint("on")`
    expect(['exited', 'BACKEND_LOST']).toContain((await attack(makeDocker(), source, { timeoutMs: 10_000 })).how)
  })

  test('a storm of requests to end, while it heeds none itself', async () => {
    const source = `${TO_EVERYBODY}for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
until = time.time() + 2
while time.time() < until:
  for number in (1, 2, 15): os.kill(-1, number)
print("on")`
    const { how, output } = await attack(makeDocker(), source)
    expect({ how, output }).toEqual({ how: 'exited', output: 'on\n' })
  })

  test('SIGSTOP to every process that it sees', async () => {
    const executor = makeDocker()
    const startedAt = performance.now()
    const { how, output } = await attack(executor, `${TO_EVERYBODY}print("on", flush=True)\nsend(signal.SIGSTOP)\ntime.sleep(600)`, {
      timeoutMs: 2_000,
    })
    expect({ how, output }).toEqual({ how: 'timed-out', output: 'on\n' })
    expect(performance.now() - startedAt, 'it does not wait for those that were stopped').toBeLessThan(20_000)
  })

  test('SIGSTOP to every process that it sees: what is to end it is not waited for, though it cannot say that it was stopped', async () => {
    const executor = makeDocker()
    await executor.start()
    const settled: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const startedAt = performance.now()
      const run = executor.executeCode(`${TO_EVERYBODY}send(signal.SIGSTOP)\ntime.sleep(600)`, 'python', { timeoutMs: 1_000 })
      const { how } = await outcomeOf(run)
      settled.push(performance.now() - startedAt - 1_000)
      expect(how).toBe('timed-out')
    }
    // Whoever asks a killer that has been stopped waits four seconds for its answer, and two more for the end.
    expect(Math.min(...settled)).toBeLessThan(3_000)
  })

  test('SIGSTOP without an end, to those that come to end it', async () => {
    const { how } = await attack(
      makeDocker(),
      `${TO_EVERYBODY}for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)\nwhile True: send(signal.SIGSTOP)`,
      { timeoutMs: 2_000 },
    )
    expect(how).toBe('timed-out')
  })

  test('a shell whose child sorts before it says nothing of the end of that child', async () => {
    // Process numbers are listed as text: 105 comes before 30.
    const source = `trap '' TERM; i=0; while [ $i -lt 120 ]; do true & wait; i=$((i + 1)); done
sh -c 'trap "" TERM; echo "$$ $PPID"; while :; do sleep 600; done'; :`
    for (let round = 0; round < 5; round += 1) {
      const { how, output, error } = await attack(makeDocker(), source, { timeoutMs: 1_500, language: 'sh' })
      expect({ how, error }).toEqual({ how: 'timed-out', error: '' })
      const [child = '', parent = ''] = output.trim().split(' ')
      expect(child < parent, output).toBe(true)
    }
  })

  test('SIGKILL to everybody once, and SIGSTOP without an end to those that come after', async () => {
    const source = `${TO_EVERYBODY}send(signal.SIGKILL)\nwhile True: send(signal.SIGSTOP)`
    const startedAt = performance.now()
    const { how } = await attack(makeDocker(), source, { timeoutMs: 3_000 })
    expect(KILLED.concat('timed-out')).toContain(how)
    expect(performance.now() - startedAt).toBeLessThan(40_000)
  })

  test('SIGKILL to the one that would end it: the result is right, nothing is left, and there is another one for the next run', async () => {
    const { executor, label } = makeLabeled()
    const marker = newMarker()
    await executor.executeCode('true', 'sh') // after it the container is there
    const before = await containerIds(label)
    const source = `${TO_THE_KILLER}
if os.fork() == 0:
  os.setsid()
  os.execv('/bin/sh', ['sh', '-c', 'sleep 600; :', sys.argv[1]])
print('killed')`
    expect(await outcomeOf(executor.executeCode(source, 'python', { args: [marker] }))).toMatchObject({ how: 'exited', output: 'killed\n' })
    expect(processesWith(marker)).toEqual([])
    const endless = await outcomeOf(executor.executeCode('echo begun; sleep 600', 'sh', { timeoutMs: 1_000 }))
    expect(endless).toMatchObject({ how: 'timed-out', output: 'begun\n' })
    expect(await containerIds(label)).toEqual(before)
  })

  test('an executor whose processes were stopped can be stopped', async () => {
    const executor = makeDocker()
    const marker = newMarker()
    const run = outcomeOf(
      executor.executeCode(`${TO_EVERYBODY}send(signal.SIGSTOP)\ntime.sleep(600)`, 'python', { args: [marker], timeoutMs: 50_000 }),
    )
    await expect.poll(() => processesWith(marker).length, { timeout: 20_000 }).toBeGreaterThan(0)
    await executor.stop()
    expect((await run).how).toBe('EXECUTOR_STOPPED')
    expect(processesWith(marker)).toEqual([])
  })
})

describe('its own streams', () => {
  test('a program that closes them', async () => {
    const source = `import os\nprint("first", flush=True)\nos.closerange(0, 256)\nos._exit(7)`
    expect(await attack(makeDocker(), source)).toMatchObject({ how: 'exited', exitCode: 7, output: 'first\n' })
  })

  test('a program that closes its input, which has more than it reads', async () => {
    const stdin = 'line\n'.repeat(100_000)
    const { output, exitCode } = await attack(makeDocker(), 'import os, sys\nprint(sys.stdin.readline(), end="")\nos.close(0)', { stdin })
    expect({ output, exitCode }).toEqual({ output: 'line\n', exitCode: 0 })
  })

  test('one that reads what it printed itself changes nothing for the next one', async () => {
    const source = `import os, threading
thief = os.open('/proc/self/fd/1', os.O_RDONLY)
threading.Thread(target=lambda: os.read(thief, 1 << 20), daemon=True).start()
os.write(1, b'mine\\n')`
    expect(['mine\n', '']).toContain((await attack(makeDocker(), source)).output)
  })
})

describe('whatever it does', () => {
  test('the container of a program that killed its shell is used again, and no second one is made', async () => {
    const { executor, label } = makeLabeled()
    await executor.start()
    const before = await containerIds(label)
    expect((await attack(executor, 'kill -9 $PPID; sleep 600', { language: 'sh' })).how).toBe('BACKEND_LOST')
    expect(await containerIds(label)).toEqual(before)
    expect(before).toHaveLength(1)
  })

  test('the container of a program that killed all that would end it is replaced', async () => {
    const { executor, label } = makeLabeled()
    await executor.start()
    const [before] = await containerIds(label)
    expect((await attack(executor, 'kill -9 -1; sleep 600', { language: 'sh' })).how).toBe('BACKEND_LOST')
    await expect.poll(() => containerIds(label), PATIENCE).not.toContain(before)
  })

  test('what it left in the temporary directories is gone when it killed its shell', async () => {
    const executor = makeDocker()
    const source = 'for place in /tmp /dev/shm /run/polyrun; do echo secret >$place/left; done; kill -9 $PPID'
    expect((await outcomeOf(executor.executeCode(source, 'sh'))).how).toBe('BACKEND_LOST')
    const { output } = await executor.executeCode('ls -A /tmp /dev/shm /run/polyrun', 'sh')
    expect(output).not.toContain('left')
  })

  test('programs beside it do not notice', async () => {
    const executor = makeDocker({ concurrency: 2 })
    const beside = executor.executeCode('import time\nfor n in range(30):\n  print(n)\n  time.sleep(0.1)', 'python')
    for (let round = 0; round < 3; round += 1) await outcomeOf(executor.executeCode('kill -9 -1; sleep 600', 'sh', { timeoutMs: 5_000 }))
    const { output, success } = await beside
    expect({ lines: output.trim().split('\n').length, success }).toEqual({ lines: 30, success: true })
  })
})
