import type { Command, CommandExit, CommandIo } from '../../engine/index.ts'

/** Runs commands in a working directory by the means of one kind of system. */
export interface CommandRunner {
  /** Makes ready; rejects with why it cannot. */
  start(): Promise<void>
  /** See `CommandBackend.runCommand`. */
  run(command: Command, io: CommandIo): Promise<CommandExit>
  /** Ends everything that still runs. */
  stop(): Promise<void>
  /** The same without waiting, for the moment this process itself ends. */
  stopSync(): void
}

/** Where a runner works, and with what. */
export interface RunnerPlace {
  readonly workDir: string
  readonly env: Readonly<Record<string, string>>
  /** A directory for what standard input is read from. */
  readonly stdinDir: string
}
