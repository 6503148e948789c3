import { COMMAND_ERROR_KINDS, COMMAND_REFUSALS, type CommandErrorKind, type CommandRefusal, type CommandResult } from '../../core/index.ts'

/** Thrown on the way to a command that is not going to run, for a reason that whoever wrote it can mend. It never leaves the engine. */
export class NotStarted extends Error {
  readonly errorKind: CommandErrorKind
  readonly refusal: CommandRefusal | undefined

  constructor(errorKind: CommandErrorKind, message: string, refusal?: CommandRefusal) {
    super(message)
    this.errorKind = errorKind
    this.refusal = refusal
  }

  /** What it has to say on standard error. */
  get text(): string {
    return `${this.message}\n`
  }

  /** The same as a result, after what a shell may have said about it. */
  toResult(said = '', durationMs = 0): CommandResult {
    const { errorKind, message, refusal } = this
    return {
      output: '',
      error: said + this.text,
      exitCode: null,
      success: false,
      termination: { kind: 'not-started', message, ...(refusal && { refusal }) },
      omittedBytes: { output: 0, error: 0 },
      durationMs,
      errorKind,
      advice: refusal ? COMMAND_REFUSALS[refusal].advice : COMMAND_ERROR_KINDS[errorKind].advice,
    }
  }
}
