import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import { lastPid, listProcesses, wasStartedWith, type ProcessEntry } from './process-table.ts'
import { KILL_PATIENCE_MS, type Leader, type LimitEvidence, type ProcessScope } from './process-scope.ts'

/** The variable by which processes are known that left their group and session. */
export const MARKER_NAME = 'POLYRUN_RUN'

/**
 * The scope for machines without a cgroup of ours: the leader's process group and session, its descendants, and every
 * process that inherited a marker variable. A process escapes it only by dropping the marker *and* leaving session and
 * parents behind at once; nothing here stops a program that means to.
 */
export class MarkerScope implements ProcessScope {
  readonly entry: readonly string[] = []
  readonly env: Readonly<Record<string, string>>
  readonly #marker: string

  constructor(id: string) {
    this.env = { [MARKER_NAME]: id }
    this.#marker = `${MARKER_NAME}=${id}`
  }

  signal(signal: NodeJS.Signals, leader: Leader): void {
    // The whole group in one call first: members cannot fork between the two looks at the table.
    if (!leader.reaped) send(-leader.pid, signal)
    for (const member of this.#members(leader)) send(member.pid, signal)
  }

  hasMembers(leader: Leader): boolean {
    // Numbers are given out in order, so on most runs nothing has to be searched: no process began after the leader.
    const last = lastPid()
    if (last === leader.pid) return false
    return this.#members(leader, last !== undefined && last > leader.pid ? leader.pid : 0).length > 0
  }

  async kill(leader: Leader): Promise<void> {
    const deadline = performance.now() + KILL_PATIENCE_MS
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
      this.signal('SIGKILL', leader)
      const left = this.#members(leader)
      if (left.length === 0) return
      if (performance.now() > deadline) throw stillAlive(left.map((entry) => entry.pid))
      await delay(pauseMs)
    }
  }

  killSync(leader: Leader): void {
    this.signal('SIGKILL', leader)
  }

  evidence(): LimitEvidence {
    return { memoryKills: 0, refusedForks: 0 }
  }

  release(): void {}

  /** The processes of the scope; also what the memory watchdog adds up. */
  members(leader: Leader): ProcessEntry[] {
    return this.#members(leader, 0, true)
  }

  #members(leader: Leader, afterPid = 0, withLeader = false): ProcessEntry[] {
    const table = listProcesses(afterPid)
    const descendants = new Set([leader.pid])
    const ours = table.filter((entry) => {
      if (entry.pid === leader.pid) return withLeader && !leader.reaped
      const related = entry.group === leader.pid || entry.session === leader.pid || descendants.has(entry.parent)
      if (!related && !wasStartedWith(entry.pid, this.#marker)) return false
      descendants.add(entry.pid)
      return entry.pid !== process.pid
    })
    return ours
  }
}

/** What is left of a tree that should be dead. */
export function stillAlive(pids: readonly number[]): CodeExecutorError<'CLEANUP_FAILED'> {
  const left = pids.map((pid) => `process ${pid}`)
  return new CodeExecutorError('CLEANUP_FAILED', `Killed but not gone after ${KILL_PATIENCE_MS} ms: ${left.join(', ')}. It may be waiting for a device.`, {
    executor: 'local',
    left,
  })
}

/** Sends a signal; a process that is gone needs none. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
