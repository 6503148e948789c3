import { describe, expect, test } from 'vitest'
import {
  CodeExecutorError,
  describeTermination,
  ERROR_CODES,
  LanguageNotSupportedError,
  ResourceExhaustedError,
  TimeoutError,
  type ErrorDescription,
  type Termination,
} from '../../../src/core/index.ts'
import type * as errorsModule from '../../../src/core/errors.ts'
import { resultWith } from '../../support/fake-executor.ts'

const codes = Object.entries<ErrorDescription>(ERROR_CODES)

describe('the error table', () => {
  test('has the codes of the design, and nothing else', () => {
    expect(Object.keys(ERROR_CODES)).toEqual(
      (
        'INVALID_ARGUMENT INVALID_PATH LANGUAGE_UNKNOWN LANGUAGE_UNAVAILABLE CAPABILITY_UNSUPPORTED PEER_MISSING EXECUTOR_STOPPED ' +
        'CODE_REJECTED TIMEOUT RESOURCE_EXHAUSTED IMAGE_UNAVAILABLE BACKEND_UNREACHABLE BACKEND_REJECTED BACKEND_LOST START_TIMEOUT ' +
        'FILE_NOT_FOUND FILE_TOO_LARGE PROTOCOL_VIOLATION MODEL_FAILED CLEANUP_FAILED'
      ).split(' '),
    )
  })

  test.each(codes)('%s says in whole sentences what it means and what to do next', (_, { meaning, nextStep, retryable }) => {
    expect(meaning).toMatch(/^[A-Z`].{20,}\.$/)
    expect(nextStep).toMatch(/^[A-Z`].{10,}\.$/)
    expect(typeof retryable).toBe('boolean')
  })

  test('only what a later attempt may cure is retryable', () => {
    const retryable = codes.filter(([, row]) => row.retryable).map(([code]) => code)
    expect(retryable).toEqual(['BACKEND_UNREACHABLE', 'BACKEND_LOST', 'START_TIMEOUT', 'MODEL_FAILED'])
  })
})

describe('CodeExecutorError', () => {
  test('carries code, message, details, cause and whether to try again', () => {
    const cause = new Error('socket closed')
    const error = new CodeExecutorError('BACKEND_LOST', 'It went away.', { executor: 'local' }, { cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'CodeExecutorError', code: 'BACKEND_LOST', message: 'It went away.', retryable: true })
    expect(error.details).toEqual({ executor: 'local' })
    expect(error.cause).toBe(cause)
  })

  test('without a cause there is no cause member', () => {
    expect(new CodeExecutorError('FILE_NOT_FOUND', 'gone', { path: 'a' })).not.toHaveProperty('cause')
  })

  test('is() tells errors of ours by code', () => {
    const error = new CodeExecutorError('FILE_NOT_FOUND', 'gone', { path: 'a' })
    expect(CodeExecutorError.is(error)).toBe(true)
    expect(CodeExecutorError.is(error, 'FILE_NOT_FOUND')).toBe(true)
    expect(CodeExecutorError.is(error, 'TIMEOUT')).toBe(false)
    const strangers = [
      undefined,
      null,
      'FILE_NOT_FOUND',
      7,
      new Error('x'),
      { code: 'FILE_NOT_FOUND' },
      Object.assign(new Error('x'), { code: 'TIMEOUT' }),
    ]
    for (const stranger of strangers) expect(CodeExecutorError.is(stranger)).toBe(false)
  })

  test('is() knows an error of another copy of the package, where instanceof does not', async () => {
    const another = '../../../src/core/errors.ts?another-copy'
    const copy = (await import(/* @vite-ignore */ another)) as typeof errorsModule
    expect(copy.CodeExecutorError).not.toBe(CodeExecutorError)
    const error = new copy.TimeoutError(resultWith(), 5)
    expect(error).not.toBeInstanceOf(CodeExecutorError)
    expect(CodeExecutorError.is(error)).toBe(true)
    expect(CodeExecutorError.is(error, 'TIMEOUT')).toBe(true)
    expect(CodeExecutorError.is(error, 'BACKEND_LOST')).toBe(false)
  })
})

describe('the named subclasses', () => {
  const result = resultWith({ output: 'so far', exitCode: null, success: false })

  test('TimeoutError keeps the result and the limit', () => {
    const error = new TimeoutError(result, 250)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT', details: { limitMs: 250 }, retryable: false })
    expect(error.result).toBe(result)
    expect(error.message).toContain('250 ms')
    expect(error.message).toContain('timeoutMs')
  })

  test.each([
    ['memory', { kind: 'out-of-memory', limitBytes: 99 }, '99 bytes'],
    ['pids', { kind: 'too-many-processes', limit: 99 }, '99 processes'],
    ['disk', { kind: 'out-of-disk', limitBytes: 99 }, '99 bytes on disk'],
  ] as const)('ResourceExhaustedError for %s names the limit and its value', (limit, termination, words) => {
    const error = new ResourceExhaustedError({ ...result, termination }, limit, 99)
    expect(error).toMatchObject({ name: 'ResourceExhaustedError', code: 'RESOURCE_EXHAUSTED', details: { limit, value: 99 } })
    expect(error.result.output).toBe('so far')
    expect(error.message).toContain(words)
    expect(error.message).toContain(`limits.${limit}`)
  })

  test('LanguageNotSupportedError has the known names and the nearest one', () => {
    const error = new LanguageNotSupportedError('pyhton', ['python', 'ruby'], 'python')
    expect(error).toMatchObject({ name: 'LanguageNotSupportedError', code: 'LANGUAGE_UNKNOWN' })
    expect(error.details).toEqual({ language: 'pyhton', known: ['python', 'ruby'], nearest: 'python' })
    expect(error.message).toContain('Did you mean python?')
    expect(new LanguageNotSupportedError('x', ['python'], undefined).message).not.toContain('Did you mean')
  })
})

test.each<[Termination, string]>([
  [{ kind: 'exited', exitCode: 3 }, 'exit 3'],
  [{ kind: 'raised', name: 'ValueError', message: 'm', traceback: 't' }, 'ValueError'],
  [{ kind: 'signaled', signal: 'SIGSEGV' }, 'SIGSEGV'],
  [{ kind: 'timed-out', limitMs: 2000 }, 'longer than 2000 ms'],
  [{ kind: 'out-of-memory', limitBytes: 1024 }, 'more than 1024 bytes of memory'],
  [{ kind: 'too-many-processes', limit: 8 }, 'more than 8 processes'],
  [{ kind: 'out-of-disk', limitBytes: 1024 }, 'more than 1024 bytes on disk'],
])('describeTermination: %o is %j', (termination, words) => {
  expect(describeTermination(termination)).toBe(words)
})
