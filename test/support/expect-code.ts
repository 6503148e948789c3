import { expect } from 'vitest'
import { CodeExecutorError, type ErrorCode } from '../../src/core/index.ts'
import { recordErrorCode } from './evidence.ts'

/**
 * Holds that a call is refused with an error of this code, tells the summary that it was thrown, and returns it. `about`
 * names the case where several are tried in one test.
 */
export async function expectCode<Code extends ErrorCode>(
  call: Promise<unknown> | (() => unknown),
  code: Code,
  about = 'the call',
): Promise<CodeExecutorError<Code>> {
  const error = await outcomeOf(call)
  if (error === undefined) expect.fail(`${about} must be refused with ${code}, but went through`)
  if (!CodeExecutorError.is(error, code)) expect.fail(`${about} must be refused with ${code}, but: ${describe(error)}`)
  recordErrorCode(code)
  return error
}

/** What a call throws or rejects with; `undefined` when it does neither. */
async function outcomeOf(call: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof call === 'function' ? call() : call)
    return undefined
  } catch (error) {
    return error ?? new Error('something empty was thrown')
  }
}

function describe(error: unknown): string {
  if (CodeExecutorError.is(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
