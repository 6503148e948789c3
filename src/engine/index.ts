export type {
  Command,
  CommandBackend,
  CommandExit,
  CommandIo,
  ProgramRun,
  ProgramWay,
  WholeProgram,
  WholeProgramExit,
  WholeProgramIo,
} from './command-backend.ts'
export { COMMAND_OPTION_NAMES, CommandExecutor, type CommandExecutorOptions, type LanguageStatus } from './command-executor.ts'
export { DEFAULT_BACKGROUND_COMMANDS } from './commands/command-settings.ts'
export type { CellOutput, CellRecord } from './cell-record.ts'
export type { Cell, CellDisplay, CellEnd, CellIo, KernelBackend } from './kernel-backend.ts'
export { KernelExecutor, type KernelExecutorOptions } from './kernel-executor.ts'
export { withoutColours } from './terminal-codes.ts'
export { messageOf, orAborted } from './lifecycle.ts'
export { throwForLimit, type ExecutorBackend, type ManagedExecutorOptions } from './managed-executor.ts'
export { readEnvironment } from './run-options.ts'
export { isShellName, KEEP_ENVIRONMENT, LINE_BREAK_SETUP, quote, quoteLiterally, RESTORE_ENVIRONMENT, SAY_SIGNALS } from './shell-words.ts'
export { linkChecks, printfWords, scriptPath, scriptWord } from './script-words.ts'
export { isOwnerDead, ownedName, ownerOf } from './ownership.ts'
export { findCgroups, type CgroupHost } from './host/cgroup-host.ts'
export { CgroupScope, sweepCgroups } from './host/cgroup-scope.ts'
export { findOnPath, makeEnvironment } from './host/environment.ts'
export { onProcessExit } from './host/exit-listeners.ts'
export { MARKER_NAME, MarkerScope, sweepMarked } from './host/marker-scope.ts'
export { PrivateDirectory, sweepPrivateDirectories } from './host/private-directory.ts'
export type { Leader, ProcessScope } from './host/process-scope.ts'
export { argumentsOf, endOf, listProcesses, type ProcessEntry } from './process-table.ts'
