import { realpathSync } from 'node:fs'
import { CodeExecutorError } from '../../core/index.ts'
import type { DockerCodeExecutorOptions } from './options.ts'
import type { VolumeSetting } from './settings.ts'

/** Capabilities that give no power beyond the container. */
const HARMLESS_CAPABILITIES: readonly string[] = [
  'NET_BIND_SERVICE',
  'CHOWN',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETPCAP',
  'SYS_NICE',
  'IPC_LOCK',
]

/** Directories of a machine that are power over it: everything, the system's state, and the sockets of engines. */
const POWERFUL_PATHS =
  /^\/(?:var(?:\/lib)?)?$|^\/(?:etc|proc|sys|dev|boot|root|run|var\/run|var\/lib\/(?:docker|containerd|containers|kubelet))(?:\/|$)|\.sock$/
/** Directories from which the machine starts programs of its own: power when they can be changed. */
const PROGRAM_PATHS = /^\/(?:usr|bin|sbin|lib\w*)(?:\/|$)/

/** Security options that switch protection off. */
const WEAKENING = /unconfined|disable|no-new-privileges[=:]false/

/** Whether a seccomp profile lets every system call through. One that cannot be read is refused elsewhere. */
function permitsEverything(profile: string | undefined): boolean {
  try {
    const { defaultAction, syscalls } = JSON.parse(profile ?? '') as { defaultAction?: unknown; syscalls?: readonly { action?: unknown }[] }
    const permits = (action: unknown): boolean => action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG'
    return permits(defaultAction) && (syscalls ?? []).every(({ action }) => permits(action))
  } catch {
    return false
  }
}

/** What each option may not be without `allowUnsafe`, and what a program could do with it. */
const DANGERS: readonly ((options: DockerCodeExecutorOptions, volumes: readonly VolumeSetting[]) => readonly Danger[])[] = [
  ({ privileged }) => (privileged === true ? [{ argument: 'privileged', power: "is all rights of root on the engine's machine" }] : []),
  ({ network = 'none' }) =>
    network === 'host' || /^(?:container|ns):/.test(network)
      ? [{ argument: 'network', power: `${JSON.stringify(network)} reaches what listens on the engine's machine or in another container` }]
      : [],
  (_, volumes) =>
    volumes
      .filter(({ source, writable }) =>
        realPaths(source).some((path) => POWERFUL_PATHS.test(path) || (writable && PROGRAM_PATHS.test(path))),
      )
      .map(({ source }) => ({ argument: `volumes[${JSON.stringify(source)}]`, power: "is power over the engine's machine" })),
  ({ capabilities = [] }) =>
    capabilities
      .filter((name) => !HARMLESS_CAPABILITIES.includes(name.toUpperCase().replace(/^CAP_/, '')))
      .map((name) => ({ argument: 'capabilities', power: `${name} is power beyond the container` })),
  ({ seccomp }) => (permitsEverything(seccomp) ? [{ argument: 'seccomp', power: 'lets every system call through' }] : []),
  ({ securityOpt = [] }) =>
    securityOpt
      .filter((option) => WEAKENING.test(option))
      .map((option) => ({ argument: 'securityOpt', power: `${JSON.stringify(option)} switches a protection off` })),
]

interface Danger {
  readonly argument: string
  /** The end of a sentence that begins with the argument. */
  readonly power: string
}

/** A path and where it leads, as far as this machine can tell: the engine follows links. */
function realPaths(path: string): readonly string[] {
  try {
    return [path, realpathSync(path)]
  } catch {
    return [path]
  }
}

/** @throws `INVALID_ARGUMENT` for what gives programs power over the engine's machine, unless that is allowed by name */
export function refuseUnsafe(options: DockerCodeExecutorOptions, volumes: readonly VolumeSetting[]): void {
  if (options.allowUnsafe === true) return
  const [danger] = DANGERS.flatMap((find) => find(options, volumes))
  if (danger === undefined) return
  throw new CodeExecutorError(
    'INVALID_ARGUMENT',
    `${danger.argument} ${danger.power}: whoever wrote the program gets it too. Leave it out, or set allowUnsafe: true if you trust every program.`,
    { argument: danger.argument, value: 'unsafe' },
  )
}
