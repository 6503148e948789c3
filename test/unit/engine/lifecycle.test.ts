import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CodeExecutorError } from '../../../src/core/index.ts'
import { Lifecycle, messageOf, orAborted } from '../../../src/engine/lifecycle.ts'
import { expectCode } from '../../support/expect-code.ts'
import { untilAborted } from '../../support/fake-executor.ts'
import { FakePlace, gate } from '../../support/fake-place.ts'
import { OwnerProcess } from '../../support/owner.ts'
import { SeededRandom } from '../../support/random.ts'

const LONG_MS = 30_000
const make = (limitMs = LONG_MS): { readonly place: FakePlace; readonly life: Lifecycle } => {
  const place = new FakePlace()
  return { place, life: new Lifecycle(place, limitMs) }
}

describe('start', () => {
  test('opens once, however many ask for it and however often', async () => {
    const { place, life } = make()
    await Promise.all(Array.from({ length: 50 }, () => life.start()))
    await life.start()
    expect(await life.use(undefined, async () => 'worked')).toBe('worked')
    expect(place).toMatchObject({ opens: 1, closes: 0, isOpen: true })
  })

  test('the first use starts it', async () => {
    const { place, life } = make()
    await life.use(undefined, async () => expect(place.isOpen).toBe(true))
    expect(place.opens).toBe(1)
  })

  test('a failed start fails everyone who waited, closes what was half open, and can be tried again', async () => {
    const { place, life } = make()
    const cause = new Error('no daemon')
    place.openings = [() => Promise.reject(cause), async () => {}]
    const errors = await Promise.all([1, 2, 3].map(() => expectCode(life.start(), 'BACKEND_UNREACHABLE')))
    for (const error of errors) expect(error).toMatchObject({ cause, details: { executor: 'fake' }, retryable: true })
    expect(place).toMatchObject({ opens: 1, closes: 1 })
    await life.start()
    expect(place).toMatchObject({ opens: 2, isOpen: true })
  })

  test('a coded error of the opening is passed on as it is', async () => {
    const { place, life } = make()
    const refused = new CodeExecutorError('BACKEND_REJECTED', 'no rights', { executor: 'fake', reason: 'EACCES' })
    place.openings = [() => Promise.reject(refused)]
    await expect(life.start()).rejects.toBe(refused)
  })

  test('an opening that never settles is given up after the limit, and its signal fires', async () => {
    const { place, life } = make(40)
    place.openings = [() => gate().passed, async () => {}]
    const { details } = await expectCode(life.start(), 'START_TIMEOUT')
    expect(details).toEqual({ executor: 'fake', limitMs: 40 })
    expect(place.signals[0]?.aborted).toBe(true)
    await life.start()
    expect(place.isOpen).toBe(true)
  })

  test('what an opening opened too late is closed', async () => {
    const { place, life } = make(40)
    const late = gate()
    place.openings = [() => late.passed]
    await expectCode(life.start(), 'START_TIMEOUT')
    const before = place.closes
    late.open()
    await expect.poll(() => place.closes).toBe(before + 1)
    expect(place.isOpen).toBe(false)
  })

  test('an opening that settles too late does not close what the next start opened', async () => {
    const { place, life } = make(200)
    const late = gate()
    place.openings = [() => late.passed, async () => {}]
    await expectCode(life.start(), 'START_TIMEOUT')
    const again = life.start()
    for (let turn = 0; turn < 5; turn += 1) await nextTurn()
    late.open()
    await again
    for (let turn = 0; turn < 5; turn += 1) await nextTurn()
    expect(await life.use(undefined, async () => place.isOpen), 'the place is open while it is used').toBe(true)
  })

  test('one caller who gives up gets the very reason, and the others their start', async () => {
    const { place, life } = make()
    const opening = gate()
    place.openings = [() => opening.passed]
    const controller = new AbortController()
    const reason = { why: 'no patience' }
    const [impatient, patient] = [life.start(controller.signal), life.start()]
    controller.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    expect(place.signals[0]?.aborted).toBe(false)
    opening.open()
    await patient
    expect(place).toMatchObject({ opens: 1, closes: 0 })
  })

  test('with a signal that is already aborted nothing is opened', async () => {
    const { place, life } = make()
    await expect(life.start(AbortSignal.abort('gone'))).rejects.toBe('gone')
    await expect(life.use(AbortSignal.abort('gone'), async () => {})).rejects.toBe('gone')
    expect(place.opens).toBe(0)
  })
})

describe('stop', () => {
  test('may be called again and at once, and closes once', async () => {
    const { place, life } = make()
    await life.start()
    await Promise.all([life.stop(), life.stop(), life.stop()])
    await life.stop()
    expect(place.closes).toBe(1)
  })

  test('before any start there is nothing to close', async () => {
    const { place, life } = make()
    await life.stop()
    expect(place).toMatchObject({ opens: 0, closes: 0 })
  })

  test('refuses every use afterwards', async () => {
    const { place, life } = make()
    await life.stop()
    await expectCode(life.start(), 'EXECUTOR_STOPPED')
    await expectCode(
      life.use(undefined, async () => {}),
      'EXECUTOR_STOPPED',
    )
    await expectCode(life.restart(), 'EXECUTOR_STOPPED')
    await expectCode(() => life.assertUsable(), 'EXECUTOR_STOPPED')
    expect(place.opens).toBe(0)
  })

  test('ends what is under way, waits for it, and only then closes', async () => {
    const { place, life } = make()
    const events: string[] = []
    place.closing = async () => void events.push('closed')
    const started = gate()
    const work = life.use(undefined, async ({ signal }) => {
      started.open()
      await untilAborted(signal).catch(() => {})
      for (let turn = 0; turn < 5; turn += 1) await nextTurn()
      events.push('work over')
      throw signal.reason
    })
    await started.passed
    const [error] = await Promise.all([expectCode(work, 'EXECUTOR_STOPPED'), life.stop()])
    expect(error.message).toContain('while this ran')
    expect(events).toEqual(['work over', 'closed'])
  })

  test('during start ends it with the start refused, and nothing stays open', async () => {
    const { place, life } = make()
    const late = gate()
    place.openings = [() => late.passed]
    const starting = expectCode(life.start(), 'EXECUTOR_STOPPED')
    await nextTurn()
    const stopping = life.stop()
    await starting
    expect(place.signals[0]?.aborted).toBe(true)
    late.open()
    await stopping
    expect(place.isOpen).toBe(false)
    expect(place.closes).toBe(2)
  })

  test('during a start that does not heed it says that something may be left', async () => {
    const { place, life } = make()
    place.openings = [() => gate().passed]
    const starting = expectCode(life.start(), 'EXECUTOR_STOPPED')
    await nextTurn()
    const error = await expectCode(life.stop(), 'CLEANUP_FAILED')
    expect(error.message).toContain('its start does not end')
    await starting
    expect(place.closes).toBe(1)
  })

  test('tells what the closing of a start that was given up could not remove', async () => {
    const { place, life } = make()
    const left = new CodeExecutorError('CLEANUP_FAILED', 'It is still there.', { executor: 'fake', left: ['it'] })
    place.closing = () => Promise.reject(left)
    place.openings = [() => Promise.reject(new Error('no place'))]
    await expectCode(life.start(), 'BACKEND_UNREACHABLE')
    expect(await expectCode(life.stop(), 'CLEANUP_FAILED')).toBe(left)
  })

  test('a closing that fails is CLEANUP_FAILED with its cause, for everyone who stops', async () => {
    const { place, life } = make()
    const cause = new Error('device busy')
    place.closing = () => Promise.reject(cause)
    await life.start()
    const errors = [await expectCode(life.stop(), 'CLEANUP_FAILED'), await expectCode(life.stop(), 'CLEANUP_FAILED')]
    for (const error of errors) expect(error.cause).toBe(cause)
  })

  // Whatever the instant at which it comes, work runs in an open place or not at all.
  test.each(Array.from({ length: 24 }, (_, steps) => [steps]))('comes %d small steps after the first use', async (steps) => {
    const { place, life } = make()
    const seen: boolean[] = []
    const work = life.use(undefined, async ({ signal }) => {
      seen.push(place.isOpen)
      await untilAborted(signal)
    })
    const over = expectCode(work, 'EXECUTOR_STOPPED')
    for (let step = 0; step < steps; step += 1) await Promise.resolve()
    await life.stop()
    expect(seen).not.toContain(false)
    await over
    expect(place.isOpen).toBe(false)
  })
})

describe('restart', () => {
  test('closes and opens again', async () => {
    const { place, life } = make()
    await life.start()
    await life.restart()
    expect(place).toMatchObject({ opens: 2, closes: 1, isOpen: true })
  })

  test('before any start only opens', async () => {
    const { place, life } = make()
    await life.restart()
    expect(place).toMatchObject({ opens: 1, closes: 0, isOpen: true })
  })

  test('during start waits for it and gives a fresh place', async () => {
    const { place, life } = make()
    const opening = gate()
    place.openings = [() => opening.passed, async () => {}]
    const starting = life.start()
    const restarting = life.restart()
    opening.open()
    await Promise.all([starting, restarting])
    expect(place).toMatchObject({ opens: 2, closes: 1, isOpen: true })
  })

  test('ends what is under way, and what comes meanwhile runs in the new place', async () => {
    const { place, life } = make()
    const started = gate()
    const old = life.use(undefined, ({ signal }) => {
      started.open()
      return untilAborted(signal)
    })
    const ended = expectCode(old, 'EXECUTOR_STOPPED')
    await started.passed
    const restarting = life.restart()
    const opensSeen = life.use(undefined, async () => place.opens)
    await restarting
    expect((await ended).message).toContain('restarted')
    expect(await opensSeen).toBe(2)
  })

  test('twice at once is one', async () => {
    const { place, life } = make()
    await life.start()
    await Promise.all([life.restart(), life.restart()])
    expect(place).toMatchObject({ opens: 2, closes: 1 })
  })

  test('that cannot open leaves an executor that can be started later', async () => {
    const { place, life } = make()
    place.openings = [async () => {}, () => Promise.reject(new Error('not now')), async () => {}]
    await life.start()
    await expectCode(life.restart(), 'BACKEND_UNREACHABLE')
    await life.start()
    expect(place.isOpen).toBe(true)
  })

  test('and stop at once: stopped, and nothing stays open', async () => {
    const { place, life } = make()
    await life.start()
    const restarting = life.restart().catch((error: unknown) => error)
    await Promise.all([life.stop(), restarting])
    expect(place.isOpen).toBe(false)
    await expectCode(life.start(), 'EXECUTOR_STOPPED')
  })

  test('that stop overtook is refused: it gave no fresh place', async () => {
    const { life } = make()
    await life.start()
    const restarting = life.restart()
    const refused = expectCode(restarting, 'EXECUTOR_STOPPED')
    await life.stop()
    await refused
  })

  test('a failed closing is told, and the executor can be started again', async () => {
    const { place, life } = make()
    place.closing = () => Promise.reject(new Error('device busy'))
    await life.start()
    await expectCode(life.restart(), 'CLEANUP_FAILED')
    place.closing = async () => {}
    await life.start()
    expect(place.isOpen).toBe(true)
  })

  test.each(Array.from({ length: 24 }, (_, steps) => [steps]))('comes %d small steps after the first use', async (steps) => {
    const { place, life } = make()
    const seen: boolean[] = []
    const work = life.use(undefined, async ({ signal }) => {
      seen.push(place.isOpen)
      await untilAborted(signal)
    })
    work.catch(() => {})
    for (let step = 0; step < steps; step += 1) await Promise.resolve()
    await life.restart()
    expect(place.isOpen).toBe(true)
    expect(seen).not.toContain(false)
    await life.stop()
    await expectCode(work, 'EXECUTOR_STOPPED')
  })
})

describe('in any order', () => {
  test('restart, use and stop without waiting for any of them: nothing is opened after stop', async () => {
    const { place, life } = make()
    const asked = [life.restart(), life.use(undefined, async () => {})].map((each) => each.catch(() => {}))
    await life.stop()
    await Promise.all(asked)
    expect(place.isOpen).toBe(false)
  })

  // One seed each, so that a failure names its order.
  test.each(Array.from({ length: 60 }, (_, index) => [index + 1]))(
    'starts, uses and restarts before stop leave nothing open (order %d)',
    async (seed) => {
      const random = new SeededRandom(seed * 7919)
      const { place, life } = make()
      const pause = async (): Promise<void> => {
        for (let step = random.below(12); step > 0; step -= 1) await Promise.resolve()
      }
      place.openings = [pause]
      place.closing = pause
      const seen: boolean[] = []
      const asked: Promise<unknown>[] = []
      for (let step = 2 + random.below(5); step > 0; step -= 1) {
        const work = async (): Promise<void> => {
          seen.push(place.isOpen)
          await pause()
        }
        asked.push(
          [() => life.start(), () => life.use(undefined, work), () => life.restart()][random.below(3)]?.().catch(() => {}) ?? pause(),
        )
        await pause()
      }
      await life.stop()
      await Promise.all(asked)
      expect(place.isOpen).toBe(false)
      expect(seen, 'work runs in an open place or not at all').not.toContain(false)
    },
  )
})

test('orAborted gives the value, the error, or the very reason, and leaves no listener', async () => {
  const controller = new AbortController()
  expect(await orAborted(Promise.resolve(7), controller.signal)).toBe(7)
  await expect(orAborted(Promise.reject(new Error('inner')), controller.signal)).rejects.toThrow('inner')
  const waiting = orAborted(gate().passed, controller.signal)
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(orAborted(Promise.resolve(1), controller.signal)).rejects.toBe('enough')
  expect(await orAborted(Promise.resolve(2), undefined)).toBe(2)
})

test('messageOf says what anything thrown says', () => {
  expect([new Error('words'), 'text', 7, undefined, null].map(messageOf)).toEqual(['words', 'text', '7', 'undefined', 'null'])
})

test('this process stays alive while anybody waits, also for what would not keep it', async () => {
  const module = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)
  const owner = new OwnerProcess(`
    const { Lifecycle } = await import(${module('src/engine/lifecycle.ts')})
    const quietly = () => new Promise((resolve) => setTimeout(resolve, 50).unref())
    const life = new Lifecycle({ name: 'quiet', open: quietly, close: quietly }, 60_000)
    await life.start()
    console.log(await life.use(undefined, async () => quietly().then(() => 'used')))
    await life.restart()
    await life.stop()
    console.log('stopped')`)
  expect(await owner.ended, owner.stderr).toEqual({ exitCode: 0, signal: null })
  expect(owner.stdout).toBe('used\nstopped\n')
})
