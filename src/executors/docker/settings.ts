import { statSync } from 'node:fs'
import { isAbsolute, normalize, posix } from 'node:path'
import { assertKnownKeys, CodeExecutorError, parseTimeout, resolveLimits, type ResolvedLimits } from '../../core/index.ts'
import { COMMAND_OPTION_NAMES, isShellName, readEnvironment } from '../../engine/index.ts'
import type { DockerConnection } from './connect.ts'
import type { BuildSource } from './images/build-image.ts'
import type { ImageProgress } from './images/image-progress.ts'
import type { DockerCodeExecutorOptions, DockerGpus, DockerVolume } from './options.ts'
import { HOLDER_ID } from './supervisor/holder-script.ts'
import { refuseUnsafe } from './unsafe.ts'
import { ALL_WORDS_BYTES, areStartable, LONGEST_WORD_BYTES } from './word-limits.ts'

/** What a container may use when nothing else is said: enough for a compiler, too little to hurt the machine. */
const DEFAULT_LIMITS = { memory: '1g', pids: 256 } as const
/** Files are in memory: where nothing is said they get this much, and at most half of it, so that a program is left some. */
const DEFAULT_DISK_BYTES = 512 * 1024 ** 2
/** Users that need no entry in the image's `/etc/passwd`. */
const DEFAULT_USER = '10001:10001'
const DEFAULT_IDLE_MS = 300_000

/** A directory of the engine's machine that programs see. */
export interface VolumeSetting {
  readonly source: string
  readonly target: string
  readonly writable: boolean
}

/** {@link DockerCodeExecutorOptions} after checking, with the defaults applied. */
export interface DockerSettings {
  readonly docker: DockerConnection | undefined
  readonly image: string | undefined
  readonly build: BuildSource | undefined
  readonly pull: 'missing' | 'always' | 'never'
  readonly platform: string | undefined
  readonly onImageProgress: ((progress: ImageProgress) => void) | undefined
  readonly workDir: string
  readonly volumes: readonly VolumeSetting[]
  /** Whether the working directory is one of the volumes, and so none of ours to limit or remove. */
  readonly workDirIsVolume: boolean
  readonly environment: Readonly<Record<string, string>>
  /** Variables that a shell cannot hold; programs get them through env(1). */
  readonly oddEnvironment: Readonly<Record<string, string>>
  readonly user: string
  readonly limits: ResolvedLimits & { readonly memory: number; readonly pids: number; readonly disk: number }
  /** The limits that the user asked for by name: they hold, or nothing runs. */
  readonly wanted: ResolvedLimits
  readonly network: string
  readonly dns: readonly string[]
  readonly extraHosts: readonly string[]
  readonly readOnly: boolean
  readonly capabilities: readonly string[]
  readonly securityOpt: readonly string[]
  readonly runtime: string | undefined
  readonly gpus: DockerGpus | undefined
  readonly containerName: string | undefined
  readonly reuseContainer: boolean
  readonly idleTimeoutMs: number
  readonly autoRemove: boolean
  readonly initCommand: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly preload: { readonly python: readonly string[]; readonly javascript: boolean }
  readonly privileged: boolean
}

const OPTION_NAMES = [
  ...COMMAND_OPTION_NAMES,
  ...(['timeoutMs', 'startupTimeoutMs', 'limits', 'languages', 'concurrency', 'docker', 'image', 'build', 'pull'] as const),
  ...(['workDir', 'volumes', 'environment', 'forwardEnv', 'network', 'dns', 'extraHosts', 'readOnly', 'user', 'capabilities'] as const),
  ...(['securityOpt', 'seccomp', 'runtime', 'gpus', 'platform', 'containerName', 'reuseContainer', 'idleTimeoutMs', 'autoRemove'] as const),
  ...(['initCommand', 'labels', 'preload', 'onImageProgress', 'allowUnsafe', 'privileged'] as const),
] satisfies readonly (keyof DockerCodeExecutorOptions)[]
true satisfies [keyof DockerCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

/** @throws `INVALID_ARGUMENT` */
export function readSettings(options: DockerCodeExecutorOptions, parentEnv: NodeJS.ProcessEnv = process.env): DockerSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  assertTypes(options)
  const volumes = readVolumes(options.volumes ?? {})
  refuseUnsafe(options, volumes)
  const workDir = readContainerPath(options.workDir ?? '/workspace', 'workDir')
  const workVolume = volumes.find(({ target }) => target === workDir)
  const environment = { ...forwarded(options.forwardEnv ?? [], parentEnv), ...readEnvironment(options.environment ?? {}, 'environment') }
  assertStartable(environment)
  const [forShell, odd] = splitEnvironment(environment)
  const limits = readLimits(options)
  return {
    docker: options.docker,
    image: options.image,
    build: options.build,
    pull: oneOf(options.pull ?? 'missing', ['missing', 'always', 'never'], 'pull'),
    platform: options.platform,
    onImageProgress: options.onImageProgress,
    workDir,
    volumes,
    workDirIsVolume: workVolume !== undefined,
    environment: forShell,
    oddEnvironment: odd,
    user: readUser(options.user ?? ownerOfVolume(workVolume) ?? DEFAULT_USER),
    limits,
    wanted: resolveLimits(options.limits),
    network: options.network ?? 'none',
    dns: options.dns ?? [],
    extraHosts: Object.entries(options.extraHosts ?? {}).map(([name, address]) => `${name}:${address}`),
    readOnly: options.readOnly ?? true,
    capabilities: options.capabilities ?? [],
    securityOpt: [...(options.securityOpt ?? []), ...readSeccomp(options.seccomp)],
    runtime: options.runtime,
    gpus: options.gpus,
    containerName: readName(options.containerName),
    reuseContainer: readReuse(options),
    idleTimeoutMs: parseTimeout(options.idleTimeoutMs ?? DEFAULT_IDLE_MS, 'idleTimeoutMs'),
    autoRemove: options.autoRemove ?? true,
    initCommand: options.initCommand,
    labels: options.labels ?? {},
    preload: { python: options.preload?.python ?? [], javascript: options.preload?.javascript ?? false },
    privileged: options.privileged ?? false,
  }
}

/** What a caller without types may get wrong, and the engine would understand in a way of its own. */
function assertTypes(options: DockerCodeExecutorOptions): void {
  for (const name of ['image', 'user', 'network', 'platform', 'runtime', 'containerName', 'initCommand', 'seccomp', 'workDir'] as const) {
    const value = options[name]
    if (value === undefined || (typeof value === 'string' && value.trim() !== '' && !value.includes('\0'))) continue
    throw invalid(name, value, 'must be text')
  }
  for (const name of ['readOnly', 'reuseContainer', 'autoRemove', 'allowUnsafe', 'privileged', 'keepFiles'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') throw invalid(name, options[name], 'must be true or false')
  }
  for (const name of ['dns', 'capabilities', 'securityOpt', 'forwardEnv'] as const) {
    const list: unknown = options[name]
    if (list === undefined || (Array.isArray(list) && list.every((each) => typeof each === 'string' && each !== ''))) continue
    throw invalid(name, list, 'must be a list of texts')
  }
  for (const name of ['labels', 'extraHosts'] as const) {
    const value: unknown = options[name]
    if (value === undefined || (isRecord(value) && Object.values(value).every((each) => typeof each === 'string'))) continue
    throw invalid(name, value, 'must be an object of names and texts')
  }
  if (options.image !== undefined && options.build !== undefined) throw invalid('build', options.build, 'and image exclude each other')
  if (options.preload !== undefined) assertKnownKeys(options.preload, ['python', 'javascript'], 'preload')
  const { javascript = false } = options.preload ?? {}
  if (typeof javascript !== 'boolean') throw invalid('preload.javascript', javascript, 'must be true or false')
  if (options.dns?.length && (options.network ?? 'none') === 'none') throw invalid('dns', options.dns, "needs a network; network is 'none'")
}

function readVolumes(volumes: unknown): readonly VolumeSetting[] {
  if (!isRecord(volumes)) throw invalid('volumes', volumes, "must be an object such as { '/host/data': { bind: '/data', mode: 'ro' } }")
  return Object.entries(volumes as Readonly<Record<string, DockerVolume>>).map(([source, volume]) => {
    const argument = `volumes[${JSON.stringify(source)}]`
    assertKnownKeys(volume, ['bind', 'mode'], argument)
    if (!isAbsolute(source)) throw invalid(argument, source, 'must be named by an absolute path of the machine where the engine runs')
    const target = readContainerPath(volume.bind, `${argument}.bind`)
    return { source: normalize(source), target, writable: oneOf(volume.mode ?? 'ro', ['ro', 'rw'], `${argument}.mode`) === 'rw' }
  })
}

function readContainerPath(path: string, argument: string): string {
  if (typeof path !== 'string' || !posix.isAbsolute(path) || path.includes('\0') || path.includes(':')) {
    throw invalid(argument, path, 'must be an absolute path in the container')
  }
  const plain = posix.normalize(path).replace(/(?<=.)\/$/, '')
  if (!/^\/(?:$|(?:proc|sys|dev|tmp|run\/polyrun|bin|lib|lib64|usr|etc|sbin)(?:\/|$))/.test(plain)) return plain
  throw invalid(argument, path, 'must not hide a part of the system, nor lie in one')
}

/** Files on a volume belong to whom the volume belongs to, so that its owner can use and remove them. */
function ownerOfVolume(volume: VolumeSetting | undefined): string | undefined {
  if (volume === undefined) return undefined
  const facts = statSync(volume.source, { throwIfNoEntry: false })
  return facts && `${facts.uid}:${facts.gid}`
}

function readUser(user: string): string {
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(user)
  if (match && Number(match[1]) === HOLDER_ID) throw invalid('user', user, 'is the one that the container itself has; take another number')
  if (match) return `${match[1]}:${match[2] ?? match[1]}`
  throw invalid('user', user, "must be numbers such as '1000:1000'; names are the image's own and may mean root")
}

function readName(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,120}$/.test(name)) return name
  throw invalid('containerName', name, 'must begin with a letter or a digit, and have only these, dots, dashes and underscores')
}

function readReuse({
  reuseContainer = false,
  containerName,
  concurrency,
  backgroundCommands,
  autoRemove,
}: DockerCodeExecutorOptions): boolean {
  if (!reuseContainer) return false
  if (containerName === undefined) throw invalid('reuseContainer', true, 'needs containerName: it is how the container is found again')
  if (concurrency !== undefined && concurrency !== 1)
    throw invalid('concurrency', concurrency, 'must be 1 with reuseContainer: there is one container')
  if (backgroundCommands)
    throw invalid(
      'backgroundCommands',
      backgroundCommands,
      'must be 0 with reuseContainer: there is one container, for one program at a time',
    )
  if (autoRemove === false)
    throw invalid('autoRemove', false, 'must be true with reuseContainer: the container is removed when it was idle')
  return true
}

function readSeccomp(profile: string | undefined): string[] {
  if (profile === undefined) return []
  try {
    JSON.parse(profile)
  } catch (cause) {
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      'seccomp must be a profile as JSON text.',
      { argument: 'seccomp', value: profile },
      { cause },
    )
  }
  return [`seccomp=${profile}`]
}

function forwarded(names: readonly string[], parent: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (parent[name] === undefined ? [] : [[name, parent[name]]])))
}

function readLimits(options: DockerCodeExecutorOptions): DockerSettings['limits'] {
  const limits = resolveLimits({ ...DEFAULT_LIMITS, ...options.limits })
  const disk = limits.disk ?? Math.min(DEFAULT_DISK_BYTES, Math.floor((limits.memory ?? Infinity) / 2))
  return { ...limits, disk } as DockerSettings['limits']
}

/** A container could not even be started with more. */
function assertStartable(environment: Readonly<Record<string, string>>): void {
  if (areStartable([], environment)) return
  const largest = Object.entries(environment).toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? ''
  const message = `environment is too large: one variable may have ${LONGEST_WORD_BYTES} bytes, and all together ${ALL_WORDS_BYTES}. The largest is ${largest}. Hand it on in a file, or as standard input.`
  throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'environment', value: largest })
}

function splitEnvironment(env: Readonly<Record<string, string>>): [forShell: Record<string, string>, odd: Record<string, string>] {
  const entries = Object.entries(env)
  return [
    Object.fromEntries(entries.filter(([name]) => isShellName(name))),
    Object.fromEntries(entries.filter(([name]) => !isShellName(name))),
  ]
}

function isRecord(value: unknown): value is Readonly<Record<string, never>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function oneOf<T extends string>(value: T, allowed: readonly T[], argument: string): T {
  if (allowed.includes(value)) return value
  throw invalid(argument, value, `must be one of ${allowed.join(', ')}`)
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
