import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { FileLeases } from '../../../src/workspace/index.ts'
import { SeededRandom } from '../../support/random.ts'

const never = new AbortController().signal
const files = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(entries).map(([path, text]) => [path, Buffer.from(text)]))

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  const pending = Symbol('pending')
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

describe('FileLeases', () => {
  test('programs that bring the same content, or other names, go together', async () => {
    const leases = new FileLeases('together')
    await leases.acquire(files({ main: 'x', data: '1' }), never)
    await leases.acquire(files({ main: 'x' }), never)
    await leases.acquire(files({ other: 'y' }), never)
    await leases.acquire(files({}), never)
  })

  test('where a file is written in its place, the same content takes turns as well', async () => {
    const leases = new FileLeases('turns')
    const release = await leases.acquire(files({ main: 'x', data: '1' }), never)
    await leases.acquire(files({ other: 'y' }), never)
    const waiting = leases.acquire(files({ data: '1' }), never)
    expect(await isPending(waiting)).toBe(true)
    release()
    expect(await isPending(waiting)).toBe(false)
  })

  test('where each program has a directory of its own, nobody waits', async () => {
    const leases = new FileLeases('apart')
    await leases.acquire(files({ main: 'x' }), never)
    await leases.acquire(files({ main: 'y' }), never)
  })

  test('different content under one name takes turns, and needs every holder to be done', async () => {
    const leases = new FileLeases('together')
    const [first, second] = [await leases.acquire(files({ main: 'x' }), never), await leases.acquire(files({ main: 'x' }), never)]
    const waiting = leases.acquire(files({ main: 'y' }), never)
    first()
    expect(await isPending(waiting)).toBe(true)
    second()
    expect(await isPending(waiting)).toBe(false)
    const third = leases.acquire(files({ main: 'x' }), never)
    expect(await isPending(third)).toBe(true)
    ;(await waiting)()
    await third
  })

  test('who waits for one file holds none of the others', async () => {
    const leases = new FileLeases('together')
    const release = await leases.acquire(files({ a: '1' }), never)
    const waiting = leases.acquire(files({ a: '2', b: '2' }), never)
    ;(await leases.acquire(files({ b: '1' }), never))()
    release()
    await waiting
  })

  test('an abort while waiting rejects with the very reason and holds nothing', async () => {
    const leases = new FileLeases('together')
    const release = await leases.acquire(files({ a: '1' }), never)
    const controller = new AbortController()
    const waiting = leases.acquire(files({ a: '2' }), controller.signal)
    const reason = { why: 'late' }
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    release()
    await leases.acquire(files({ a: '3' }), never)
    await expect(leases.acquire(files({ b: '1' }), AbortSignal.abort('gone'))).rejects.toBe('gone')
  })

  test('among many at once no two with different content ever hold one name, and all get their turn', async () => {
    const leases = new FileLeases('together')
    const random = new SeededRandom(3)
    const held = new Map<string, Map<string, number>>()
    const worker = async (): Promise<void> => {
      const mine = Object.fromEntries(['a', 'b', 'c'].filter(() => random.below(2) === 0).map((path) => [path, String(random.below(3))]))
      const release = await leases.acquire(files(mine), never)
      for (const [path, text] of Object.entries(mine)) {
        const holders = held.get(path) ?? new Map<string, number>()
        held.set(path, holders.set(text, (holders.get(text) ?? 0) + 1))
        expect([...holders].filter(([, count]) => count > 0)).toHaveLength(1)
      }
      await nextTurn()
      for (const [path, text] of Object.entries(mine)) held.get(path)?.set(text, (held.get(path)?.get(text) ?? 0) - 1)
      release()
    }
    await Promise.all(Array.from({ length: 300 }, worker))
  })
})
