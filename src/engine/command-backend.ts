import type { Phase, Termination } from '../core/index.ts'
import type { FileStore } from '../files/index.ts'
import type { CommandLine } from '../languages/index.ts'
import type { SameNames } from '../workspace/index.ts'
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
  /**
   * Writes files, runs a command, and removes what was there for it alone, as one thing. Nothing else that runs in the
   * place sees what is to be removed. @defaultValue `writeFiles`, `runCommand` and `remove`, one after the other
   */
  runProgram?(program: ProgramRun, io: CommandIo): Promise<CommandExit>
  /**
   * Runs a program with all that belongs to it in one go: looks which way of running it the place has, writes files, compiles,
   * runs, removes. For places where each visit is dear. When it is there, the engine asks for nothing else to run a program.
   * @defaultValue the members above, one after the other
   */
  runWhole?(program: WholeProgram, io: WholeProgramIo): Promise<WholeProgramExit>
  /** Throws a coded error for a whole program that the place will never take, before it is opened. @defaultValue takes all */
  assertTakes?(program: WholeProgram): void
  /** Writes many files at once. @defaultValue `writeFile`, one after the other */
  writeFiles?(files: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** Removes files and directories with all they hold; what is not there is fine. @defaultValue the command `rm -rf` */
  remove?(paths: readonly string[]): Promise<void>
  /** Makes a directory and its parents. @defaultValue the command `mkdir -p` */
  makeDirectory?(path: string): Promise<void>
  /** The files of its working directory, for `executor.files`. Used while it is open. @defaultValue its `/bin/sh` with POSIX tools */
  readonly fileStore?: FileStore
  /** How programs at once get along that bring a file of the same name. @defaultValue `turns` */
  readonly sameNames?: SameNames
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
  /**
   * Whether it is `/bin/sh -c` with a script of the engine's own, its name and its arguments. A place where such a shell
   * waits already may have that one run it. @defaultValue false
   */
  readonly isOwnScript?: boolean
}

/** A command with the files around it. */
export interface ProgramRun {
  /** What is written first: path to content. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly command: Command
  /** Paths that are removed afterwards, however it ended. */
  readonly temporary: readonly string[]
}

/** Where a command's output goes, and what ends it. */
export interface CommandIo {
  /** Takes bytes of standard output as they come. The memory may be used again after the call. */
  onOutput(chunk: Uint8Array): void
  /** Takes bytes of standard error as they come. The memory may be used again after the call. */
  onError(chunk: Uint8Array): void
  /** Ends the command and everything it started. */
  readonly signal: AbortSignal
  /** Hears that the place had to be replaced, and that what earlier commands left in it is gone. */
  onStateLost?(): void
  /** Hears of bytes of a stream, at this point of it, that never arrive. */
  onOmitted?(stream: 'output' | 'error', bytes: number): void
  /**
   * Whether all of standard output is wanted, however much it is, since it is a file and not a report: whoever listens ends
   * the command when it is enough. @defaultValue false: a place may omit what is more than the limit of output
   */
  readonly isOutputWhole?: boolean
}

/** How a command ended. Time limits and exceptions are the engine's to tell. */
export type CommandExit = Exclude<Termination, { kind: 'timed-out' | 'raised' }>

/** A program with everything that belongs to it, and the ways to run it. */
export interface WholeProgram {
  /** The canonical name of its language. */
  readonly language: string
  /** What is written first: path to content. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The ways to run it, best first: the first one whose programs the place has is taken. */
  readonly ways: readonly ProgramWay[]
  /** Paths that are removed afterwards, however it ended. */
  readonly temporary: readonly string[]
  /** The time limit of compiling and running together, in milliseconds. */
  readonly timeoutMs: number
}

/** One way to run a program. */
export interface ProgramWay {
  /** Names or absolute paths of programs that the place must have. */
  readonly programs: readonly string[]
  /** Files that only this way needs. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** A directory that must be there before anything is compiled. */
  readonly directory: string | undefined
  /** What compiles it, in this order until one fails. */
  readonly compile: readonly Command[]
  readonly run: Command
}

/** {@link CommandIo} for a whole program. */
export interface WholeProgramIo extends CommandIo {
  /** Hears that a phase begins. */
  onPhase(phase: Phase): void
  /** From now on the place holds the time limit itself, and says `timed-out`: for places that take long to be there. */
  holdDeadline(): void
}

/** How a whole program ended; `no-way` when the place has the programs of none of its ways. */
export type WholeProgramExit = Exclude<Termination, { kind: 'raised' }> | { readonly kind: 'no-way' }
