import { constants } from 'node:os'
import { CodeExecutorError, type ErrorCode, type Termination } from '../core/index.ts'
import { Interrupted } from './io.ts'

/** Misuse: the same call fails again until the caller changes it. */
const MISUSE = 2
const MISUSE_CODES: readonly ErrorCode[] = ['INVALID_ARGUMENT', 'INVALID_PATH', 'LANGUAGE_UNKNOWN', 'FILE_NOT_FOUND']

/** The table of `polyrun run --help`. */
export const EXIT_CODE_HELP = `Exit codes:
  the program's own, or 128 + n when signal n ended it (139 for SIGSEGV)
  124  longer than --timeout            137  more than --memory or --pids
  153  more than --disk                 141  nobody reads the output any more
  130, 143, 129  ended by SIGINT (Ctrl-C), SIGTERM, SIGHUP
  2    a wrong flag, file or language   1    another failure of polyrun itself
  A program may exit with these numbers by itself; --json tells them apart.`

/** The exit code that says how a program ended, in the way of shells. */
export function exitCodeOf(termination: Termination): number {
  switch (termination.kind) {
    case 'exited':
      return termination.exitCode
    case 'raised':
      return 1
    case 'signaled':
      return signalExitCode(termination.signal)
    case 'timed-out':
      return 124 // as timeout(1) does
    case 'out-of-memory':
    case 'too-many-processes':
      return signalExitCode('SIGKILL')
    case 'out-of-disk':
      return signalExitCode('SIGXFSZ') // the signal for a file that outgrew its limit
  }
}

/** The exit code for what was thrown. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof Interrupted) return signalExitCode(error.signalName)
  return CodeExecutorError.is(error) && MISUSE_CODES.includes(error.code) ? MISUSE : 1
}

/** 128 plus the number of the signal. */
export function signalExitCode(name: string): number {
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[name] ?? 0)
}
