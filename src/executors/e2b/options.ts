import type { CommandExecutorOptions } from '../../engine/index.ts'

/** Options of {@link E2BCodeExecutor}. */
export interface E2BCodeExecutorOptions extends CommandExecutorOptions {
  /** The template that sandboxes are made from, by name or id. @defaultValue `'base'` */
  readonly template?: string
  /** The key of the account. @defaultValue the environment variable E2B_API_KEY */
  readonly apiKey?: string
  /**
   * How long the sandbox lives without a run, in milliseconds: E2B ends it then, whatever became of this process. While
   * runs go on it is put off. @defaultValue 300_000
   */
  readonly sandboxTimeoutMs?: number
  /** How long one request to E2B may take, in milliseconds. @defaultValue 60_000 */
  readonly requestTimeoutMs?: number
  /** Environment variables of every program, on top of the template's. */
  readonly env?: Readonly<Record<string, string>>
  /** The working directory in the sandbox, as an absolute path. It is made when it is missing. @defaultValue `'/home/user'` */
  readonly workDir?: string
  /** More metadata of the sandbox; names that begin with `polyrun.` are taken. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Where E2B is. @defaultValue the environment variable E2B_DOMAIN, or `e2b.app` */
  readonly domain?: string
  /** Where E2B's API is, for an installation of one's own. @defaultValue `https://api.` and the domain */
  readonly apiUrl?: string
  /** Where the sandboxes answer, for an installation of one's own. @defaultValue an address below the domain */
  readonly sandboxUrl?: string
  /** Whether programs reach the internet. @defaultValue true, as E2B has it */
  readonly allowInternetAccess?: boolean
  /**
   * Called around each creation of a sandbox: a place for a rate limit or a queue. It calls `create` once and resolves when
   * that does. @defaultValue creates at once
   */
  readonly createGate?: (create: () => Promise<void>) => Promise<void>
}
