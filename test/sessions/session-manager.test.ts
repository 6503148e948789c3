import { readdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSessionManager, openSession, type Session, type SessionManager, type SessionManagerOptions } from '../../src/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, PATIENCE, scratchDirectory, seeAlive, seeDead } from '../support/world.ts'

/** A manager of sessions on this machine, and how often it opened one. */
function manage(options: Partial<SessionManagerOptions> = {}): { readonly manager: SessionManager; readonly opened: string[] } {
  const opened: string[] = []
  const manager = createSessionManager({
    open: (id, { signal }) => {
      opened.push(id)
      return openSession({ executor: makeLocal(), signal })
    },
    ...options,
  })
  onTestFinished(() => void manager.shutdown())
  return { manager, opened }
}

const touch = (session: Session) => session.executor.executeCode('echo x >>log; wc -l <log', 'bash')

describe('a manager of sessions', () => {
  test('has one for each id, which keeps its files', async () => {
    const { manager, opened } = manage()
    expect((await manager.use('ann', touch)).output.trim()).toBe('1')
    expect((await manager.use('ann', touch)).output.trim()).toBe('2')
    expect((await manager.use('bob', touch)).output.trim()).toBe('1')
    expect({ opened, size: manager.size }).toEqual({ opened: ['ann', 'bob'], size: 2 })
  })

  test('opens one for many who ask at once', async () => {
    const { manager, opened } = manage()
    const results = await Promise.all(Array.from({ length: 8 }, () => manager.use('ann', touch)))
    expect(results.every(({ success }) => success)).toBe(true)
    expect(opened).toEqual(['ann'])
  })

  test('tries again after an opening that failed, which all who waited hear of', async () => {
    let calls = 0
    const { manager } = manage({
      open: async () => {
        calls += 1
        if (calls === 1) throw new Error('no place')
        return openSession({ executor: makeLocal() })
      },
    })
    const [first, second] = await Promise.allSettled([manager.use('ann', touch), manager.use('ann', touch)])
    expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
    expect((await manager.use('ann', touch)).success).toBe(true)
    expect(calls).toBe(2)
  })

  test('closes what is idle, by itself, and saves its outputs', async () => {
    const outputDir = scratchDirectory()
    const released: string[] = []
    const { manager, opened } = manage({
      idleTimeoutMs: 200,
      open: (_id, { signal }) => openSession({ executor: makeLocal(), signal, outputDir }),
      onRelease: (id, outcome) => released.push(`${id} ${'report' in outcome ? outcome.report.saved.length : 'failed'}`),
    })
    await manager.use('ann', async (session) => {
      await session.files.write('result.txt', 'x')
      await session.declareOutputs('result.txt')
    })
    await expect.poll(() => manager.size, PATIENCE).toBe(0)
    await expect.poll(() => released, PATIENCE).toEqual(['ann 1'])
    expect(readdirSync(outputDir)).toEqual(['result.txt'])
    expect(opened).toEqual([])
  })

  test('does not close what is in use, however long', async () => {
    const { manager } = manage({ idleTimeoutMs: 50 })
    const marker = newMarker()
    const use = manager.use('ann', (session) => session.executor.executeCode(`sleep 0.5; echo ${marker}`, 'bash'))
    await expect.poll(() => manager.size, PATIENCE).toBe(1)
    expect(await manager.releaseIdle()).toBe(0)
    expect((await use).output.trim()).toBe(marker)
  })

  test('ends what runs when it is told to release it, and the next one starts afresh', async () => {
    const { manager, opened } = manage()
    const marker = newMarker()
    const use = manager.use('ann', (session) => session.executor.executeCode(`sleep ${marker}`, 'bash'))
    use.catch(() => {})
    await seeAlive(marker)
    expect(await manager.release('ann')).toBe(true)
    await expectCode(use, 'EXECUTOR_STOPPED')
    await seeDead(marker)
    expect(await manager.release('ann')).toBe(false)
    expect((await manager.use('ann', touch)).output.trim()).toBe('1')
    expect(opened).toEqual(['ann', 'ann'])
  })

  test('replaces a session whose place was stopped', async () => {
    const { manager } = manage()
    await manager.use('ann', (session) => session.executor.stop())
    await expectCode(manager.use('ann', touch), 'EXECUTOR_STOPPED')
    expect((await manager.use('ann', touch)).success).toBe(true)
  })

  test('makes room by closing who is idle longest, and refuses when nobody is', async () => {
    const { manager } = manage({ maxSessions: 2 })
    await manager.use('ann', touch)
    await manager.use('bob', touch)
    await manager.use('ann', touch)
    await manager.use('cid', touch)
    expect(['ann', 'bob', 'cid'].filter((id) => manager.has(id))).toEqual(['ann', 'cid'])
    await manager.use('ann', () => manager.use('cid', () => expectCode(manager.use('dan', touch), 'BACKEND_REJECTED')))
  })

  test('closes all at its shutdown, for good', async () => {
    const { manager } = manage()
    await Promise.all(['ann', 'bob'].map((id) => manager.use(id, touch)))
    expect(await manager.shutdown()).toBe(2)
    expect(manager.size).toBe(0)
    await expectCode(manager.use('ann', touch), 'EXECUTOR_STOPPED')
  })

  test.each([
    ['open', { open: 7 }],
    ['maxSessions', { maxSessions: 0 }],
    ['idleTimeoutMs', { idleTimeoutMs: -1 }],
    ['an unknown option', { idle: 7 }],
  ])('refuses a bad %s', async (_what, options) => {
    await expectCode(() => manage(options as unknown as Partial<SessionManagerOptions>), 'INVALID_ARGUMENT')
  })
})
