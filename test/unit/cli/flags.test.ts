import { expect, test } from 'vitest'
import { CodeExecutorError } from '../../../src/core/index.ts'
import { parseCount, parseDuration, parseNumber, parseSize, parseVariables, parseVolume } from '../../../src/cli/flags.ts'

test.each([
  ['30', 30_000],
  ['30s', 30_000],
  ['0.5', 500],
  ['500ms', 500],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  [' 3s ', 3000],
])('the time %j has %d ms', (text, expected) => {
  expect(parseDuration(text, '--timeout')).toBe(expected)
})

test.each(['', '0', '-1', '1d', '1 000', 's', 'NaN', 'Infinity', '1e3', '600h', '٣'])('the time %j is refused by its flag', (text) => {
  expectRefused(() => parseDuration(text, '--timeout'), '--timeout')
})

test('sizes and numbers', () => {
  expect(parseSize('1.5k', '--memory')).toBe(1536)
  expect(parseNumber('0.25', '--cpus')).toBe(0.25)
  expect(parseCount('12', '--pids')).toBe(12)
})

test.each(['', '0', '-1', 'x', 'NaN', 'Infinity'])('the number %j is refused', (text) => {
  expectRefused(() => parseNumber(text, '--cpus'), '--cpus')
  expectRefused(() => parseCount(text, '--pids'), '--pids')
  expectRefused(() => parseSize(text, '--memory'), '--memory')
})

test.each(['1.5', '1e2', '0x10'])('%j is no count', (text) => {
  expectRefused(() => parseCount(text, '--pids'), '--pids')
})

test('variables are set or passed through, and the later one wins', () => {
  expect(parseVariables(['A=1', 'B', 'A=2=2', 'C='], { B: 'own' })).toEqual({ A: '2=2', B: 'own', C: '' })
  for (const word of ['', '=x', 'NOT_THERE']) expectRefused(() => parseVariables([word], {}), '--env')
})

test.each([
  ['/a:/b', { source: '/a', target: '/b', mode: 'ro' }],
  ['/a b:/c:ro', { source: '/a b', target: '/c', mode: 'ro' }],
  ['/a:/b/c:rw', { source: '/a', target: '/b/c', mode: 'rw' }],
  ['C:\\data:/data:rw', { source: 'C:\\data', target: '/data', mode: 'rw' }],
])('the volume %j', (text, expected) => {
  expect(parseVolume(text)).toEqual(expected)
})

test.each(['', '/a', 'a:/b', './a:/b', '/a:b', '/a:/b:rx', '/a:/b:rw:ro', ':/b', '/a:'])('the volume %j is refused', (text) => {
  expectRefused(() => parseVolume(text), '--volume')
})

function expectRefused(call: () => unknown, flag: string): void {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  expect(CodeExecutorError.is(thrown, 'INVALID_ARGUMENT')).toBe(true)
  expect((thrown as Error).message).toContain(flag)
}
