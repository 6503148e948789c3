import type { CommandErrorKind, CommandRefusal } from './command-error.ts'
import type { CodeResult, Termination } from './code-result.ts'

/** How a command ended, with the evidence. */
export type CommandTermination =
  | Exclude<Termination, { kind: 'raised' }>
  /** `kill` ended it. */
  | { readonly kind: 'killed' }
  /** Nothing ran. `message` is in `error` of the result as well. */
  | { readonly kind: 'not-started'; readonly message: string; readonly refusal?: CommandRefusal }

/** What came of a command. A limit is a value here, other than with `executeCode`: an agent has to read it and go on. */
export interface CommandResult extends Pick<
  CodeResult,
  'output' | 'error' | 'exitCode' | 'success' | 'omittedBytes' | 'durationMs' | 'stateLost'
> {
  /** How it ended. */
  readonly termination: CommandTermination
  /** Why it did not run to its own end; absent when it exited, with whatever code, or a signal of its own ended it. */
  readonly errorKind?: CommandErrorKind
  /** What to do about it: the words of the table, for a model to read. There when `errorKind` is. */
  readonly advice?: string
}

/** What `streamCommand` tells while a command runs. `end` is always the last one. */
export type CommandEvent =
  | { readonly type: 'output-delta'; readonly text: string }
  | { readonly type: 'error-delta'; readonly text: string }
  | { readonly type: 'end'; readonly result: CommandResult }
