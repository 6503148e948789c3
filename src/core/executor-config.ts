import { CodeExecutorError } from './errors.ts'
import { assertKnownKeys } from './resource-limits.ts'

/** An executor as plain JSON: what it was made with, and nothing secret. */
export interface ExecutorConfig {
  /** The version of the format. */
  readonly version: 1
  /** Which executor: `local`. */
  readonly executor: string
  /** Its options, but for what is secret. Only what was given is there, so that defaults stay defaults. */
  readonly options: Readonly<Record<string, unknown>>
  /** The names of the environment variables it was given. Their values may be secrets, and are to be given again. */
  readonly env: readonly string[]
  /** The names of other options that may hold secrets, and are to be given again. */
  readonly withheld: readonly string[]
}

/** What a config leaves out and a new executor needs. */
export interface ConfigSecrets {
  /** The values of the variables that the config names. */
  readonly env?: Readonly<Record<string, string>>
  /** The options that the config withholds. Others take the place of what the config says. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** Which options of an executor are no plain data. */
export interface ConfigRules {
  /** The option that holds environment variables. */
  readonly env: string
  /** Options that may hold secrets. */
  readonly withheld?: readonly string[]
  /** Options that only listen; a config is without them. */
  readonly dropped?: readonly string[]
}

const VERSION = 1

/**
 * Describes an executor by the options it was made with.
 * @throws `INVALID_ARGUMENT` for options that JSON cannot hold, such as a language with functions of one's own
 */
export function toExecutorConfig(executor: string, options: object, rules: ConfigRules): ExecutorConfig {
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && !rules.dropped?.includes(name))
  const isSecret = (name: string): boolean => rules.withheld?.includes(name) ?? false
  const plain = given.filter(([name]) => name !== rules.env && !isSecret(name))
  for (const [name, value] of plain) assertPlain(value, `options.${name}`)
  const env = (options as Readonly<Record<string, object | undefined>>)[rules.env]
  return {
    version: VERSION,
    executor,
    options: structuredClone(Object.fromEntries(plain)) as Readonly<Record<string, unknown>>,
    env: Object.keys(env ?? {}),
    withheld: given.map(([name]) => name).filter(isSecret),
  }
}

/**
 * The options in a config, with what it leaves out; variables go to the option `envOption`.
 * @throws `INVALID_ARGUMENT` for what is no config, one of another version, and for what was left out and not given
 */
export function readExecutorConfig(config: ExecutorConfig, secrets: ConfigSecrets, envOption: string): Readonly<Record<string, unknown>> {
  assertKnownKeys(secrets, ['env', 'options'] satisfies (keyof ConfigSecrets)[], 'secrets')
  const { env = {}, options: more = {} } = secrets
  const missing = config.env.filter((name) => !Object.hasOwn(env, name))
  if (missing.length > 0)
    throw invalid('env', missing, `has no value for ${missing.join(', ')}; a config holds only names, so give the values with it`)
  const withheld = config.withheld.filter((name) => !Object.hasOwn(more, name))
  if (withheld.length > 0) throw invalid('options', withheld, `lacks ${withheld.join(', ')}, which a config does not hold; give it again`)
  return { ...config.options, ...(Object.keys(env).length > 0 && { [envOption]: env }), ...more }
}

/** @throws `INVALID_ARGUMENT` for what is no config, and one of another version */
export function assertExecutorConfig(config: ExecutorConfig): void {
  assertKnownKeys(config, ['version', 'executor', 'options', 'env', 'withheld'] satisfies (keyof ExecutorConfig)[], 'config')
  const version: unknown = config.version
  if (version !== VERSION) {
    throw invalid('config.version', version, `is not ${VERSION}, the only version that this release reads; make the config again with it`)
  }
  if (typeof config.options !== 'object' || config.options === null) throw invalid('config.options', config.options, 'must be an object')
  for (const key of ['env', 'withheld'] as const) {
    if (!Array.isArray(config[key])) throw invalid(`config.${key}`, config[key], 'must be a list of names')
  }
}

function assertPlain(value: unknown, argument: string): void {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return
  const isPlain = typeof value === 'object' && value !== null && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
  if (!isPlain) throw invalid(argument, value, 'cannot be written as JSON, so this executor has no config; make it in code')
  for (const [key, each] of Object.entries(value)) if (each !== undefined) assertPlain(each, `${argument}.${key}`)
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
