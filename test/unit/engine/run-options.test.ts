import { describe, expect, test } from 'vitest'
import type { ExecuteOptions } from '../../../src/core/index.ts'
import { readEnvironment, readRunOptions } from '../../../src/engine/run-options.ts'
import { expectCode } from '../../support/expect-code.ts'

const LONE = '\uD83D'
const read = (options: unknown): unknown => readRunOptions(options as ExecuteOptions, 1234)

describe('readRunOptions', () => {
  test('applies the defaults', () => {
    expect(read({})).toEqual({ entryPoint: undefined, args: [], stdin: undefined, env: {}, timeoutMs: 1234 })
    expect(read({ timeoutMs: undefined, args: undefined, env: undefined, stdin: undefined, signal: undefined })).toMatchObject({
      timeoutMs: 1234,
    })
  })

  test('keeps what is given exactly', () => {
    const args = ['', ' ', "it's", '"', '$HOME', 'a\nb', '漢😀', '--', '-n']
    const env = { A: '', 'A.B': '1', 'A-B': '2', 'with space': 'x', ünï: '漢', quotes: `'"\``, lines: 'a\nb\r\n' }
    const stdin = Uint8Array.of(0, 255, 10)
    expect(read({ args, env, stdin, timeoutMs: 5, entryPoint: 'a.py' })).toEqual({ args, env, stdin, timeoutMs: 5, entryPoint: 'a.py' })
  })

  test('text on standard input becomes UTF-8, empty text too', () => {
    expect(read({ stdin: 'é\0' })).toMatchObject({ stdin: Buffer.from('é\0') })
    expect(read({ stdin: '' })).toMatchObject({ stdin: Buffer.alloc(0) })
  })

  test.each<[string, unknown]>([
    ['options.timeoutMS', { timeoutMS: 5 }],
    ['options.timeout', { timeout: 5 }],
    ['options.signal', { signal: {} }],
    ['options.signal', { signal: null }],
    ['options.signal', { signal: new AbortController() }],
    ['options.args', { args: 'a b' }],
    ['options.args', { args: { 0: 'a', length: 1 } }],
    ['options.args[1]', { args: ['a', 1] }],
    ['options.args[0]', { args: [undefined] }],
    ['options.args[0]', { args: ['a\0b'] }],
    ['options.args[2]', { args: ['a', 'b', LONE] }],
    ['options.stdin', { stdin: 7 }],
    ['options.stdin', { stdin: null }],
    ['options.stdin', { stdin: [1, 2] }],
    ['options.stdin', { stdin: new ArrayBuffer(2) }],
    ['options.stdin', { stdin: LONE }],
    ['options.env', { env: 'A=B' }],
    ['options.env', { env: { '': 'x' } }],
    ['options.env', { env: { 'A=B': 'x' } }],
    ['options.env', { env: { 'A\0': 'x' } }],
    ['options.env.A', { env: { A: 'x\0y' } }],
    ['options.env.A', { env: { A: 1 } }],
    ['options.env.A', { env: { A: undefined } }],
    ['options.env.A', { env: { A: null } }],
    ['options.env.A', { env: { A: LONE } }],
    ['options.timeoutMs', { timeoutMs: 0 }],
    ['options.timeoutMs', { timeoutMs: Number.NaN }],
    ['options.timeoutMs', { timeoutMs: null }],
    ['options', null],
    ['options', 'fast'],
  ])('%s is refused by name: %o', async (argument, options) => {
    const { details, message } = await expectCode(() => read(options), 'INVALID_ARGUMENT', argument)
    expect(details.argument).toBe(argument)
    expect(message.startsWith(argument)).toBe(true)
  })

  test('a list of arguments with a hole is refused', async () => {
    // oxlint-disable-next-line no-sparse-arrays -- the hole is what is tried
    await expectCode(() => read({ args: [, 'a'] }), 'INVALID_ARGUMENT')
  })

  test('a variable name with a lone surrogate is refused: the system could not hold it', async () => {
    await expectCode(() => readEnvironment({ [LONE]: 'x' }, 'env'), 'INVALID_ARGUMENT')
  })

  test.each<[string, unknown]>([
    ['a list', ['A=B']],
    ['a Map', new Map([['A', 'B']])],
  ])('variables as %s are refused: nobody would read them', async (_, env) => {
    await expectCode(() => readEnvironment(env as Record<string, string>, 'env'), 'INVALID_ARGUMENT')
  })
})
