export { createExecutor } from './config/create-executor.ts'
export * from './core/index.ts'
export {
  createLanguageRegistry,
  type CommandLine,
  type Language,
  type LanguageDefinition,
  type LanguageRegistry,
  type Toolchain,
  type Unit,
} from './languages/index.ts'
export { HostDirectory, type SameNames } from './workspace/index.ts'
export {
  CommandExecutor,
  type Command,
  type CommandBackend,
  type CommandExecutorOptions,
  type CommandExit,
  type CommandIo,
  type ExecutorBackend,
  type LanguageStatus,
  type ManagedExecutorOptions,
} from './engine/index.ts'
export * from './files/index.ts'
export { LocalCodeExecutor, type LocalCodeExecutorOptions, type LocalIsolation } from './executors/local/index.ts'
export * from './wrappers/index.ts'
export * from './sessions/index.ts'
