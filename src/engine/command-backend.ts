import type { Termination } from '../core/index.ts'
import type { CommandLine } from '../languages/index.ts'
import type { ExecutorBackend } from './managed-executor.ts'

/**
 * A place that runs commands: the extension point for a sandbox of your own. The five required members are enough;
 * the engine does everything else - languages, files, phases, deadlines, output - on top of them. All paths are relative
 * to the place's working directory, with `/` between parts.
 */
export interface CommandBackend extends ExecutorBackend {
  /**
   * Runs one command to its end. When `io.signal` fires, **the command's whole process tree is dead when the promise
   * settles**, whatever it settles with. Rejects only when the place failed, never because the command did.
   */
  runCommand(command: Command, io: CommandIo): Promise<CommandExit>
  /** The content of a file. Rejects when there is none. */
  readFile(path: string): Promise<Uint8Array>
  /** Writes a file, with its parent directories, without following links that programs may have left there. */
  writeFile(path: string, content: Uint8Array): Promise<void>

  /** Variables that the place gives every command. What a language sets for itself does not override them. @defaultValue none are known */
  readonly environment?: Readonly<Record<string, string>>
  /** Writes many files at once. @defaultValue `writeFile`, one after the other */
  writeFiles?(files: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** Removes files and directories with all they hold; what is not there is fine. @defaultValue the command `rm -rf` */
  remove?(paths: readonly string[]): Promise<void>
  /** Makes a directory and its parents. @defaultValue the command `mkdir -p` */
  makeDirectory?(path: string): Promise<void>
  /** Where a program is, or `undefined` when the place has none of that name. @defaultValue asks the place's shell */
  findProgram?(name: string): Promise<string | undefined>
}

/** A command to run in the working directory. */
export interface Command {
  /** The program and its arguments; no shell reads them. */
  readonly argv: CommandLine
  /** Variables on top of the place's environment. */
  readonly env: Readonly<Record<string, string>>
  /** What it reads on standard input; end of file at once when absent. */
  readonly stdin?: Uint8Array
}

/** Where a command's output goes, and what ends it. */
export interface CommandIo {
  /** Takes bytes of standard output as they come. The memory may be used again after the call. */
  onOutput(chunk: Uint8Array): void
  /** Takes bytes of standard error as they come. The memory may be used again after the call. */
  onError(chunk: Uint8Array): void
  /** Ends the command and everything it started. */
  readonly signal: AbortSignal
}

/** How a command ended. Time limits and exceptions are the engine's to tell. */
export type CommandExit = Exclude<Termination, { kind: 'timed-out' | 'raised' }>
