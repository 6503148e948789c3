import { describe, expect, onTestFinished, test } from 'vitest'
import { createExecutorPool, type ExecutorPool, type ExecutorPoolOptions } from '../../src/wrappers/index.ts'
import { client, containerIds, makeDocker, makeLabeled, noDocker, outcomeOf } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith } from '../support/world.ts'

skipBecause(noDocker)

/** A pool that is stopped when the test is over. */
function makePool(options: Omit<ExecutorPoolOptions, 'create' | 'size'> & Partial<ExecutorPoolOptions>): ExecutorPool {
  const pool = createExecutorPool({ size: 1, create: () => makeDocker(), ...options })
  onTestFinished(() => pool.stop().catch(() => {}))
  return pool
}

/** Leaves something of itself in every place that a program may write to, and in the kernel. */
const LEAVE = `import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None)
for place in ('.', '/tmp', '/dev/shm', '/run/polyrun', os.path.expanduser('~')):
  for name in ('left', '.left', '..left', '-left'): open(os.path.join(place, name), 'w').write('secret')
assert libc.mq_open(b'/left', os.O_CREAT | os.O_RDWR, 0o666, None) >= 0
for key in (4711, 4712):
  assert libc.shmget(key, 4096, 0o1666) >= 0
  assert libc.msgget(key, 0o1666) >= 0
  assert libc.semget(key, 1, 0o1666) >= 0
os.set_blocking(1, False)
os.set_blocking(2, False)
subprocess.Popen(['sleep', '600', sys.argv[1]], start_new_session=True, env={})
print('left')`

/** Finds what of that is there. */
const FIND = `import os, json, sys
found = []
for place in ('.', '/tmp', '/dev/shm', '/run/polyrun', '/dev/mqueue', '/var/tmp'):
  found += [os.path.join(place, name) for name in os.listdir(place) if 'left' in name]
for table in ('shm', 'msg', 'sem'):
  try: found += [table] * (len(open('/proc/sysvipc/' + table).readlines()) - 1)
  except OSError: pass
found += ['non-blocking' for fd in (1, 2) if not os.get_blocking(fd)]
for pid in os.listdir('/proc'):
  if not pid.isdigit(): continue
  try:
    if b'sleep' in open(f'/proc/{pid}/cmdline', 'rb').read(): found.append(pid)
  except OSError: pass
print(json.dumps(found))`

describe('what the one before left, to the next one', () => {
  // The last one takes the shell that would clean up down with it.
  describe.each(['', '\nos.kill(-1, 9)'])('%j', (end) => {
    test.each(['workspace', 'container'] as const)("there is nothing of it with recycle: '%s'", async (recycle) => {
      const pool = makePool({ recycle })
      const marker = newMarker()
      await outcomeOf(pool.executeCode(LEAVE + end, 'python', { args: [marker] }))
      expect((await pool.executeCode(FIND, 'python')).output).toBe('[]\n')
      expect(processesWith(marker)).toEqual([])
    })

    test('without recycling there are the files of the working directory, and nothing else', async () => {
      const pool = makePool({ recycle: 'none', create: () => makeDocker() })
      await outcomeOf(pool.use((executor) => executor.executeCode(LEAVE + end, 'python', { args: ['x'] })))
      const { output } = await pool.executeCode(FIND, 'python')
      const files = end === '' ? ['./-left', './..left', './.left', './left'] : []
      expect((JSON.parse(output) as string[]).toSorted()).toEqual(files)
    })
  })
})

describe('which container the next one gets', () => {
  const nextIds = async (recycle: 'workspace' | 'container'): Promise<string[]> => {
    const { executor, label } = makeLabeled()
    const pool = makePool({ recycle, create: () => executor })
    const ids: string[] = []
    for (let round = 0; round < 3; round += 1) {
      expect((await pool.executeCode('ls -A', 'sh')).output.trim().split('\n')).toHaveLength(1) // its own file
      await expect.poll(() => pool.stats.idle, PATIENCE).toBe(1)
      const running = await containerIds(label)
      expect(running).toHaveLength(1)
      ids.push(...running)
    }
    expect(pool.stats.replaced).toBe(0)
    return ids
  }

  test("another one each time with recycle: 'container'", async () => {
    expect(new Set(await nextIds('container')).size).toBe(3)
  })

  test('a preloaded interpreter is not handed on: it may remember', async () => {
    const executor = makeDocker({ preload: { python: ['json'] } })
    await executor.executeCode('print(1)', 'python')
    const error = await expectCode(executor.recycle('workspace'), 'CAPABILITY_UNSUPPORTED')
    expect(error.message).toContain('preloaded interpreter')
    await executor.recycle('container')
    expect((await executor.executeCode('print(2)', 'python')).output).toBe('2\n')
  })

  test("the same one with recycle: 'workspace'", async () => {
    expect(new Set(await nextIds('workspace')).size).toBe(1)
  })
})

describe('recycling', () => {
  test('a way that the executor does not know is refused', async () => {
    const error = await expectCode(() => makePool({ recycle: 'everything' as 'none' }), 'INVALID_ARGUMENT')
    expect(error.message).toContain('workspace, container')
    await expectCode(makeDocker().recycle('everything' as 'workspace'), 'INVALID_ARGUMENT')
  })

  test('initCommand is run again in an emptied working directory and in a new container', async () => {
    for (const recycle of ['workspace', 'container'] as const) {
      const pool = makePool({ recycle, create: () => makeDocker({ initCommand: 'echo ready >prepared' }) })
      for (let round = 0; round < 2; round += 1) expect((await pool.executeCode('cat prepared; rm prepared', 'sh')).output).toBe('ready\n')
    }
  })

  test('an executor whose container was removed from outside is replaced or recovers, and nobody else notices', async () => {
    const { executor, label } = makeLabeled()
    let made = 0
    const pool = makePool({ recycle: 'workspace', create: () => ((made += 1) === 1 ? executor : makeDocker()) })
    await pool.start()
    const [id = ''] = await containerIds(label)
    await client.getContainer(id).remove({ force: true })
    await outcomeOf(pool.executeCode('echo lost', 'sh'))
    expect((await pool.executeCode('echo next', 'sh')).output).toBe('next\n')
  })
})

describe('admission', () => {
  test('one more than may wait is refused, and the others are served', async () => {
    const pool = makePool({ size: 2, maxQueue: 3, recycle: 'workspace' })
    await pool.start()
    const calls = Array.from({ length: 5 }, (_, n) => pool.executeCode(`sleep 1; echo ${n}`, 'sh'))
    await expect.poll(() => pool.stats.waiting, PATIENCE).toBe(3)
    await expectCode(pool.executeCode('echo no', 'sh'), 'BACKEND_REJECTED')
    expect((await Promise.all(calls)).map(({ output }) => output)).toEqual(['0\n', '1\n', '2\n', '3\n', '4\n'])
  })

  test('64 calls at once on a pool of two, each in a clean place', async () => {
    const pool = makePool({ size: 2, recycle: 'workspace' })
    const calls = Array.from({ length: 64 }, (_, n) => pool.executeCode(`ls -A | wc -l; echo ${n}; echo >left`, 'sh'))
    expect((await Promise.all(calls)).map(({ output }) => output.trim().split(/\s+/))).toEqual(calls.map((_, n) => ['1', String(n)]))
  })
})
