import { describe, expect, test } from 'vitest'
import { assertKnownKeys, parseBytes, parseTimeout, resolveLimits, type ResourceLimits } from '../../../src/core/index.ts'
import { expectCode } from '../../support/expect-code.ts'

describe('parseBytes', () => {
  test.each<[number | string, number]>([
    [1, 1],
    [1_048_576, 1_048_576],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['1', 1],
    ['7b', 7],
    ['1k', 1024],
    ['1K', 1024],
    ['1kb', 1024],
    ['1KiB', 1024],
    ['512m', 512 * 1024 ** 2],
    ['512MB', 512 * 1024 ** 2],
    ['512 MiB', 512 * 1024 ** 2],
    ['1.5g', 1.5 * 1024 ** 3],
    ['2t', 2 * 1024 ** 4],
    ['1.5', 1],
    ['0.0005m', 524],
    ['  64m\n', 64 * 1024 ** 2],
    ['007k', 7 * 1024],
  ])('%j is %d bytes', (value, bytes) => {
    expect(parseBytes(value, 'limits.memory')).toBe(bytes)
  })

  test.each<[unknown]>([
    [0],
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    [Number.MAX_SAFE_INTEGER + 1],
    [1e300],
    [''],
    [' '],
    ['m'],
    ['1x'],
    ['1mm'],
    ['-1m'],
    ['+1m'],
    ['1,5m'],
    ['.5m'],
    ['1.m'],
    ['1e3'],
    ['0x10'],
    ['0'],
    ['0m'],
    ['0.5'],
    ['0.4b'],
    ['NaN'],
    ['Infinity'],
    ['99999999t'],
    ['9'.repeat(400)],
    ['512m; rm'],
    ['512m\0'],
    [null],
    [undefined],
    [true],
    [{}],
  ])('%j is refused', async (value) => {
    const { details, message } = await expectCode(() => parseBytes(value as number, 'limits.memory'), 'INVALID_ARGUMENT', String(value))
    expect(details).toEqual({ argument: 'limits.memory', value })
    expect(message).toContain('limits.memory')
  })

  test.each<[unknown]>([[['512m']], [5n], ['5ib'], ['5bb']])(
    '%o, which only looks like a size after conversion, is refused',
    async (value) => {
      await expectCode(() => parseBytes(value as string, 'limits.disk'), 'INVALID_ARGUMENT', String(value))
    },
  )
})

describe('parseTimeout', () => {
  test.each([[1], [0.5], [60_000], [2_147_483_647]])('%d ms is taken', (value) => {
    expect(parseTimeout(value)).toBe(value)
  })

  test.each<[unknown]>([
    [0],
    [-0],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [2_147_483_648],
    [Number.MAX_SAFE_INTEGER],
    ['1000'],
    [''],
    [null],
    [undefined],
    [[1000]],
    [1000n],
    [new Date(1000)],
  ])('%o is refused', async (value) => {
    const { details } = await expectCode(() => parseTimeout(value as number, 'options.timeoutMs'), 'INVALID_ARGUMENT', String(value))
    expect(details.argument).toBe('options.timeoutMs')
    expect(details.value).toBe(value)
  })
})

describe('resolveLimits', () => {
  const nothing = { memory: undefined, memorySwap: undefined, cpus: undefined, pids: undefined, disk: undefined, openFiles: undefined }

  test('limits output alone when nothing is said', () => {
    expect(resolveLimits()).toEqual({ ...nothing, outputBytes: 1_048_576 })
    expect(resolveLimits({})).toEqual({ ...nothing, outputBytes: 1_048_576 })
  })

  test('turns sizes into bytes and keeps counts', () => {
    const limits = { memory: '64m', memorySwap: '1g', cpus: 0.5, pids: 32, disk: '8m', outputBytes: 10, openFiles: 64 }
    expect(resolveLimits(limits)).toEqual({ ...limits, memory: 64 * 1024 ** 2, memorySwap: 1024 ** 3, disk: 8 * 1024 ** 2 })
  })

  test('memory and swap may be equal, which is no swap', () => {
    expect(resolveLimits({ memory: '64m', memorySwap: 64 * 1024 ** 2 })).toMatchObject({ memory: 67_108_864, memorySwap: 67_108_864 })
  })

  test.each<[keyof ResourceLimits, readonly unknown[]]>([
    ['memory', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', 'much', 2 ** 60, null]],
    ['disk', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', '1x', 2 ** 60, null]],
    ['cpus', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1_048_577, '1', null]],
    ['pids', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 4_194_305, '10', null]],
    ['openFiles', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_048_577, '10', null]],
    ['outputBytes', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1024 ** 3 + 1, '1m', null]],
  ])('%s: what is no limit is refused by name', async (name, values) => {
    for (const value of values) {
      const { details } = await expectCode(() => resolveLimits({ [name]: value }), 'INVALID_ARGUMENT', `${name} ${String(value)}`)
      expect(details).toEqual({ argument: `limits.${name}`, value })
    }
  })

  test.each<[ResourceLimits]>([[{ memorySwap: '1g' }], [{ memory: '1g', memorySwap: '512m' }]])(
    '%j is refused: it names memory and swap together',
    async (limits) => {
      const { details } = await expectCode(() => resolveLimits(limits), 'INVALID_ARGUMENT')
      expect(details.argument).toBe('limits.memorySwap')
    },
  )

  test('a misspelt limit is refused, since it would protect nothing', async () => {
    const { details, message } = await expectCode(() => resolveLimits({ memroy: '1g' } as ResourceLimits), 'INVALID_ARGUMENT')
    expect(details).toEqual({ argument: 'limits.memroy', value: '1g' })
    expect(message).toContain('memorySwap')
  })

  test.each<[unknown]>([[null], ['512m'], [512]])('%o instead of an object is refused', async (limits) => {
    await expectCode(() => resolveLimits(limits as ResourceLimits), 'INVALID_ARGUMENT', String(limits))
  })
})

test('assertKnownKeys takes known keys, none at all, and names an unknown one', async () => {
  assertKnownKeys({ a: 1, b: undefined }, ['a', 'b', 'c'], 'options')
  assertKnownKeys({}, [], 'options')
  const { details, message } = await expectCode(() => assertKnownKeys({ d: 1 }, ['a', 'b'], 'options'), 'INVALID_ARGUMENT')
  expect(details).toEqual({ argument: 'options.d', value: 1 })
  expect(message).toContain('a, b')
})
