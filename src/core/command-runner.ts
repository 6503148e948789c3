import type { CommandEvent, CommandResult } from './command-result.ts'

/** A text goes through a shell of the place; a list of a program and its arguments goes through none. */
export type CommandSource = string | readonly string[]

/** Options of a command in the background. */
export interface BackgroundOptions {
  /** Where it runs: the working directory or one below it, by a relative or an absolute path without links. @defaultValue the working directory */
  readonly cwd?: string
  /** Variables on top of the executor's. */
  readonly env?: Readonly<Record<string, string>>
  /** What it reads on standard input. @defaultValue closed: it reads end of file at once */
  readonly stdin?: string | Uint8Array
  /** Time limit in milliseconds. @defaultValue the executor's, and none in the background */
  readonly timeoutMs?: number
}

/** Options of a command. */
export interface CommandOptions extends BackgroundOptions {
  /** Ends it: every process of it is gone when the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal
}

/**
 * A place that runs commands, each in a fresh shell and to its end. What is wrong with a command is a {@link CommandResult}
 * with an `errorKind` and advice: a limit, a program that is not there, a text that no process can be given. What is wrong
 * with the place, or with the calling code, rejects with a `CodeExecutorError`.
 */
export interface CommandRunner {
  /**
   * Runs a command to its end.
   * @throws `signal.reason`, `INVALID_ARGUMENT` for an option of the wrong type, `EXECUTOR_STOPPED`, `BACKEND_LOST` and the like
   */
  runCommand(command: CommandSource, options?: CommandOptions): Promise<CommandResult>
  /** Runs a command and tells what it prints. Leaving the loop early ends it and waits until it is gone. */
  streamCommand(command: CommandSource, options?: CommandOptions): AsyncIterable<CommandEvent>
  /**
   * Starts a command and lets it run beside others until it ends, is killed, or the executor is stopped or restarted. One
   * that cannot be started has ended already. Resolves when the place is ready.
   */
  startCommand(command: CommandSource, options?: BackgroundOptions): Promise<BackgroundCommand>
  /** A command that was started in the background; `undefined` for an id that is not known, or forgotten since it ended. */
  findCommand(id: string): BackgroundCommand | undefined
  /** The commands in the background, oldest first; of those that ended, the latest ones. */
  listCommands(): readonly BackgroundCommand[]
}

/** A command in the background. */
export interface BackgroundCommand {
  /** By which `findCommand` finds it. */
  readonly id: string
  /** The command as one line, for people. */
  readonly command: string
  /** Whether it still runs. `failed`: the place was lost or stopped with it, and `wait` rejects. */
  readonly status: 'running' | 'ended' | 'failed'
  /** What came of it; `undefined` while it runs, and when it failed. */
  readonly result: CommandResult | undefined
  /**
   * What it printed since a position, as far as it is still there: only the end of a long output is kept, `outputBytes` of
   * each stream. Also after it ended. Each reader keeps its own position.
   * @param since - `next` of the read before. @defaultValue the beginning
   */
  read(since?: CommandPosition): CommandOutput
  /** What comes of it. @throws what the place failed with, `EXECUTOR_STOPPED`, or `signal.reason`: then it runs on */
  wait(options?: { readonly signal?: AbortSignal }): Promise<CommandResult>
  /** Ends it with everything that it started; of one that has ended, what came of it. @throws like `wait` */
  kill(): Promise<CommandResult>
}

/** How much of each stream was read, in bytes; plain data. */
export interface CommandPosition {
  readonly output: number
  readonly error: number
}

/** A piece of what a background command printed. */
export interface CommandOutput {
  readonly output: string
  readonly error: string
  /** Bytes between the position and this piece that are no longer there. */
  readonly lostBytes: { readonly output: number; readonly error: number }
  /** Where the next read goes on. */
  readonly next: CommandPosition
  /** Whether more may come. */
  readonly status: BackgroundCommand['status']
}

/** Whether an executor runs commands, as those over a command backend do; wrappers and kernels do not. */
export function isCommandRunner<T extends object>(executor: T): executor is T & CommandRunner {
  const members = ['runCommand', 'streamCommand', 'startCommand', 'findCommand', 'listCommands'] satisfies (keyof CommandRunner)[]
  return members.every((member) => typeof (executor as Partial<CommandRunner>)[member] === 'function')
}
