import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The user of programs; none of this machine has the number. */
export const USER_ID = 61_842
/** Directories that each sandbox has for itself. The rest is this machine's. The last one hides where they are. */
const OWN = ['/home', '/var/tmp', '/tmp']
const ENTER = `
root=$0
for directory in ${OWN.join(' ')}; do mount --bind "$root$directory" "$directory" || exit 125; done
for program in $HIDDEN; do
  for way in "$program" "$(readlink -f "$program")"; do mount --bind /dev/null "$way" || exit 125; done
done
unset HIDDEN
cd "$WORKING_DIRECTORY" || exit 125
unset WORKING_DIRECTORY
[ "$1" = root ] && { shift; exec "$@"; }
shift
exec setpriv --reuid=${USER_ID} --regid=${USER_ID} --clear-groups -- "$@"`
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Where one sandbox's files and processes are: directories of this machine, and its processes with a view of these. */
export class SandboxPlace {
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), 'e2b-sandbox-')))
  readonly #children = new Set<ChildProcess>()
  #hidden = ''
  #isGone = false

  constructor() {
    for (const directory of OWN) mkdirSync(join(this.#root, directory), { recursive: true, mode: directory === '/home' ? 0o755 : 0o777 })
    for (const directory of ['/tmp', '/var/tmp']) openForAll(join(this.#root, directory))
    mkdirSync(join(this.#root, '/home/user'))
    chownSync(join(this.#root, '/home/user'), USER_ID, USER_ID)
  }

  /** Where a path of the sandbox is on this machine; `undefined` outside of what is its own. */
  hostPath(path: string): string | undefined {
    return !this.#isGone && OWN.some((directory) => path.startsWith(`${directory}/`)) ? join(this.#root, path) : undefined
  }

  /** Whether the sandbox has something at a path, links included. */
  has(path: string): boolean {
    const host = this.hostPath(path)
    return host !== undefined && lstatSync(host, { throwIfNoEntry: false }) !== undefined
  }

  /** The names in a directory of the sandbox. */
  list(path: string): string[] {
    return readdirSync(this.hostPath(`${path}/`) ?? '')
  }

  /** Has processes that start later find a file that nobody can run. */
  hide(program: string): void {
    this.#hidden += ` ${program}`
  }

  start(command: string, args: readonly string[], env: Readonly<Record<string, string>>, options: StartOptions): ChildProcess {
    if (this.#isGone) throw new Error('the sandbox is gone')
    const home = options.user === 'root' ? '/root' : '/home/user'
    const child = spawn('unshare', ['--mount', '--', '/bin/sh', '-c', ENTER, this.#root, options.user, command, ...args], {
      cwd: '/',
      env: {
        PATH,
        HOME: home,
        USER: options.user,
        LOGNAME: options.user,
        ...env,
        HIDDEN: this.#hidden,
        WORKING_DIRECTORY: options.cwd ?? (options.user === 'root' ? '/' : home),
      },
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    return child
  }

  /** Kills everything that runs, as the end of a machine does. */
  async destroy(): Promise<void> {
    this.#isGone = true
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#children) killTree(child.pid)
    await Promise.all(ends)
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** How a process of a sandbox is started. */
export interface StartOptions {
  readonly user: string
  readonly cwd: string | undefined
  readonly stdin: boolean
}

/** A process and its descendants; those of a process namespace go with its first one. */
function killTree(pid: number | undefined): void {
  if (pid === undefined) return
  kill(pid, 'SIGSTOP') // or it starts another one between two looks
  const children = readChildren(pid)
  kill(pid, 'SIGKILL')
  for (const child of children) killTree(child)
}

function readChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return [] // it is over
  }
}

function kill(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {} // it is over
}

/** A directory that everybody may write to, and only the owner of a file may remove it. */
function openForAll(path: string): void {
  chmodSync(path, 0o1777)
}
