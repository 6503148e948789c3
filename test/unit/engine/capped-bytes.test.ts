import { describe, expect, test } from 'vitest'
import { CappedBytes } from '../../../src/engine/capped-bytes.ts'
import { heldBytes } from '../../support/memory.ts'
import { SeededRandom } from '../../support/random.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** What must come out, said in the plainest way: everything in memory, both ends cut off it. */
function model(bytes: Uint8Array, cap: number): { readonly text: string; readonly omitted: number } {
  if (bytes.byteLength <= cap) return { text: decode(bytes), omitted: 0 }
  const tailBytes = Math.floor(cap / 2)
  let head = bytes.subarray(0, cap - tailBytes)
  let tail = bytes.subarray(bytes.byteLength - tailBytes)
  const omitted = bytes.byteLength - cap
  head = head.subarray(0, head.byteLength - incompleteEnd(head))
  for (let cut = 0; cut < 3 && isContinuation(tail[0]); cut += 1) tail = tail.subarray(1)
  const leftOut = bytes.byteLength - head.byteLength - tail.byteLength
  return { text: `${decode(head)}\n[... ${leftOut} bytes left out ...]\n${decode(tail)}`, omitted }
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && byte >> 6 === 0b10

/** How many bytes at the end belong to a character that began and is not complete. */
function incompleteEnd(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.byteLength; length += 1) {
    const first = bytes[bytes.byteLength - length] ?? 0
    if (isContinuation(first)) continue
    const whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    return whole > length ? length : 0
  }
  return 0
}

function kept(bytes: Uint8Array, cap: number, pieces: readonly Uint8Array[]): CappedBytes {
  const capped = new CappedBytes(cap)
  const shared = Buffer.alloc(bytes.byteLength) // the caller uses its memory again after each call
  for (const piece of pieces) {
    shared.set(piece)
    capped.push(shared.subarray(0, piece.byteLength))
    shared.fill(0x21)
  }
  return capped
}

function check(bytes: Uint8Array, cap: number, pieces: readonly Uint8Array[]): void {
  const capped = kept(bytes, cap, pieces)
  const expected = model(bytes, cap)
  const about = `cap ${cap}, ${bytes.byteLength} bytes in pieces of ${pieces.map((piece) => piece.byteLength).join(' ')}`
  expect(capped.omittedBytes, about).toBe(expected.omitted)
  expect(capped.text(), about).toBe(expected.text)
}

describe('CappedBytes', () => {
  test('keeps text in any script, in any pieces, under any cap, as the plain model does', () => {
    const random = new SeededRandom(0x5eed)
    const letters = ['a', '\n', 'é', 'ß', '漢', '—', '😀', '🏳️‍🌈', '\u{FEFF}', '\0'] as const
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: random.below(120) }, () => random.pick(letters)).join('')
      const bytes = Buffer.from(text)
      check(bytes, 1 + random.below(200), random.cut(bytes, 1 + random.below(40)))
    }
  })

  test('keeps bytes that are no UTF-8 as the plain model does', () => {
    const random = new SeededRandom(0xbad)
    const odd = [0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xf8, 0xff] as const
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Uint8Array.from({ length: random.below(300) }, () => random.pick(odd))
      check(bytes, 1 + random.below(200), random.cut(bytes, 1 + random.below(60)))
    }
  })

  test('every cap from 1 to 200 holds for the same text, byte by byte and at once', () => {
    const bytes = Buffer.from('aé漢😀'.repeat(30))
    for (let cap = 1; cap <= 200; cap += 1) {
      check(bytes, cap, [bytes])
      check(
        bytes,
        cap,
        Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
      )
    }
  })

  test('its ring grows past its first size and wraps without losing a byte', () => {
    const random = new SeededRandom(7)
    const bytes = Uint8Array.from({ length: 1_500_000 }, () => 0x20 + random.below(0x5f))
    for (const cap of [1000, 131_072, 131_073, 300_001, 999_999, 1_500_000]) {
      for (const largest of [5_000, 70_000, 1_500_000]) check(bytes, cap, random.cut(bytes, largest))
    }
  })

  test('of everything under the cap nothing is left out, and at the cap neither', () => {
    for (const length of [0, 1, 9, 10]) {
      const capped = new CappedBytes(10)
      capped.push(Buffer.alloc(length, 'x'))
      expect(capped.text()).toBe('x'.repeat(length))
      expect(capped.omittedBytes).toBe(0)
    }
    const over = new CappedBytes(10)
    over.push(Buffer.alloc(11, 'x'))
    expect(over.omittedBytes).toBe(1)
    expect(over.text()).toBe('xxxxx\n[... 1 bytes left out ...]\nxxxxx')
  })

  test('text may be asked for at any time, and again', () => {
    const capped = new CappedBytes(4)
    expect(capped.text()).toBe('')
    capped.push(Buffer.from('abc'))
    expect(capped.text()).toBe('abc')
    capped.push(Buffer.from('def'))
    expect(capped.text()).toBe('ab\n[... 2 bytes left out ...]\nef')
    expect(capped.text()).toBe('ab\n[... 2 bytes left out ...]\nef')
  })

  test('a million pushes of one character arrive whole', () => {
    const capped = new CappedBytes(2_000_000)
    const one = Buffer.from('x')
    for (let count = 0; count < 1_000_000; count += 1) capped.push(one)
    expect(capped.omittedBytes).toBe(0)
    expect(capped.text()).toBe('x'.repeat(1_000_000))
  })

  test.each([
    ['a hundred megabytes in large pieces', 65_536, 1600],
    ['a million pushes of one character', 1, 1_000_000],
  ])('%s are held in not much more memory than the cap', (_, size, count) => {
    const cap = 1_048_576
    const chunk = Buffer.alloc(size, 'x')
    const before = heldBytes()
    const capped = new CappedBytes(cap)
    for (let pushed = 0; pushed < count; pushed += 1) capped.push(chunk)
    expect(heldBytes() - before).toBeLessThan(4 * cap)
    expect(capped.omittedBytes).toBe(Math.max(0, size * count - cap))
  })
})
