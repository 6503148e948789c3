import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { isErrno } from '../workspace/index.ts'

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
    return parseStat(readProcFile(`/proc/${pid}/stat`).toString('latin1'))
  } catch {
    return undefined
  }
}

/** Whether a process was started with this text in its environment. Only Linux shows that to its owner. */
export function wasStartedWith(pid: number, text: string): boolean {
  try {
    return readProcFile(`/proc/${pid}/environ`).includes(text)
  } catch {
    return false // gone, somebody else's, or no /proc
  }
}

/** The arguments of a process, each ended by NUL; empty when it is gone. Where there is no /proc they are joined by blanks. */
export function argumentsOf(pid: number): string {
  try {
    if (process.platform !== 'linux') return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return readProcFile(`/proc/${pid}/cmdline`).toString('utf8')
  } catch {
    return ''
  }
}

/**
 * How a process ended that nobody has waited for yet, as wait(2) tells it; `'alive'` while it runs, `undefined` when it is
 * gone or the system does not tell.
 */
export function endOf(pid: number, startTicks: number): 'alive' | { readonly exitCode: number } | { readonly signal: number } | undefined {
  if (process.platform !== 'linux') return readProcess(pid) === undefined ? undefined : 'alive'
  try {
    const stat = readProcFile(`/proc/${pid}/stat`).toString('latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[19]) !== startTicks) return undefined
    if (fields[0] !== 'Z' && fields[0] !== 'X') return 'alive'
    const status = Number(fields[49])
    return (status & 0x7f) === 0 ? { exitCode: (status >> 8) & 0xff } : { signal: status & 0x7f }
  } catch {
    return undefined
  }
}

/** A variable that a process was started with. Only Linux shows that to its owner. */
export function environmentOf(pid: number, name: string): string | undefined {
  try {
    const start = `${name}=`
    return readProcFile(`/proc/${pid}/environ`)
      .toString('latin1')
      .split('\0')
      .find((each) => each.startsWith(start))
      ?.slice(start.length)
  } catch {
    return undefined // gone, somebody else's, or no /proc
  }
}

/** Resident memory in which a page shared by n processes counts as an n-th; plain resident memory where the system does not tell. */
export function proportionalBytes(entry: ProcessEntry): number {
  try {
    const kib = /^Pss:\s+(\d+) kB$/m.exec(readProcFile(`/proc/${entry.pid}/smaps_rollup`).toString('latin1'))?.[1]
    return kib === undefined ? entry.residentBytes : Number(kib) * 1024
  } catch (error) {
    // It ended since the table was read, and holds nothing any more.
    return isErrno(error, 'ESRCH', 'ENOENT') && existsSync('/proc/self/smaps_rollup') ? 0 : entry.residentBytes
  }
}

/** The last process number that the system gave out, or `undefined` where it does not tell. */
export function lastPid(): number | undefined {
  try {
    return Number(readProcFile('/proc/loadavg').toString('latin1').trim().split(' ').at(-1)) || undefined
  } catch {
    return undefined
  }
}

/** How many processes the system ever started, or `undefined` where it does not tell. */
export function forksSoFar(): number | undefined {
  try {
    return Number(/^processes (\d+)$/m.exec(readProcFile('/proc/stat').toString('latin1'))?.[1]) || undefined
  } catch {
    return undefined
  }
}

/** As much as a process can have of arguments and environment. */
const scratch = Buffer.allocUnsafeSlow(2 * 1024 ** 2)

/**
 * Reads one of the small files of /proc, whose size the system does not tell. The result is good until the next call:
 * Node would take 64 KB of fresh memory for each, and a look at the table reads hundreds.
 */
function readProcFile(path: string): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < scratch.byteLength; length += read)
      read = readSync(descriptor, scratch, length, scratch.byteLength - length, null)
    return scratch.subarray(0, length)
  } finally {
    closeSync(descriptor)
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
