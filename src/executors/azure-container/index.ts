export { AzureContainerCodeExecutor } from './azure-container-executor.ts'
export type { TokenCredential } from './client.ts'
export type { AzureContainerCodeExecutorOptions, AzureFileShare, AzureRegistry, GroupProgress } from './options.ts'
export { sweepContainerGroups, type SweepOptions, type SweptGroup } from './sweep.ts'
