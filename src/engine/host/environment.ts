import { existsSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'

/** What programs get of this process's environment when nothing else is said: where things are and how people write, no secrets. */
const HARMLESS = ['PATH', 'HOME', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL']
/** Without these no program starts on Windows. */
const HARMLESS_ON_WINDOWS = [
  'Path',
  'PATHEXT',
  'SystemRoot',
  'SystemDrive',
  'ComSpec',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
]

/** What the environment of programs is made from. */
export interface EnvironmentOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly inheritEnv?: boolean | readonly string[]
  readonly virtualEnv?: string
}

/** The environment of every program of an executor. @throws `INVALID_ARGUMENT` for a virtual environment that is none */
export function makeEnvironment(
  options: EnvironmentOptions,
  parent: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const defaults = defaultNames()
  const env: Record<string, string> = { ...pick(parent, options.inheritEnv ?? defaults, defaults), ...options.env }
  if (options.virtualEnv === undefined) return env
  const root = resolve(options.virtualEnv)
  const bin = join(root, process.platform === 'win32' ? 'Scripts' : 'bin')
  if (!existsSync(bin) || !existsSync(join(root, 'pyvenv.cfg'))) {
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `virtualEnv ${JSON.stringify(root)} is no virtual environment: it has no pyvenv.cfg, or no programs. Make one with the interpreter that it is to have, and: -m venv ${root}`,
      {
        argument: 'virtualEnv',
        value: options.virtualEnv,
      },
    )
  }
  const path = env['PATH'] ?? ''
  return { ...env, VIRTUAL_ENV: root, PATH: path === '' ? bin : bin + delimiter + path }
}

/** Where a program of that name is on a search path; absolute and relative paths are taken as they are. */
export function findOnPath(name: string, path: string, cwd: string, accept: (file: string) => boolean = () => true): string | undefined {
  const candidates =
    name.includes('/') || name.includes('\\')
      ? [resolve(cwd, name)]
      : path
          .split(delimiter)
          .filter(Boolean)
          .map((directory) => resolve(cwd, directory, name))
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : ['']
  return candidates.flatMap((candidate) => endings.map((ending) => candidate + ending)).find((file) => isProgram(file) && accept(file))
}

function isProgram(file: string): boolean {
  try {
    const stat = statSync(file)
    return stat.isFile() && (process.platform === 'win32' || (stat.mode & 0o111) !== 0)
  } catch {
    return false // not there, or in a place that is not ours to look into
  }
}

function defaultNames(): readonly string[] {
  return process.platform === 'win32' ? [...HARMLESS, ...HARMLESS_ON_WINDOWS] : HARMLESS
}

/** A service often runs in the C locale, in which half of all languages cannot print an accent. Programs are better off without it. */
function isAsciiLocale(name: string, value: string): boolean {
  return /^(?:LANG|LC_.*)$/.test(name) && ['C', 'POSIX', ''].includes(value)
}

function pick(
  parent: Readonly<Record<string, string | undefined>>,
  names: boolean | readonly string[],
  defaults: readonly string[],
): Record<string, string> {
  if (names === false) return {}
  const wanted = names === true ? Object.keys(parent) : names
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const value = parent[name]
      return value === undefined || (names === defaults && isAsciiLocale(name, value)) ? [] : [[name, value]]
    }),
  )
}
