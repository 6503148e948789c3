import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findTool, runTool } from './tools.ts'

const PATIENCE_MS = 10_000

/**
 * Ends every process and takes down every mount that belongs to engines in a directory, and returns those that would not
 * go, one sentence each. Everything an engine starts has the directory in its arguments, supervisors of containers included.
 */
export async function endLeftovers(directory: string): Promise<string[]> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const processes = processesOf(directory)
    for (const pid of processes) kill(pid)
    // The deepest ones come last in the table.
    for (const mount of mountsOf(directory).toReversed()) await runTool(findTool('umount') ?? 'umount', [mount], 5_000).catch(() => {})
    const mounts = mountsOf(directory)
    if (processes.length + mounts.length === 0) return []
    if (Date.now() > deadline)
      return [...processes.map((pid) => `process ${pid} is still there`), ...mounts.map((path) => `${path} is still mounted`)]
  }
}

/** The living processes with a directory in their arguments, without this one. */
export function processesOf(directory: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.filter((pid) => commandLine(pid).includes(directory)).map(Number)
}

/** What is mounted below a directory. */
export function mountsOf(directory: string): string[] {
  const paths = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
  return paths.filter((path) => path.startsWith(`${directory}/`))
}

/** Empty for a process that is gone, and for a dead one that nobody waited for. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended since it was listed.
  }
}
