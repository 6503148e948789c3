import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** What a cgroup can do for us. `kill` is to hold processes together and end them, which every hierarchy can. */
export type CgroupController = 'kill' | 'memory' | 'cpu' | 'pids'

/** Where cgroups can be made, per controller. In version 2 all controllers share one directory. */
export interface CgroupHost {
  /** Directory in which a cgroup with this controller can be made. */
  readonly parents: ReadonlyMap<CgroupController, string>
}

interface Mount {
  readonly version: 1 | 2
  readonly controllers: readonly string[]
  /** The cgroup of this process, as a directory. */
  readonly own: string
  readonly mountPoint: string
}

const LIMITING = ['memory', 'cpu', 'pids'] as const

/** Finds out by trying where this process may make cgroups; `undefined` where nowhere. */
export function findCgroups(): CgroupHost | undefined {
  const mounts = readMounts()
  const parents = new Map<CgroupController, string>()
  const unified = mounts.find((mount) => mount.version === 2)
  if (unified) {
    const killParent = ancestors(unified).find(canMakeCgroup)
    if (killParent !== undefined) parents.set('kill', killParent)
    const limitParent = ancestors(unified).find((directory) => canMakeCgroup(directory) && enableControllers(directory).length > 0)
    if (limitParent !== undefined) {
      for (const controller of enabledIn(limitParent)) parents.set(controller, limitParent)
      // One directory serves all, so that a process is moved once.
      if (LIMITING.some((controller) => parents.has(controller))) parents.set('kill', limitParent)
    }
  }
  for (const mount of mounts.filter((each) => each.version === 1)) {
    for (const controller of LIMITING) {
      if (mount.controllers.includes(controller) && !parents.has(controller) && canMakeCgroup(mount.own)) parents.set(controller, mount.own)
    }
  }
  const anyParent = parents.get('kill') ?? parents.get('pids') ?? parents.get('memory')
  if (anyParent === undefined) return undefined
  return { parents: new Map([...parents, ['kill', anyParent]]) }
}

/** Whether a directory of cgroups is of version 2. A machine may have both, each with some of the controllers. */
export function isVersion2(directory: string): boolean {
  return existsSync(join(directory, 'cgroup.controllers'))
}

/** The own directory and those above it, nearest first, down to where the hierarchy is mounted. */
function ancestors(mount: Mount): string[] {
  const directories = [mount.own]
  for (let directory = mount.own; directory !== mount.mountPoint && directory.startsWith(mount.mountPoint);) {
    directory = dirname(directory)
    directories.push(directory)
  }
  return directories
}

function canMakeCgroup(directory: string): boolean {
  const probe = join(directory, `polyrun-probe-${process.pid}`)
  try {
    mkdirSync(probe)
    try {
      // Entering one needs the right to write here, which the right to make a directory does not include.
      return readdirSync(probe).includes('cgroup.procs')
    } finally {
      rmdirSync(probe)
    }
  } catch {
    return false
  }
}

function enableControllers(directory: string): CgroupController[] {
  const wanted = LIMITING.filter((controller) => words(join(directory, 'cgroup.controllers')).includes(controller))
  const missing = wanted.filter((controller) => !words(join(directory, 'cgroup.subtree_control')).includes(controller))
  for (const controller of missing) {
    try {
      writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`)
    } catch {
      // Not ours to enable, or the directory has processes of its own; one further up may do.
    }
  }
  return enabledIn(directory)
}

function enabledIn(directory: string): CgroupController[] {
  const enabled = words(join(directory, 'cgroup.subtree_control'))
  return LIMITING.filter((controller) => enabled.includes(controller))
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').trim().split(/\s+/)
  } catch {
    return []
  }
}

/** Joins what is mounted (proc_pid_mountinfo(5)) with where this process is in it (cgroups(7)). */
function readMounts(): Mount[] {
  const paths = new Map<string, string>()
  for (const line of lines('/proc/self/cgroup')) {
    const [, names = '', ...path] = line.split(':')
    paths.set(names, path.join(':'))
  }
  return lines('/proc/self/mountinfo').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const [type, , options = ''] = right.split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') return []
    const [, , , root = '/', mountPoint = ''] = left.split(' ')
    const controllers = type === 'cgroup2' ? [] : options.split(',')
    const path =
      type === 'cgroup2'
        ? paths.get('')
        : [...paths].find(([names]) => names.split(',').some((name) => name !== '' && controllers.includes(name)))?.[1]
    if (path === undefined) return []
    const below = relative(root, path)
    const own = below.startsWith('..') ? mountPoint : join(mountPoint, below)
    return { version: type === 'cgroup2' ? (2 as const) : (1 as const), controllers, own, mountPoint }
  })
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
