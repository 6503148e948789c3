import { expect, test } from 'vitest'
import { CodeExecutorError, LanguageNotSupportedError, type CodeResult, type Termination } from '../../../src/core/index.ts'
import { describeEnd, describeOmission } from '../../../src/cli/describe-end.ts'
import { exitCodeOf, exitCodeOfError } from '../../../src/cli/exit-codes.ts'
import { Interrupted } from '../../../src/cli/io.ts'

const ENDINGS: readonly (readonly [Termination, number, string])[] = [
  [{ kind: 'exited', exitCode: 0 }, 0, 'exit 0'],
  [{ kind: 'exited', exitCode: 124 }, 124, 'exit 124'],
  [{ kind: 'raised', name: 'ValueError', message: '', traceback: '' }, 1, 'ValueError'],
  [{ kind: 'signaled', signal: 'SIGKILL' }, 137, 'SIGKILL'],
  [{ kind: 'signaled', signal: 'SIGSEGV' }, 139, 'SIGSEGV'],
  [{ kind: 'timed-out', limitMs: 2000 }, 124, 'longer than 2000 ms (--timeout)'],
  [{ kind: 'out-of-memory', limitBytes: 1024 }, 137, 'more than 1024 bytes of memory (--memory)'],
  [{ kind: 'too-many-processes', limit: 8 }, 137, 'more than 8 processes (--pids)'],
  [{ kind: 'out-of-disk', limitBytes: 1024 }, 153, 'more than 1024 bytes on disk (--disk)'],
]

test.each(ENDINGS)('%j exits with %d and is told as %j', (termination, exitCode, words) => {
  expect(exitCodeOf(termination)).toBe(exitCode)
  expect(describeEnd(makeResult({ termination }))).toBe(`ended after 2.0 s: ${words}`)
})

test('a compiler that failed is told as such', () => {
  expect(describeEnd(makeResult({ phase: 'compile' }))).toBe('ended after 2.0 s while compiling: exit 1')
})

test('what was left out is told per stream', () => {
  expect(describeOmission(makeResult({}))).toBeUndefined()
  expect(describeOmission(makeResult({ omittedBytes: { output: 5, error: 0 } }))).toMatch(/^5 bytes of standard output were left out/)
  expect(describeOmission(makeResult({ omittedBytes: { output: 5, error: 7 } }))).toMatch(
    /^5 bytes of standard output and 7 bytes of standard error/,
  )
})

test('misuse exits with 2, an interruption like the shell, anything else with 1', () => {
  expect(exitCodeOfError(new CodeExecutorError('INVALID_ARGUMENT', '', { argument: '', value: 0 }))).toBe(2)
  expect(exitCodeOfError(new CodeExecutorError('INVALID_PATH', '', { path: '', reason: '' }))).toBe(2)
  expect(exitCodeOfError(new CodeExecutorError('FILE_NOT_FOUND', '', { path: '' }))).toBe(2)
  expect(exitCodeOfError(new LanguageNotSupportedError('x', [], undefined))).toBe(2)
  expect(exitCodeOfError(new CodeExecutorError('BACKEND_LOST', '', { executor: '' }))).toBe(1)
  expect(exitCodeOfError(new Error('a bug'))).toBe(1)
  expect(exitCodeOfError(new Interrupted('SIGTERM'))).toBe(143)
})

function makeResult(part: Partial<CodeResult>): CodeResult {
  return {
    output: '',
    error: '',
    exitCode: 1,
    success: false,
    termination: { kind: 'exited', exitCode: 1 },
    phase: 'run',
    display: [],
    omittedBytes: { output: 0, error: 0 },
    durationMs: 2000,
    ...part,
  }
}
