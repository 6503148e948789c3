import {
  COMMAND_ERROR_KINDS,
  type CodeResult,
  type CommandErrorKind,
  type CommandResult,
  type CommandTermination,
} from '../../core/index.ts'

/** Which ends are errors. */
const ERROR_KINDS: Readonly<Partial<Record<CommandTermination['kind'], CommandErrorKind>>> = {
  'timed-out': 'timeout',
  killed: 'killed',
  'out-of-memory': 'out_of_memory',
  'too-many-processes': 'too_many_processes',
  'out-of-disk': 'out_of_disk',
}

/** What a run comes to as a command. */
export function toCommandResult(result: CodeResult, wasKilled = false): CommandResult {
  const { output, error, omittedBytes, durationMs, stateLost } = result
  const termination: CommandTermination = wasKilled ? { kind: 'killed' } : ownTermination(result.termination)
  const errorKind = ERROR_KINDS[termination.kind]
  const exitCode = termination.kind === 'exited' ? termination.exitCode : null
  return {
    output,
    error,
    exitCode,
    success: exitCode === 0,
    termination,
    omittedBytes,
    durationMs,
    ...(stateLost && { stateLost }),
    ...(errorKind && { errorKind, advice: COMMAND_ERROR_KINDS[errorKind].advice }),
  }
}

function ownTermination(termination: CodeResult['termination']): Exclude<CodeResult['termination'], { kind: 'raised' }> {
  if (termination.kind === 'raised') throw new Error('a command raises nothing')
  return termination
}
