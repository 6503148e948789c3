import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** How many processes wanted to run in the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0
}

/** What the processors did, in seconds of one core. */
export interface CpuTimes {
  /** Everybody's work, and what a hypervisor took away. */
  readonly busy: number
  /** The work of this process and of its descendants that were waited for. */
  readonly own: number
  readonly at: number
}

/** Reads the processors' clocks; `undefined` where the system does not show them. */
export function readCpuTimes(): CpuTimes | undefined {
  try {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = numbers(
      readFileSync('/proc/stat', 'latin1').split('\n')[0],
    )
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const own = numbers(stat.slice(stat.lastIndexOf(')')))
      .slice(11, 15)
      .reduce((sum, ticks) => sum + ticks, 0)
    return { busy: (user + nice + system + irq + softirq + steal) / TICKS, own: own / TICKS, at: performance.now() / 1000 }
  } catch {
    return undefined
  }
}

/** Cores that work of others took on average between two readings. */
export function coresOfOthers(before: CpuTimes | undefined, after: CpuTimes | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined
  return Math.max(0, (after.busy - before.busy - (after.own - before.own)) / (after.at - before.at))
}

/** Per second; the same on every Linux that shows them. */
const TICKS = 100

/** The numbers of a line after its first word. */
function numbers(line = ''): number[] {
  return line.trim().split(/\s+/).slice(1).map(Number)
}
