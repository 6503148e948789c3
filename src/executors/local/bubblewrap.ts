import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import type { CommandLine } from '../../languages/index.ts'
import type { ProcessExit } from './prepared-shell.ts'
import { LINE_BREAK_SETUP, SAY_SIGNALS } from '../../engine/index.ts'

/** What the program sees of this machine, and where it may write. */
export interface SandboxLayout {
  /** The only directory of this machine that it may change. */
  readonly workDir: string
  /** An empty directory that stands where its home would be. */
  readonly homeDir: string
  /** Where the home is, inside and outside. */
  readonly homePath: string
  /** Where files with standard input are; it can read them. */
  readonly stdinDir: string
  /** Paths of this machine that it may read besides the system. */
  readonly readOnlyPaths: readonly string[]
  readonly network: 'none' | 'host'
  /** What each of its private temporary file systems may hold. */
  readonly temporaryBytes: number | undefined
}

/** Processes of the sandbox itself, which count against a limit on processes: the monitor, its pid 1, the reporting shell. */
export const SANDBOX_PROCESSES = 3

/** The parts of the root that hold programs and their data. Everything else is not there at all. */
const SYSTEM_PATHS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix', '/gnu', '/var/lib/ghc']
/** Secrets below those parts that root could read. */
const MASKED_FILES = ['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/sudoers', '/etc/krb5.keytab', '/etc/machine-id']
const MASKED_DIRECTORIES = [
  '/etc/ssh',
  '/etc/ssl/private',
  '/etc/sudoers.d',
  '/etc/docker',
  '/etc/kubernetes',
  '/etc/wireguard',
  '/etc/NetworkManager',
]

const NAMESPACES = ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try']

/**
 * The shell inside: it waits for the line that says what to run, and tells on the control channel how that ended.
 * bubblewrap itself tells a signal only as 128 plus its number, which a program may also exit with; this shell names the
 * signal on its standard error, and that is the channel. After that comes its status, and a word when a temporary file
 * system was full. It outlives a SIGTERM, so that the program may take its time with one. (Shells do not name SIGINT and
 * SIGPIPE: these stay exits with 130 and 141.)
 */
const SUPERVISOR = [
  LINE_BREAK_SETUP,
  'echo ready >&3',
  'IFS= read -r polyrun_line <&3 || exit',
  'trap : TERM',
  SAY_SIGNALS,
  'exec 4>&2 2>&3',
  '(eval "$polyrun_line" 2>&4 3>&- 4>&-)',
  'polyrun_status=$?',
  'echo "status $polyrun_status" >&3',
  '[ "$polyrun_status" -eq 0 ] || (echo full > /tmp/.polyrun-full) 4>&- 2>/dev/null || echo full >&3',
  'exit "$polyrun_status"',
].join('\n')

/** The command line of a sandbox that waits on descriptor 3 for what to run. */
export function sandbox(bubblewrap: string, layout: SandboxLayout): CommandLine {
  const size = layout.temporaryBytes === undefined ? [] : ['--size', String(layout.temporaryBytes)]
  return [
    bubblewrap,
    ...NAMESPACES.filter((option) => layout.network === 'none' || option !== '--unshare-net'),
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...SYSTEM_PATHS.flatMap(showSystemPath),
    ...MASKED_FILES.filter(existsSync).flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...MASKED_DIRECTORIES.filter(existsSync).flatMap((path) => ['--tmpfs', path]),
    ...['--proc', '/proc', '--dev', '/dev', ...size, '--tmpfs', '/dev/shm', ...size, '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...(layout.network === 'host' ? showNameResolution() : []),
    ...['--bind', layout.homeDir, layout.homePath],
    ...layout.readOnlyPaths.flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind', layout.stdinDir, layout.stdinDir],
    ...['--bind', layout.workDir, layout.workDir, '--chdir', layout.workDir],
    ...['--', '/bin/sh', '-c', SUPERVISOR],
  ]
}

/** Whether the program could see a path: a part of the system, or something that was shown to it. */
export function isVisible(path: string, layout: SandboxLayout): boolean {
  return isShown(path, [...layout.readOnlyPaths, layout.workDir])
}

/** Whether something mounted there would cover a part of the system. */
export function hidesSystem(path: string): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`
  return SYSTEM_PATHS.some((part) => `${part}/`.startsWith(prefix))
}

/** Whether a path, and what it leads to, is part of the system or below one of the paths that are shown besides. */
export function isShown(path: string, besides: readonly string[]): boolean {
  const shown = [...SYSTEM_PATHS, ...besides]
  return [path, realpathSync(path)].every((each) => shown.some((root) => each === root || each.startsWith(`${root}/`)))
}

/** Tries a sandbox and says why it does not work here, or `undefined` when it does. */
export function whyNotSandboxed(bubblewrap: string | undefined): string | undefined {
  if (bubblewrap === undefined) return 'bubblewrap is not installed (apt-get install bubblewrap)'
  const trial = spawnSync(bubblewrap, [...NAMESPACES, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  if (trial.status === 0) return undefined
  return `bubblewrap does not work here: ${trial.stderr.trim() || (trial.error?.message ?? 'it ended without a word')}`
}

/** How the program inside ended, from what was reported and from bubblewrap's own exit. */
export function readSandboxExit(exit: ProcessExit, report: string): { readonly exit: ProcessExit; readonly temporaryFull: boolean } {
  const status = /^status (\d+)$/m.exec(report)
  const code = status ? Number(status[1]) : exit.exitCode
  const signalNamed = status !== null && report.indexOf('status ') > 0
  // Without a status the program killed the shell that watches over it, and all that is known is how that one died.
  const killed = code !== null && code > 128 && (signalNamed || status === null)
  return {
    exit: killed ? { exitCode: null, signal: signalName(code - 128) } : { exitCode: code, signal: exit.signal },
    temporaryFull: /^full$/m.test(report),
  }
}

function showSystemPath(path: string): readonly string[] {
  if (!existsSync(path)) return []
  // On a merged system /bin is a link into /usr, and has to be one inside as well.
  if (lstatSync(path).isSymbolicLink()) return ['--symlink', readlinkSync(path), path]
  return ['--ro-bind', path, path]
}

/** Where /etc/resolv.conf is a link, what it points to lies in a part that is otherwise not shown. */
function showNameResolution(): readonly string[] {
  const target = existsSync('/etc/resolv.conf') ? realpathSync('/etc/resolv.conf') : '/etc/resolv.conf'
  return dirname(target) === '/etc' ? [] : ['--ro-bind', target, target]
}

function signalName(number: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return (found?.[0] ?? null) as NodeJS.Signals | null
}
