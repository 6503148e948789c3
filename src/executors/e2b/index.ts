export { E2BCodeExecutor } from './e2b-executor.ts'
export type { E2BCodeExecutorOptions } from './options.ts'
