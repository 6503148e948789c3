import { describe, expect, test } from 'vitest'
import { attack, makeDocker, noDocker } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'

const MEGABYTE = 1024 ** 2

skipBecause(noDocker)

describe('processes', () => {
  const bombs = {
    'one that forks as fast as it can': 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass',
    'one that forks in sessions of their own and heeds no signal': `import os, signal
for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
while True:
  try:
    if os.fork() == 0: os.setsid()
  except OSError: pass`,
    'one of threads': `import threading, time
while True:
  try: threading.Thread(target=time.sleep, args=(600,)).start()
  except RuntimeError: pass`,
  }
  test.each(Object.entries(bombs))('a fork bomb: %s', async (_, source) => {
    const { how } = await attack(makeDocker({ limits: { pids: 40 } }), source, { timeoutMs: 20_000 })
    expect(how).toBe('too-many-processes')
  })

  test('a fork bomb whose first process is gone at once', async () => {
    const source = 'import os\nif os.fork(): os._exit(0)\nwhile True:\n  try: os.fork()\n  except OSError: pass'
    const { how } = await attack(makeDocker({ limits: { pids: 40 } }), source, { timeoutMs: 20_000 })
    // What it left is ended with it, perhaps before it reached the limit.
    expect(['exited', 'too-many-processes']).toContain(how)
  })

  test('a fork bomb of the shell, within the limits that nobody set', async () => {
    const { how } = await attack(makeDocker(), 'bomb() { bomb | bomb & }; bomb; sleep 600', { language: 'sh', timeoutMs: 20_000 })
    expect(how).toBe('too-many-processes')
  })
})

describe('memory', () => {
  test('a program that takes all it can get', async () => {
    const { how, output } = await attack(
      makeDocker({ limits: { memory: '64m' } }),
      'print("on", flush=True)\nwaste = []\nwhile True: waste.append(bytearray(1 << 20))',
    )
    expect({ how, output }).toEqual({ how: 'out-of-memory', output: 'on\n' })
  })

  test('one that takes it in many processes and says that it cannot be spared', async () => {
    const source = `import os, time
for _ in range(30):
  if os.fork() == 0:
    try: open('/proc/self/oom_score_adj', 'w').write('-1000')
    except OSError: pass
    waste = bytearray(8 << 20)
    for at in range(0, len(waste), 4096): waste[at] = 1
    time.sleep(600)
for _ in range(30):
  if os.wait()[1] != 0: raise SystemExit(1)`
    const { how } = await attack(makeDocker({ limits: { memory: '64m' } }), source)
    // The kernel chooses whom it ends; with the container's own process everything ends.
    expect(['out-of-memory', 'BACKEND_LOST']).toContain(how)
  })

  test('one that takes it as files in memory, where the limit of the disk is higher', async () => {
    const executor = makeDocker({ limits: { memory: '64m', disk: '1g' } })
    const { how } = await attack(executor, 'with open("/tmp/waste", "wb") as file:\n  while True: file.write(bytes(1 << 20))')
    expect(how).toBe('out-of-memory')
  })

  test('the limit is the container’s and no part of it is swap', async () => {
    const { output } = await makeDocker({ limits: { memory: '64m' } }).executeCode(
      'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null',
      'sh',
    )
    expect(Number(output)).toBe(64 * MEGABYTE)
  })
})

describe('disk', () => {
  const filler = (path: string): string => `with open("${path}", "wb") as file:\n  while True: file.write(bytes(1 << 20))`

  test('one file that fills the working directory, until that is recycled', async () => {
    const executor = makeDocker({ limits: { disk: '16m' } })
    const error = await expectCode(executor.executeCode(filler('waste'), 'python'), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual({ limit: 'disk', value: 16 * MEGABYTE })
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
    await executor.recycle('workspace')
    expect((await executor.executeCode('ls -A | wc -l', 'sh')).output.trim()).toBe('1') // its own file
  })

  test('one file that fills it where only the memory is limited: the next program has some', async () => {
    const executor = makeDocker({ limits: { memory: '96m' } })
    const error = await expectCode(executor.executeCode(filler('waste'), 'python'), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual({ limit: 'disk', value: 48 * MEGABYTE })
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('many files that fill it', async () => {
    const executor = makeDocker({ limits: { disk: '16m' } })
    const source = 'import os\nnumber = 0\nwhile True:\n  os.mknod(str(number))\n  number += 1'
    await expectCode(executor.executeCode(source, 'python', { timeoutMs: 55_000 }), 'RESOURCE_EXHAUSTED')
    await executor.recycle('workspace')
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('/tmp', async () => {
    const { how } = await attack(makeDocker({ limits: { disk: '16m' } }), filler('/tmp/waste'))
    expect(how).toBe('out-of-disk')
  })

  test('/dev/shm has a size of its own', async () => {
    const { how, exitCode, error } = await attack(makeDocker({ limits: { disk: '16m' } }), filler('/dev/shm/waste'))
    expect({ how, exitCode }).toEqual({ how: 'exited', exitCode: 1 })
    expect(error).toContain('No space left')
  })

  test.each(['/tmp', '/dev/shm'])('%s full by one that succeeds, or takes everything down with it', async (directory) => {
    const executor = makeDocker({ limits: { disk: '16m' } })
    const fill = `import os, sys\ntry:\n  ${filler(`${directory}/waste`).replace('\n', '\n  ')}\nexcept OSError: pass`
    expect((await attack(executor, fill)).how).toBe('exited')
    expect((await attack(executor, `${fill}\nos.kill(-1, 9)`)).how).toBe('BACKEND_LOST')
    const { output } = await executor.executeCode(`ls -A ${directory}; df --output=used ${directory} | tail -1`, 'sh')
    expect(Number(output)).toBe(0)
  })
})

describe('output', () => {
  test('a flood on both streams that ends', async () => {
    const source = `import os, threading
def flood(fd):
  for _ in range(400): os.write(fd, bytes([fd + 64]) * 65536 * 2)
threads = [threading.Thread(target=flood, args=(fd,)) for fd in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()`
    const executor = makeDocker({ limits: { outputBytes: 100_000 } })
    const { omittedBytes, termination } = await executor.executeCode(source, 'python')
    expect(termination).toEqual({ kind: 'exited', exitCode: 0 })
    // A write may be shorter than it was meant to be, so the floor is what counts.
    for (const bytes of [omittedBytes.output, omittedBytes.error]) expect(bytes).toBeGreaterThan(10 * MEGABYTE)
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('one that does not', async () => {
    const { how, output } = await attack(makeDocker({ limits: { outputBytes: 10_000 } }), 'yes & yes >&2 & yes; wait', {
      language: 'sh',
      timeoutMs: 2_000,
    })
    expect(how).toBe('timed-out')
    expect(output.length).toBeLessThan(11_000)
  })

  test('one that makes its outputs non-blocking and leaves them full', async () => {
    const source = `import os
for fd in (1, 2): os.set_blocking(fd, False)
misses = 0
while misses < 200000:
  try: os.write(1, b'x' * 65536)
  except BlockingIOError: misses += 1
os._exit(3)`
    const executor = makeDocker()
    const [{ how, exitCode }] = await Promise.all([attack(executor, source), holdUp()])
    expect({ how, exitCode }).toEqual({ how: 'exited', exitCode: 3 })
    const { output } = await executor.executeCode('import os\nprint(os.get_blocking(1), os.get_blocking(2))', 'python')
    expect(output).toBe('True True\n')
  })
})

/** Keeps this process from reading anything for a while, in the middle of the other's run. */
async function holdUp(): Promise<void> {
  const over = Promise.withResolvers<void>()
  setTimeout(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)
    over.resolve()
  }, 1_000)
  await over.promise
}
