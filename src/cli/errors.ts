import { CodeExecutorError } from '../core/index.ts'
import { Interrupted } from './io.ts'

/** An error about a flag or a file of the command line. */
export function invalid(argument: string, value: unknown, message: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', message, { argument, value })
}

/** An error as one line for people; everything there is about it when `verbose`. */
export function describeError(error: unknown, verbose: boolean): string {
  if (verbose) return error instanceof Error ? withCauses(error) : String(error)
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
  // What has no code was not foreseen, so its message may say little.
  return CodeExecutorError.is(error) || error instanceof Interrupted ? message : `${message} (--verbose shows where this came from)`
}

/** An error as data: what `--json` prints in place of a result. */
export function errorAsData(error: unknown): object {
  if (CodeExecutorError.is(error)) return { error: { code: error.code, message: error.message, details: error.details } }
  if (error instanceof Interrupted) return { error: { code: 'INTERRUPTED', message: error.message, details: { signal: error.signalName } } }
  return { error: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} } }
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by: ${withCauses(error.cause)}` : own
}
