import { ERROR_CODES, type ErrorCode, type ErrorDetails } from './error-codes.ts'
import { describeTermination, type CodeResult } from './code-result.ts'

const BRAND = Symbol.for('polyrun.CodeExecutorError')

/**
 * What an executor throws when it, not the program, failed. `code` is stable and decides; the message is for people and
 * says what to do next.
 */
export class CodeExecutorError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Which row of the error table this is. */
  readonly code: Code
  /** The facts behind the message, typed by the code. */
  readonly details: ErrorDetails[Code]
  /** Whether the same call may go through later without any change. */
  readonly retryable: boolean
  readonly [BRAND] = true

  constructor(code: Code, message: string, details: ErrorDetails[Code], options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.details = details
    this.retryable = ERROR_CODES[code].retryable
  }

  /**
   * Whether `error` is one of ours, and of that code when one is given. Also true for an error of another copy of this
   * package, where `instanceof` is not.
   */
  static is<Code extends ErrorCode = ErrorCode>(error: unknown, code?: Code): error is CodeExecutorError<Code> {
    return (
      typeof error === 'object' && error !== null && BRAND in error && (code === undefined || (error as CodeExecutorError).code === code)
    )
  }
}

/** The time limit ended the program. `result` holds everything printed until then. */
export class TimeoutError extends CodeExecutorError<'TIMEOUT'> {
  readonly result: CodeResult

  constructor(result: CodeResult, limitMs: number) {
    super('TIMEOUT', `The program ran longer than ${limitMs} ms and was ended. Raise timeoutMs, or let it do less.`, { limitMs })
    this.result = result
  }
}

/** A limit on memory, processes or disk ended the program. `result` holds everything printed until then. */
export class ResourceExhaustedError extends CodeExecutorError<'RESOURCE_EXHAUSTED'> {
  readonly result: CodeResult

  constructor(result: CodeResult, limit: 'memory' | 'pids' | 'disk', value: number) {
    super(
      'RESOURCE_EXHAUSTED',
      `The program was ended: ${describeTermination(result.termination)}. Raise limits.${limit}, or let it use less.`,
      { limit, value },
    )
    this.result = result
  }
}

/** No language of that name is known. `details` has the known names and the nearest one. */
export class LanguageNotSupportedError extends CodeExecutorError<'LANGUAGE_UNKNOWN'> {
  constructor(language: string, known: readonly string[], nearest: string | undefined) {
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`
    super('LANGUAGE_UNKNOWN', `No language is called ${JSON.stringify(language)}.${hint} Known: ${known.join(', ')}.`, {
      language,
      known,
      nearest,
    })
  }
}
