import { describe, expect, test, vi } from 'vitest'
import { CodeExecutorError, type CodeExecutor } from '../../../src/core/index.ts'
import { createExecutorPool } from '../../../src/wrappers/index.ts'
import { FakeExecutor } from '../../support/fake-executor.ts'
import { gated, lost, run } from './gated-pool.ts'
import { coded, errorOf, eventsOf, nextTurn, realExecutor } from './outcomes.ts'

describe('an executor that broke', () => {
  test.each(['BACKEND_LOST', 'PROTOCOL_VIOLATION', 'CLEANUP_FAILED', 'EXECUTOR_STOPPED', 'BACKEND_UNREACHABLE', 'START_TIMEOUT'] as const)(
    'by %s is stopped and replaced; the call gets its error',
    async (code) => {
      const { pool, made, gate } = gated()
      await pool.start()
      const failure = new CodeExecutorError(code, 'broken', { executor: 'fake' } as never)
      const first = run(pool, 'a')
      await nextTurn()
      gate('a').reject(failure)
      expect(await errorOf(first)).toBe(failure)
      gate('b').resolve()
      expect((await run(pool, 'b')).output).toBe('b')
      expect(made.map(({ stopped, calls }) => [stopped, calls.length])).toEqual([
        [1, 1],
        [0, 1],
      ])
      expect(pool.stats).toMatchObject({ replaced: 1, lastError: failure })
      await pool.stop()
    },
  )

  test('while it streamed is replaced too', async () => {
    const { pool, made, gate } = gated()
    gate('a').promise.catch(() => {})
    gate('a').reject(lost())
    await coded(eventsOf(pool.streamCode('a', 'python')), 'BACKEND_LOST')
    gate('b').resolve()
    await run(pool, 'b')
    expect(made).toHaveLength(2)
    await pool.stop()
  })

  test('is not one whose call was wrong, or whose caller aborted', async () => {
    const { pool, made, gate } = gated()
    await pool.start()
    gate('a').promise.catch(() => {})
    gate('a').reject(new CodeExecutorError('LANGUAGE_UNAVAILABLE', 'no', { language: 'python', tried: [], packages: [] }))
    await coded(run(pool, 'a'), 'LANGUAGE_UNAVAILABLE')
    const controller = new AbortController()
    const aborted = run(pool, 'b', controller.signal)
    await nextTurn()
    controller.abort(lost())
    await coded(aborted, 'BACKEND_LOST')
    gate('c').resolve()
    await run(pool, 'c')
    expect(made).toHaveLength(1)
    await pool.stop()
  })

  test('is replaced by another attempt when the first one fails; nobody waits in vain while others are alive', async () => {
    const { pool, made, gate } = gated({ size: 2 })
    await pool.start()
    const [first, second] = [run(pool, 'a'), run(pool, 'b')]
    await nextTurn()
    vi.spyOn(FakeExecutor.prototype, 'start').mockRejectedValueOnce(lost())
    gate('a').reject(lost())
    await errorOf(first)
    const third = run(pool, 'c')
    await nextTurn()
    expect(made).toHaveLength(3)
    expect(made[2]?.stopped).toBe(1)
    gate('c').resolve()
    gate('b').resolve()
    await Promise.all([second, third])
    await expect.poll(() => pool.stats.idle).toBe(2)
    expect(made).toHaveLength(4)
    vi.restoreAllMocks()
    await pool.stop()
  })

  test('and cannot be replaced: waiting calls get the error, attempts come farther and farther apart', async () => {
    const failure = lost()
    const attempts: number[] = []
    let broken = false
    const { pool, gate } = gated({
      create: () => {
        if (broken) {
          attempts.push(performance.now())
          throw failure
        }
        return new FakeExecutor(async () => {
          await gate('a').promise
          return {}
        })
      },
    })
    await pool.start()
    broken = true
    const first = run(pool, 'a')
    const waiting = [run(pool, 'b'), run(pool, 'c')]
    await nextTurn()
    gate('a').reject(lost())
    await errorOf(first)
    expect(await Promise.all(waiting.map(errorOf))).toEqual([failure, failure])
    expect(await errorOf(run(pool, 'd'))).toBe(failure)
    expect(await errorOf(run(pool, 'e'))).toBe(failure)
    const [one = 0, two = 0, three = 0] = attempts
    expect(two - one).toBeGreaterThan(90)
    expect(three - two).toBeGreaterThan(190)
    const stopped = performance.now()
    await pool.stop()
    expect(performance.now() - stopped, 'the next attempt would have been after 400 ms').toBeLessThan(350)
    const count = attempts.length
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(attempts).toHaveLength(count)
  })
})

describe('recycling', () => {
  test('replaces an executor after maxUses', async () => {
    const { pool, made, gate } = gated({ maxUses: 2 })
    gate('a').resolve()
    for (let time = 0; time < 5; time += 1) await run(pool, 'a')
    await expect.poll(() => made.length).toBe(3)
    expect(made.map(({ calls, stopped }) => [calls.length, stopped])).toEqual([
      [2, 1],
      [2, 1],
      [1, 0],
    ])
    await pool.stop()
  })

  test('restarts before anybody else gets it, and after its user has the result', async () => {
    const { pool, made, gate, began } = gated({ recycle: 'restart' })
    await pool.start()
    const restarting = Promise.withResolvers<void>()
    const [executor] = made
    if (executor) executor.onRestart = () => restarting.promise
    gate('a').resolve()
    gate('b').resolve()
    await run(pool, 'a')
    const second = run(pool, 'b')
    await nextTurn()
    expect(executor?.restarted).toBe(1)
    expect(began).toEqual(['a'])
    restarting.resolve()
    await second
    expect(began).toEqual(['a', 'b'])
    await pool.stop()
  })

  test('with a function gets the executor; one that cannot be recycled is replaced', async () => {
    const recycled: CodeExecutor[] = []
    const { pool, made, gate } = gated({
      recycle: async (executor) => {
        recycled.push(executor)
        if (recycled.length === 2) throw new Error('too dirty')
      },
    })
    gate('a').resolve()
    for (let time = 0; time < 3; time += 1) await run(pool, 'a')
    expect(recycled.slice(0, 2)).toEqual([made[0], made[0]])
    expect(made.map(({ calls, stopped }) => [calls.length, stopped])).toEqual([
      [2, 1],
      [1, 0],
    ])
    expect(pool.stats.lastError).toEqual(new Error('too dirty'))
    await pool.stop()
  })

  test('by replacing gives every call a new executor', async () => {
    const { pool, made, gate } = gated({ recycle: 'replace' })
    gate('a').resolve()
    for (let time = 0; time < 3; time += 1) await run(pool, 'a')
    await expect.poll(() => made.length).toBe(4)
    expect(made.map(({ calls }) => calls.length)).toEqual([1, 1, 1, 0])
    await pool.stop()
  })

  test('none keeps files between calls, restart does not', async () => {
    for (const [recycle, output] of [
      ['none', 'left\n'],
      ['restart', ''],
    ] as const) {
      await using pool = createExecutorPool({ size: 1, create: realExecutor, recycle })
      await pool.executeCode('echo left > file', 'bash')
      expect((await pool.executeCode('cat file 2>/dev/null; true', 'bash')).output).toBe(output)
    }
  })
})
