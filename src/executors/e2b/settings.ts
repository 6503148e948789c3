import { assertKnownKeys, CodeExecutorError, parseTimeout, resolveLimits } from '../../core/index.ts'
import { COMMAND_OPTION_NAMES, readEnvironment } from '../../engine/index.ts'
import type { E2BConnection } from './client.ts'
import type { E2BCodeExecutorOptions } from './options.ts'

const DEFAULT_TEMPLATE = 'base'
const DEFAULT_WORK_DIR = '/home/user'
const DEFAULT_SANDBOX_MS = 300_000
const DEFAULT_REQUEST_MS = 60_000
/** E2B counts a sandbox's life in seconds. */
const SHORTEST_SANDBOX_MS = 1_000
/** Names of metadata that are ours. */
const OWN_METADATA = 'polyrun.'

/** {@link E2BCodeExecutorOptions} after checking, with the defaults applied. */
export interface E2BSettings {
  readonly template: string
  readonly connection: E2BConnection
  readonly sandboxTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly env: Readonly<Record<string, string>>
  readonly workDir: string
  readonly metadata: Readonly<Record<string, string>>
  readonly allowInternetAccess: boolean
  readonly openFiles: number | undefined
  readonly createGate: (create: () => Promise<void>) => Promise<void>
}

const OPTION_NAMES = [
  ...(['timeoutMs', 'startupTimeoutMs', 'limits', 'languages', 'concurrency', 'template', 'apiKey'] as const),
  ...COMMAND_OPTION_NAMES,
  ...(['sandboxTimeoutMs', 'requestTimeoutMs', 'env', 'workDir', 'metadata', 'domain', 'apiUrl', 'sandboxUrl'] as const),
  ...(['allowInternetAccess', 'createGate'] as const),
] satisfies readonly (keyof E2BCodeExecutorOptions)[]
true satisfies [keyof E2BCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

/** @throws `INVALID_ARGUMENT` */
export function readSettings(options: E2BCodeExecutorOptions): E2BSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  for (const name of ['template', 'apiKey', 'domain'] as const) assertText(options[name], name)
  for (const name of ['apiUrl', 'sandboxUrl'] as const) assertUrl(options[name], name)
  for (const name of ['allowInternetAccess', 'keepFiles'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') throw invalid(name, options[name], 'must be true or false')
  }
  const { createGate = (create) => create() } = options
  if (typeof createGate !== 'function') throw invalid('createGate', createGate, 'must be a function')
  const requestTimeoutMs = parseTimeout(options.requestTimeoutMs ?? DEFAULT_REQUEST_MS, 'requestTimeoutMs')
  return {
    template: options.template ?? DEFAULT_TEMPLATE,
    connection: { ...pick(options), requestTimeoutMs, debug: false },
    sandboxTimeoutMs: readLifetime(options.sandboxTimeoutMs ?? DEFAULT_SANDBOX_MS),
    requestTimeoutMs,
    env: readEnvironment(options.env ?? {}, 'env'),
    workDir: readWorkDir(options.workDir ?? DEFAULT_WORK_DIR),
    metadata: readMetadata(options.metadata ?? {}),
    allowInternetAccess: options.allowInternetAccess ?? true,
    openFiles: resolveLimits(options.limits).openFiles,
    createGate,
  }
}

/** The options that go to the package as they are. */
function pick(options: E2BCodeExecutorOptions): Pick<E2BConnection, 'apiKey' | 'domain' | 'apiUrl' | 'sandboxUrl'> {
  const { apiKey, domain, apiUrl, sandboxUrl } = options
  return {
    ...(apiKey !== undefined && { apiKey }),
    ...(domain !== undefined && { domain }),
    ...(apiUrl !== undefined && { apiUrl }),
    ...(sandboxUrl !== undefined && { sandboxUrl }),
  }
}

function assertText(value: unknown, argument: string): void {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '' && !/[\0\r\n]/.test(value))) return
  // A key is no business of an error message.
  throw invalid(argument, argument === 'apiKey' ? undefined : value, 'must be text on one line')
}

function assertUrl(value: unknown, argument: string): void {
  if (value === undefined) return
  if (typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? '')) return
  throw invalid(argument, value, 'must be an address that begins with https:// or http://')
}

function readLifetime(value: number): number {
  const lifetimeMs = parseTimeout(value, 'sandboxTimeoutMs')
  if (lifetimeMs >= SHORTEST_SANDBOX_MS) return lifetimeMs
  throw invalid('sandboxTimeoutMs', value, `must be at least ${SHORTEST_SANDBOX_MS}; E2B counts seconds`)
}

function readWorkDir(value: unknown): string {
  if (typeof value === 'string' && /^\/[^\0/][^\0]*$/.test(value) && !value.split('/').includes('..')) return value.replace(/\/+$/, '')
  throw invalid('workDir', value, 'must be an absolute path of the sandbox, without .., and not its root')
}

function readMetadata(value: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('metadata', value, 'must be an object of texts')
  for (const [name, text] of Object.entries(value) as [string, unknown][]) {
    if (typeof text !== 'string') throw invalid(`metadata.${name}`, text, 'must be text')
    if (name.startsWith(OWN_METADATA))
      throw invalid(`metadata.${name}`, text, `begins with ${OWN_METADATA}, which is taken; choose another name`)
  }
  return value
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
