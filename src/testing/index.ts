/**
 * The contract suite: what every executor promises, as tests for any test framework, and an executor that fails on schedule.
 *
 * ```ts
 * for (const each of executorContract({ name: 'mine', family: 'command', languages: ['sh', 'python'], capabilities: ['stdin'], create: (options) => new MyExecutor(options) })) {
 *   test(`${each.id}: ${each.title}`, () => each.run())
 * }
 * ```
 * @module
 */
export { executorContract, type ContractCase, type RunOptions } from './contract.ts'
export { FaultyExecutor, type Fault, type FaultSchedule, type FaultyCall } from './faulty-executor.ts'
export type { FilePlace } from './files/context.ts'
export { fileContract, type FileSubject } from './files/file-contract.ts'
export { FILE_REQUIREMENTS, type FileRequirement, type FileRequirementId } from './files/requirements.ts'
export { languageContract } from './language-contract.ts'
export { UNICODE_LINE, type LittleProgram, type LittlePrograms } from './little-programs.ts'
export { hostProbe, type Probe } from './probe.ts'
export { LITTLE_PROGRAMS } from './programs/index.ts'
export { REQUIREMENTS, type ExecutorFamily, type Requirement, type RequirementId } from './requirements.ts'
export type { ContractOptions, ExecutorSubject } from './subject.ts'
