import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ResolvedLimits } from '../../core/index.ts'
import { isErrno } from '../../workspace/index.ts'
import { isVersion2, type CgroupController, type CgroupHost } from './cgroup-host.ts'
import { send, stillAlive } from './marker-scope.ts'
import { isOwnerDead, ownedName, ownerOf } from '../ownership.ts'
import { KILL_PATIENCE_MS, type Leader, type LimitEvidence, type ProcessScope } from './process-scope.ts'
import { quote } from '../shell-words.ts'

const REMOVAL_PATIENCE_MS = 2_000
const CPU_PERIOD_US = 100_000
/** The kernel takes no smaller quota. */
const MIN_CPU_QUOTA_US = 1_000

/** What a scope is to enforce. */
export type CgroupLimits = Pick<ResolvedLimits, 'memory' | 'memorySwap' | 'cpus' | 'pids'>

/**
 * The scope that nothing leaves: a cgroup. Processes are born into it, whatever session, group or parent they choose,
 * and the kernel ends them together. Works with version 2, version 1, and both mounted side by side.
 */
export class CgroupScope implements ProcessScope {
  readonly entry: readonly string[]
  readonly env: Readonly<Record<string, string>> = {}
  /** Where the scope lives, per controller; in version 2 all of them are one directory. */
  readonly #directories: ReadonlyMap<CgroupController, string>

  constructor(host: CgroupHost, id: string, limits: CgroupLimits) {
    const needed = neededControllers(limits)
    this.#directories = new Map(needed.map((controller) => [controller, join(host.parents.get(controller) ?? '', ownedName(id))]))
    try {
      for (const directory of this.#distinct()) mkdirSync(directory)
      this.#setLimits(limits)
    } catch (cause) {
      void this.release()
      throw cause
    }
    this.entry = this.#distinct().map((directory) => `echo $$ > ${quote(join(directory, 'cgroup.procs'))}`)
  }

  /** Takes in a process that runs already. What it starts from then on is born in the scope. */
  adopt(pid: number): void {
    for (const directory of this.#distinct()) writeFileSync(join(directory, 'cgroup.procs'), String(pid))
  }

  terminate(leader: Leader): void {
    for (const pid of this.#members()) if (pid !== leader.pid || !leader.supervises) send(pid, 'SIGTERM')
  }

  hasMembers(leader: Leader): boolean {
    return this.#members().some((pid) => pid !== leader.pid || leader.reaped)
  }

  async kill(): Promise<void> {
    const deadline = performance.now() + KILL_PATIENCE_MS
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
      this.killSync()
      const left = this.#members()
      if (left.length === 0) return
      if (performance.now() > deadline) throw stillAlive(left)
      await delay(pauseMs)
    }
  }

  killSync(): void {
    const killFile = join(this.#directory('kill'), 'cgroup.kill')
    if (existsSync(killFile)) {
      writeFileSync(killFile, '1')
      return
    }
    // Older kernels: no new processes, so that the list that follows is complete.
    const pids = this.#directories.get('pids')
    if (pids !== undefined) writeFileSync(join(pids, 'pids.max'), '0')
    for (const pid of this.#members()) send(pid, 'SIGKILL')
  }

  evidence(): LimitEvidence {
    const memory = this.#directories.get('memory')
    const pids = this.#directories.get('pids')
    return {
      memoryKills:
        memory === undefined ? 0 : readCounter(join(memory, isVersion2(memory) ? 'memory.events' : 'memory.oom_control'), 'oom_kill'),
      refusedForks: pids === undefined ? 0 : readCounter(join(pids, 'pids.events'), 'max'),
    }
  }

  async release(): Promise<void> {
    await Promise.all(this.#distinct().map(removeCgroup))
  }

  #members(): number[] {
    return membersOf(this.#directory('kill'))
  }

  #setLimits({ memory, memorySwap = memory, cpus, pids }: CgroupLimits): void {
    if (memory !== undefined && memorySwap !== undefined) {
      const directory = this.#directory('memory')
      const [file, swapFile, swap] = isVersion2(directory)
        ? ['memory.max', 'memory.swap.max', memorySwap - memory]
        : ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', memorySwap]
      writeFileSync(join(directory, file), String(memory))
      // Not there where the kernel does not count swap, and then there is none to be had.
      if (existsSync(join(directory, swapFile))) writeFileSync(join(directory, swapFile), String(swap))
    }
    if (cpus !== undefined) {
      const directory = this.#directory('cpu')
      const quota = Math.max(MIN_CPU_QUOTA_US, Math.round(Math.min(cpus, availableParallelism()) * CPU_PERIOD_US))
      if (isVersion2(directory)) writeFileSync(join(directory, 'cpu.max'), `${quota} ${CPU_PERIOD_US}`)
      else writeFileSync(join(directory, 'cpu.cfs_quota_us'), String(quota))
    }
    if (pids !== undefined) writeFileSync(join(this.#directory('pids'), 'pids.max'), String(pids))
  }

  #directory(controller: CgroupController): string {
    return this.#directories.get(controller) ?? ''
  }

  #distinct(): string[] {
    return [...new Set(this.#directories.values())]
  }
}

function membersOf(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number)
  } catch {
    return [] // the directory is gone, so are they
  }
}

/** Ends and removes the cgroups of processes that died without doing so. */
export async function sweepCgroups(host: CgroupHost): Promise<void> {
  for (const parent of new Set(host.parents.values())) {
    for (const name of readdirSync(parent)) {
      const owner = ownerOf(name)
      if (owner === undefined || !isOwnerDead(owner)) continue
      const directory = join(parent, name)
      for (const pid of membersOf(directory)) send(pid, 'SIGKILL')
      await removeCgroup(directory)
    }
  }
}

function neededControllers(limits: CgroupLimits): CgroupController[] {
  return [
    'kill',
    ...(limits.memory === undefined ? [] : (['memory'] as const)),
    ...(limits.cpus === undefined ? [] : (['cpu'] as const)),
    ...(limits.pids === undefined ? [] : (['pids'] as const)),
  ]
}

/** A cgroup cannot be removed in the instant after its last process ended, which may take the kernel some milliseconds. */
async function removeCgroup(directory: string): Promise<void> {
  const deadline = performance.now() + REMOVAL_PATIENCE_MS
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      await rmdir(directory)
      return
    } catch (error) {
      if (!isErrno(error, 'EBUSY') || performance.now() > deadline) return
      await delay(pauseMs)
    }
  }
}

function readCounter(path: string, name: string): number {
  try {
    const line = readFileSync(path, 'latin1')
      .split('\n')
      .find((each) => each.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1) ?? 0)
  } catch {
    return 0
  }
}
