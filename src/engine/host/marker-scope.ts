import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import { isOwnerDead, ownedName, ownerOf } from '../ownership.ts'
import {
  environmentOf,
  forksSoFar,
  lastPid,
  listProcesses,
  proportionalBytes,
  readProcess,
  wasStartedWith,
  type ProcessEntry,
} from '../process-table.ts'
import { KILL_PATIENCE_MS, type Leader, type LimitEvidence, type ProcessScope } from './process-scope.ts'

/** The variable by which processes are known that left their group and session. */
export const MARKER_NAME = 'POLYRUN_RUN'

/** The fewest numbers that a Linux gives out before it begins again, less those it keeps. */
const LEAST_NUMBERS = 30_000

/**
 * The scope for machines without a cgroup of ours: the leader's process group and session, its descendants, and every
 * process that inherited a marker variable. A process escapes it only by dropping the marker *and* leaving session and
 * parents behind at once; nothing here stops a program that means to.
 */
export class MarkerScope implements ProcessScope {
  readonly entry: readonly string[] = []
  readonly env: Readonly<Record<string, string>>
  readonly #marker: string
  readonly #forksBefore = forksSoFar()

  constructor(id: string) {
    const name = ownedName(id)
    this.env = { [MARKER_NAME]: name }
    this.#marker = `${MARKER_NAME}=${name}`
  }

  terminate(leader: Leader): void {
    if (!leader.reaped && !leader.supervises) send(-leader.pid, 'SIGTERM')
    for (const member of this.#members(leader)) if (member.group !== leader.pid) send(member.pid, 'SIGTERM')
  }

  hasMembers(leader: Leader): boolean {
    // Numbers are given out in order, so on most runs nothing has to be searched: no process began after the leader.
    const last = lastPid()
    if (last === leader.pid) return false
    const areAbove = last !== undefined && last > leader.pid && !this.#mayHaveComeRound()
    return this.#members(leader, areAbove ? leader.pid : 0).length > 0
  }

  /** After enough processes numbers begin again from below, and what began later may have a lower one. */
  #mayHaveComeRound(): boolean {
    const forks = forksSoFar()
    return forks === undefined || this.#forksBefore === undefined || forks - this.#forksBefore >= LEAST_NUMBERS
  }

  async kill(leader: Leader): Promise<void> {
    const deadline = performance.now() + KILL_PATIENCE_MS
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
      this.killSync(leader)
      const left = this.#members(leader)
      if (left.length === 0) return
      if (performance.now() > deadline) throw stillAlive(left.map((entry) => entry.pid))
      await delay(pauseMs)
    }
  }

  killSync(leader: Leader): void {
    // The whole group in one call first: its members cannot fork between two looks at the table.
    if (!leader.reaped) send(-leader.pid, 'SIGKILL')
    for (const member of this.#members(leader)) send(member.pid, 'SIGKILL')
  }

  evidence(): LimitEvidence {
    return { memoryKills: 0, refusedForks: 0 }
  }

  async release(): Promise<void> {}

  /** Memory that the processes of the scope hold, what they share counted once where the system tells. */
  memoryBytes(leader: Leader, limitBytes: number): number {
    const members = this.#members(leader, 0, true)
    const resident = members.reduce((total, entry) => total + entry.residentBytes, 0)
    // The cheap sum counts shared pages once per process, so it is never too small.
    return resident <= limitBytes ? resident : members.reduce((total, entry) => total + proportionalBytes(entry), 0)
  }

  #members(leader: Leader, afterPid = 0, withLeader = false): ProcessEntry[] {
    const table = listProcesses(afterPid)
    // The number of a leader that is gone is not given out again while its group or session has members.
    const isNumberOurs = !leader.reaped || readProcess(leader.pid) === undefined
    const descendants = new Set(leader.reaped ? [] : [leader.pid])
    const ours = table.filter((entry) => {
      if (entry.pid === leader.pid) return withLeader && !leader.reaped
      const together = isNumberOurs && (entry.group === leader.pid || entry.session === leader.pid)
      const related = together || descendants.has(entry.parent)
      if (!related && !wasStartedWith(entry.pid, this.#marker)) return false
      descendants.add(entry.pid)
      return entry.pid !== process.pid
    })
    return ours
  }
}

/** Ends the processes of executors whose own process died without doing so. */
export function sweepMarked(): void {
  for (const { pid } of listProcesses()) {
    const owner = ownerOf(environmentOf(pid, MARKER_NAME) ?? '')
    if (owner !== undefined && isOwnerDead(owner)) send(pid, 'SIGKILL')
  }
}

/** What is left of a tree that should be dead. */
export function stillAlive(pids: readonly number[]): CodeExecutorError<'CLEANUP_FAILED'> {
  const left = pids.map((pid) => `process ${pid}`)
  return new CodeExecutorError(
    'CLEANUP_FAILED',
    `Killed but not gone after ${KILL_PATIENCE_MS} ms: ${left.join(', ')}. It may be waiting for a device.`,
    {
      executor: 'host',
      left,
    },
  )
}

/** Sends a signal; a process that is gone needs none. */
export function send(pid: number, signal: string): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
