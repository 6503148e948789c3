import { CodeExecutorError, type CodeExecutor } from '../core/index.ts'

/** The error for an argument that is not what it may be; `reason` is the end of the sentence. */
export function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}

const METHODS = ['start', 'executeCode', 'streamCode', 'restart', 'stop'] as const satisfies readonly (keyof CodeExecutor)[]

/** @throws `INVALID_ARGUMENT` for what is no executor, such as a promise of one */
export function assertExecutor(value: unknown, argument: string): asserts value is CodeExecutor {
  const missing = METHODS.filter((method) => typeof (value as Partial<CodeExecutor> | null | undefined)?.[method] !== 'function')
  if (missing.length > 0) throw invalid(argument, value, `is no executor: it has no ${missing.join(', ')}`)
}

/** Text with something in it. @throws `INVALID_ARGUMENT` */
export function readName(value: unknown, argument: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw invalid(argument, value, 'must be text with something in it')
}

/** @throws `INVALID_ARGUMENT` for what is neither a function nor left out */
export function assertOptionalFunction(value: unknown, argument: string): void {
  if (value !== undefined && typeof value !== 'function') throw invalid(argument, value, 'must be a function')
}

/** @throws `INVALID_ARGUMENT` for what is no signal; a misplaced value would otherwise never end anything */
export function assertSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('options.signal', signal, 'must be an AbortSignal')
}

/** A whole number of at least `least`. @throws `INVALID_ARGUMENT` */
export function readCount(value: number | undefined, argument: string, least: number, defaultValue: number): number {
  if (value === undefined) return defaultValue
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalid(argument, value, `must be a whole number of at least ${least}`)
}
