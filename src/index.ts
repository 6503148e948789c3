export * from './core/index.ts'
export { createLanguageRegistry, type CommandLine, type Language, type LanguageDefinition, type LanguageRegistry, type Toolchain, type Unit } from './languages/index.ts'
export { CommandExecutor, type Command, type CommandBackend, type CommandExecutorOptions, type CommandExit, type CommandIo, type LanguageStatus } from './engine/index.ts'
export { LocalCodeExecutor, type LocalCodeExecutorOptions, type LocalIsolation } from './executors/local/index.ts'
