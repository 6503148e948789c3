export { holdsOf, type Hold, type Strength } from './capabilities.ts'
export { inspectHost, portableHost, type LocalHost } from './host.ts'
export { LocalCodeExecutor } from './local-executor.ts'
export type { LocalCodeExecutorOptions, LocalIsolation } from './options.ts'
