import type { Capability, CodeExecutor, ResourceLimits } from '../core/index.ts'
import type { LanguageStatus } from '../engine/index.ts'
import { invalid } from './errors.ts'

/** What the flags of `polyrun run` ask of an executor; each refuses what it cannot do. */
export interface ExecutorSettings {
  readonly workDir?: string
  readonly timeoutMs?: number
  readonly limits?: ResourceLimits
  readonly isolation?: IsolationName
  readonly network?: NetworkName
}

/** Values of `--isolation`. */
export const ISOLATION_NAMES = ['none', 'bubblewrap', 'auto'] as const
/** One of {@link ISOLATION_NAMES}. */
export type IsolationName = (typeof ISOLATION_NAMES)[number]

/** Values of `--network`. */
export const NETWORK_NAMES = ['none', 'host'] as const
/** One of {@link NETWORK_NAMES}. */
export type NetworkName = (typeof NETWORK_NAMES)[number]

/** An executor that can also say which languages it has. */
export type InspectableExecutor = CodeExecutor & { inspectLanguages(): Promise<readonly LanguageStatus[]> }

/** What `doctor` says about an executor: that it works and how well, or why it does not. */
export type ExecutorReport =
  | { readonly status: 'available'; readonly facts: readonly Fact[]; readonly holds: readonly HoldReport[] }
  | { readonly status: 'unavailable'; readonly reason: string }

/** Something worth knowing about an executor on this machine. */
export interface Fact {
  readonly name: string
  readonly value: string
  /** Why it is so, or what would change it. */
  readonly because?: string
}

/** How strongly a limit is held, and through what. */
export interface HoldReport {
  readonly capability: Capability
  readonly strength: 'kernel' | 'best effort' | 'not here'
  readonly through: string
}

/** What the command line needs to know of one executor; the only place where it is more than a `CodeExecutor`. */
export interface ExecutorAdapter {
  /** Makes one. `warn` takes what the user should know before a program runs. */
  create(settings: ExecutorSettings, warn: (message: string) => void): InspectableExecutor
  /** Tries it on this machine. */
  examine(): Promise<ExecutorReport>
}

interface ExecutorRow {
  readonly summary: string
  readonly load: () => Promise<{ readonly adapter: ExecutorAdapter }>
}

/** Every executor that `--executor` can name. To add one: a row here, and a file like the one it loads. */
export const EXECUTORS: Readonly<Record<string, ExecutorRow>> = {
  local: { summary: 'runs programs on this machine', load: () => import('./executors/local.ts') },
}

/** The executor taken when none is named. */
export const DEFAULT_EXECUTOR = 'local'

/** @throws `INVALID_ARGUMENT` for a name that no row has */
export async function loadExecutor(name: string): Promise<ExecutorAdapter> {
  const row = Object.hasOwn(EXECUTORS, name) ? EXECUTORS[name] : undefined
  if (row === undefined) throw invalid('--executor', name, `There is no executor ${name}. Known: ${Object.keys(EXECUTORS).join(', ')}.`)
  return (await row.load()).adapter
}
