import { CodeExecutorError, type CodeExecutor } from '../core/index.ts'

/** The error for an argument that is not what it may be; `reason` is the end of the sentence. */
export function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}

/** The error for use after the end; `what` is the end of the sentence. */
export function stopped(executor: string, what: string): CodeExecutorError<'EXECUTOR_STOPPED'> {
  return new CodeExecutorError('EXECUTOR_STOPPED', `The ${executor} executor ${what}.`, { executor })
}

const METHODS = ['start', 'executeCode', 'streamCode', 'restart', 'stop'] as const satisfies readonly (keyof CodeExecutor)[]

/** @throws `INVALID_ARGUMENT` for what is no executor, such as a promise of one */
export function assertExecutor(value: unknown, argument: string): asserts value is CodeExecutor {
  const missing = METHODS.filter((method) => typeof (value as Partial<CodeExecutor> | null | undefined)?.[method] !== 'function')
  if (missing.length > 0) throw invalid(argument, value, `is no executor: it has no ${missing.join(', ')}`)
}

/** @throws `INVALID_ARGUMENT` for what is no function */
export function assertFunction(value: unknown, argument: string): void {
  if (typeof value !== 'function') throw invalid(argument, value, 'must be a function')
}

/** @throws `INVALID_ARGUMENT` for what is no signal; a misplaced value would otherwise never end anything */
export function assertSignal(signal: unknown, argument = 'options.signal'): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid(argument, signal, 'must be an AbortSignal')
}

/** A whole number of at least `least`, or the default if there is one. `Infinity` is accepted where it is the default. @throws `INVALID_ARGUMENT` */
export function readCount(value: number | undefined, argument: string, least: number, defaultValue?: number): number {
  if (value === undefined && defaultValue !== undefined) return defaultValue
  if (value !== undefined && ((Number.isSafeInteger(value) && value >= least) || (value === Infinity && defaultValue === Infinity)))
    return value
  throw invalid(argument, value, `must be a whole number of at least ${least}`)
}
