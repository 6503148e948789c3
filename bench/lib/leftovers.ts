import { readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findCgroups } from '../../src/engine/host/cgroup-host.ts'
import { listProcesses } from '../../src/engine/process-table.ts'

/** What this process holds on the machine. */
export interface Holdings {
  readonly descriptors: number
  /** Files and directories in temporary directories of ours, without the pipes that were made ahead. */
  readonly files: number
  /** Pipes made ahead: a stock that goes up and down between fixed bounds while the executor lives. */
  readonly pipesAhead: number
  readonly cgroups: number
  readonly children: number
}

/** Where cgroups of ours can be. */
const CGROUP_PARENTS = [...new Set(findCgroups()?.parents.values())]
const PREFIX = `polyrun-${process.pid}-`

/** Counts what this process holds on the machine. */
export function countHoldings(): Holdings {
  const temporary = realpathSync(tmpdir())
  const files = list(temporary)
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => [name, ...list(join(temporary, name), true).map((below) => join(name, below))])
  const pipes = files.filter((file) => /\/pipes\/[^/]+$/.test(file))
  return {
    descriptors: list('/proc/self/fd').length,
    files: files.length - pipes.length,
    pipesAhead: pipes.length,
    cgroups: CGROUP_PARENTS.flatMap((parent) => list(parent)).filter((name) => name.startsWith(PREFIX)).length,
    children: listProcesses().filter(({ parent }) => parent === process.pid).length,
  }
}

/** Waits until the counts that do not move by design are those, at most for a moment, and counts again. */
export async function untilBackTo(wanted: Holdings, patienceMs = 3_000): Promise<Holdings> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const now = countHoldings()
    if (isBackTo(wanted, now) || performance.now() > deadline) return now
    await delay(20)
  }
}

/** Whether nothing is held that was not held then. */
export function isBackTo(then: Holdings, now: Holdings): boolean {
  return now.descriptors <= then.descriptors && now.files <= then.files && now.cgroups <= then.cgroups && now.children <= then.children
}

/** The counts in words. */
export function describeHoldings({ descriptors, files, pipesAhead, cgroups, children }: Holdings): string {
  return `${descriptors} descriptors, ${files} files, ${pipesAhead} pipes made ahead, ${cgroups} cgroups, ${children} child processes`
}

function list(directory: string, recursive = false): string[] {
  try {
    return readdirSync(directory, { recursive, encoding: 'utf8' })
  } catch {
    return [] // not there, or gone while we looked
  }
}
