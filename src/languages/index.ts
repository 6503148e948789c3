export * from './language.ts'
export { createLanguageRegistry, type LanguageDefinition, type LanguageRegistry } from './registry.ts'
export { compiled, executableOf, interpreted } from './toolchains.ts'
