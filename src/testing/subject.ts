import type { Capability, CodeExecutor, LanguageName, ResourceLimits } from '../core/index.ts'
import type { LanguageDefinition } from '../languages/index.ts'
import type { Probe } from './probe.ts'
import type { ExecutorFamily } from './requirements.ts'

/** Options that the contract gives to an executor under test; every executor of this package takes them. */
export interface ContractOptions {
  readonly timeoutMs?: number
  readonly limits?: ResourceLimits
  readonly concurrency?: number
  readonly languages?: readonly (LanguageName | LanguageDefinition)[]
  /** Executors of the family `command` take these, too. */
  readonly allowedCommands?: readonly (RegExp | string)[]
  readonly backgroundCommands?: number
}

/** An executor under test, and what its author says about it. */
export interface ExecutorSubject {
  /** What reports call it: `local (bubblewrap)`. */
  readonly name: string
  /** Which kind of executor it is. */
  readonly family: ExecutorFamily
  /** Makes a new one. Whatever it holds is gone after its `stop`. */
  create(options?: ContractOptions): CodeExecutor
  /** The languages that are there to run programs of the contract; `sh` and `python` make it complete. */
  readonly languages: readonly LanguageName[]
  /** What it can do. Promises that need more are not tested; that it can do exactly this is. */
  readonly capabilities: Iterable<Capability>
  /** Requirements that it does not meet, by id, with the reason. They run as expected failures. */
  readonly exceptions?: Readonly<Record<string, string>>
  /** How to look into its place. @defaultValue looks at this machine */
  readonly probe?: Probe
  /** Stretches every time limit, for places that are slow to reach. @defaultValue 1 */
  readonly timeScale?: number
}
