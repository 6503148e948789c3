import { expect, test } from 'vitest'
import { OutputTail } from '../../../../src/engine/commands/output-tail.ts'
import { SeededRandom } from '../../../support/random.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

test('a reader gets what came since it was last there', () => {
  const tail = new OutputTail(100)
  tail.push(bytes('one'))
  expect(tail.since(0, false)).toEqual({ text: 'one', lostBytes: 0, next: 3 })
  expect(tail.since(3, false)).toEqual({ text: '', lostBytes: 0, next: 3 })
  tail.push(bytes('two'))
  expect(tail.since(3, false)).toEqual({ text: 'two', lostBytes: 0, next: 6 })
  expect(tail.since(0, false)).toEqual({ text: 'onetwo', lostBytes: 0, next: 6 })
  expect(tail.since(1_000, false)).toEqual({ text: '', lostBytes: 0, next: 6 })
})

test('a character that is not complete waits, and is told at the end', () => {
  const tail = new OutputTail(100)
  tail.push(bytes('aé').subarray(0, 2))
  expect(tail.since(0, false)).toEqual({ text: 'a', lostBytes: 0, next: 1 })
  expect(tail.since(0, true)).toEqual({ text: 'a\ufffd', lostBytes: 0, next: 2 })
  tail.push(bytes('é').subarray(1))
  expect(tail.since(1, false)).toEqual({ text: 'é', lostBytes: 0, next: 3 })
})

test('the end is kept, no character is cut, and what is lost is counted', () => {
  const tail = new OutputTail(10)
  tail.push(bytes('x'.repeat(95)))
  tail.push(bytes('é123456789')) // 11 bytes
  expect(tail.since(0, false)).toEqual({ text: '123456789', lostBytes: 97, next: 106 })
  expect(tail.since(100, false)).toEqual({ text: '456789', lostBytes: 0, next: 106 })
})

test('whatever comes in whatever pieces, readers see the same bytes, and memory stays bounded', () => {
  const random = new SeededRandom(7)
  for (const limit of [1, 10, 1_000]) {
    const tail = new OutputTail(limit)
    let all = ''
    let seen = ''
    let position = 0
    for (let step = 0; step < 500; step += 1) {
      const piece = String(step % 10).repeat(random.below(Math.ceil(limit * 1.5)))
      tail.push(bytes(piece))
      all += piece
      if (random.below(10) < 3) {
        const { text, lostBytes, next } = tail.since(position, false)
        seen += '?'.repeat(lostBytes) + text
        position = next
      }
      expect(tail.since(0, false).text).toBe(all.slice(-limit))
    }
    tail.end()
    const last = tail.since(position, true)
    seen += '?'.repeat(last.lostBytes) + last.text
    expect(seen.length).toBe(all.length)
    expect(Array.from(all, (letter, index) => (seen[index] === '?' ? '?' : letter)).join('')).toBe(seen)
    expect(tail.since(0, true).text).toBe(all.slice(-limit))
  }
})
