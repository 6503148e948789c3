import { readdirSync, readFileSync } from 'node:fs'

/** The processes that a process started, and theirs, as far as /proc tells; empty where there is none. */
export function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent)
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const pids = children.get(next)?.map((child) => child.pid) ?? []
    found.push(...pids)
    queue.push(...pids)
  }
  return found
}

function processes(): { pid: number; parent: number }[] {
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return pids.flatMap((pid) => {
    // The name in parentheses may hold anything; state and parent come after the last one.
    const parent = /^.*\) \S (\d+) /s.exec(readStat(pid))?.[1]
    return parent === undefined ? [] : [{ pid: Number(pid), parent: Number(parent) }]
  })
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended since it was listed.
    return ''
  }
}
