import { existsSync, realpathSync } from 'node:fs'
import { isAbsolute, join, normalize, resolve } from 'node:path'
import { assertKnownKeys, CodeExecutorError, resolveLimits, type ResolvedLimits } from '../../core/index.ts'
import { COMMAND_OPTION_NAMES, readEnvironment, type CommandExecutorOptions } from '../../engine/index.ts'
import { hidesSystem, isShown } from './bubblewrap.ts'
import { findOnPath, makeEnvironment } from '../../engine/host/environment.ts'
import type { LocalHost } from './host.ts'

/** How programs are kept apart from this machine. */
export type LocalIsolation = 'none' | 'bubblewrap'

/** Options of {@link LocalCodeExecutor}. */
export interface LocalCodeExecutorOptions extends CommandExecutorOptions {
  /** The working directory; made if it is not there, and left alone afterwards. @defaultValue a private temporary directory, gone after `stop` */
  readonly workDir?: string
  /** Environment variables of every program. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * What programs get of this process's environment: a list of names, everything (`true`: secrets too) or nothing.
   * @defaultValue a short list such as PATH, HOME, LANG and TZ
   */
  readonly inheritEnv?: boolean | readonly string[]
  /** A Python virtual environment; its programs come first on the PATH. */
  readonly virtualEnv?: string
  /**
   * `'bubblewrap'`: a read-only system, no home, no network, nothing writable but the working directory. `'none'`: the
   * program can do whatever you can. `'auto'`: bubblewrap where it works.
   * @defaultValue 'none', with a warning unless it was asked for by name
   */
  readonly isolation?: LocalIsolation | 'auto'
  /** With bubblewrap: whether programs reach the network. @defaultValue 'none' */
  readonly network?: 'none' | 'host'
  /** With bubblewrap: paths of this machine that programs may read besides the system. */
  readonly readOnlyPaths?: readonly string[]
  /** Lets processes that a program left in the background live until the executor stops. @defaultValue false */
  readonly keepBackground?: boolean
}

/** {@link LocalCodeExecutorOptions} after checking, for this machine. */
export interface LocalSettings {
  readonly workDir: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly isolation: LocalIsolation
  readonly network: 'none' | 'host'
  readonly readOnlyPaths: readonly string[]
  readonly keepBackground: boolean
  readonly limits: ResolvedLimits
}

const OPTION_NAMES = [
  ...(['timeoutMs', 'startupTimeoutMs', 'limits', 'languages', 'concurrency'] as const),
  ...COMMAND_OPTION_NAMES,
  ...(['workDir', 'env', 'inheritEnv', 'virtualEnv', 'isolation', 'network', 'readOnlyPaths', 'keepBackground'] as const),
] satisfies readonly (keyof LocalCodeExecutorOptions)[]
true satisfies [keyof LocalCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

/** @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED` */
export function readSettings(options: LocalCodeExecutorOptions, host: LocalHost): LocalSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  readEnvironment(options.env ?? {}, 'env')
  assertTypes(options)
  const isolation = chooseIsolation(options.isolation ?? 'none', host)
  if (isolation === 'none') refuseWithout('bubblewrap', options)
  else if (options.keepBackground === true)
    throw unsupported('background processes', 'a sandbox ends with its program, and everything in it')
  return {
    workDir: options.workDir === undefined ? undefined : readDirectory(options.workDir),
    env: readEnv(options, isolation),
    isolation,
    network: oneOf(options.network ?? 'none', ['none', 'host'], 'network'),
    readOnlyPaths: readPaths(options, isolation),
    keepBackground: options.keepBackground ?? false,
    limits: resolveLimits(options.limits),
  }
}

function chooseIsolation(wanted: LocalIsolation | 'auto', host: LocalHost): LocalIsolation {
  oneOf(wanted, ['none', 'bubblewrap', 'auto'], 'isolation')
  if (wanted === 'none') return 'none'
  const missing = host.whyNoSandbox()
  if (missing === undefined) return 'bubblewrap'
  if (wanted === 'auto') return 'none'
  throw unsupported('file-isolation', missing)
}

/** What only a sandbox can do is refused without one. `auto` may end up without, and then these are refused as well. */
function refuseWithout(isolation: string, options: LocalCodeExecutorOptions): void {
  if (options.network === 'none') throw unsupported('network-isolation', `network 'none' needs isolation '${isolation}'`)
  if (options.readOnlyPaths !== undefined) throw unsupported('file-isolation', `readOnlyPaths needs isolation '${isolation}'`)
}

function unsupported(capability: string, missing: string): CodeExecutorError<'CAPABILITY_UNSUPPORTED'> {
  return new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The local executor cannot do that here: ${missing}.`, {
    executor: 'local',
    capability,
    missing,
  })
}

/** In a sandbox an empty directory stands where the home is, and must not stand on the system. */
function readEnv(options: LocalCodeExecutorOptions, isolation: LocalIsolation): Readonly<Record<string, string>> {
  const env = makeEnvironment(options)
  const home = env['HOME']
  if (isolation !== 'none' && home !== undefined && (!isAbsolute(home) || hidesSystem(normalize(home)))) {
    throw invalid('env.HOME', home, 'must be an absolute path that holds no part of the system')
  }
  return env
}

/** What a caller without types may get wrong, and nobody would read. */
function assertTypes({ inheritEnv, readOnlyPaths, virtualEnv, keepBackground, keepFiles }: LocalCodeExecutorOptions): void {
  if (inheritEnv !== undefined && typeof inheritEnv !== 'boolean' && !isTextList(inheritEnv)) {
    throw invalid('inheritEnv', inheritEnv, 'must be true, false or a list of names')
  }
  if (readOnlyPaths !== undefined && !isTextList(readOnlyPaths)) throw invalid('readOnlyPaths', readOnlyPaths, 'must be a list of paths')
  if (virtualEnv !== undefined && typeof virtualEnv !== 'string') throw invalid('virtualEnv', virtualEnv, 'must be a path')
  for (const [name, value] of Object.entries({ keepBackground, keepFiles })) {
    if (value !== undefined && typeof value !== 'boolean') throw invalid(name, value, 'must be true or false')
  }
}

function isTextList(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string' && each !== '' && !each.includes('\0'))
}

/** Paths to be shown in a sandbox: those that were named, and the virtual environment, which would be no use unseen. */
function readPaths({ readOnlyPaths = [], virtualEnv }: LocalCodeExecutorOptions, isolation: LocalIsolation): readonly string[] {
  if (isolation === 'none') return []
  const paths = [...readOnlyPaths, ...(virtualEnv === undefined ? [] : [virtualEnv])].map((path) => resolve(path))
  for (const path of paths) {
    if (!existsSync(path)) throw invalid('readOnlyPaths', path, `names ${path}, which is not there`)
  }
  const python = virtualEnv === undefined ? undefined : findOnPath('python', join(resolve(virtualEnv), 'bin'), '/')
  if (python !== undefined && !isShown(python, paths)) {
    const missing = `virtualEnv stands on ${realpathSync(python)}, which a sandbox does not show; name the directory above its bin in readOnlyPaths`
    throw unsupported('file-isolation', missing)
  }
  return paths
}

function readDirectory(path: string): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return resolve(path)
  throw invalid('workDir', path, 'must be the path of a directory')
}

function oneOf<T extends string>(value: T, allowed: readonly T[], argument: string): T {
  if (allowed.includes(value)) return value
  throw invalid(argument, value, `must be one of ${allowed.join(', ')}`)
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
