import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process as the system's table shows it. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** When it began, in the system's own ticks: with the pid it names one process for ever. */
  readonly startTicks: number
  readonly residentBytes: number
}

const PAGE_BYTES = 4096

/** Every process above `afterPid`, except those that ended and wait to be reaped. */
export function listProcesses(afterPid = 0): ProcessEntry[] {
  return process.platform === 'linux' ? listFromProc(afterPid) : listFromPs()
}

/** One process, or `undefined` when it is gone or only waits to be reaped. */
export function readProcess(pid: number): ProcessEntry | undefined {
  if (process.platform !== 'linux') return listFromPs().find((entry) => entry.pid === pid)
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** Whether a process was started with this text in its environment. Only Linux shows that to its owner. */
export function wasStartedWith(pid: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(text)
  } catch {
    return false // gone, somebody else's, or no /proc
  }
}

/** Resident memory in which a page shared by n processes counts as an n-th; plain resident memory where the system does not tell. */
export function proportionalBytes(entry: ProcessEntry): number {
  try {
    const kib = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${entry.pid}/smaps_rollup`, 'latin1'))?.[1]
    return kib === undefined ? entry.residentBytes : Number(kib) * 1024
  } catch {
    return entry.residentBytes
  }
}

/** The last process number that the system gave out, or `undefined` where it does not tell. */
export function lastPid(): number | undefined {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1)) || undefined
  } catch {
    return undefined
  }
}

function listFromProc(afterPid: number): ProcessEntry[] {
  const entries: ProcessEntry[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!(pid > afterPid)) continue
    const entry = readProcess(pid)
    if (entry) entries.push(entry)
  }
  return entries
}

/** Fields of proc_pid_stat(5). The name in parentheses may hold anything, so they are counted from its end. */
function parseStat(stat: string): ProcessEntry | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  if (state === 'Z' || state === 'X') return undefined
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(fields[19]),
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  }
}

/** The portable table: no session and no start time, which its users do without. */
function listFromPs(): ProcessEntry[] {
  const rows = execFileSync('ps', ['-axo', 'pid=,ppid=,pgid=,rss=,stat='], { encoding: 'latin1', maxBuffer: 64 * 1024 ** 2 })
    .trim()
    .split('\n')
  return rows.flatMap((row) => {
    const [pid, parent, group, residentKib, state] = row.trim().split(/\s+/)
    if (state?.startsWith('Z')) return []
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      startTicks: 0,
      residentBytes: Number(residentKib) * 1024,
    }
  })
}
