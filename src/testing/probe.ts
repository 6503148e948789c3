import { execFile } from 'node:child_process'
import { access, readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** How the contract looks into the place where programs run, past the executor under test. */
export interface Probe {
  /**
   * Whether a process of the place has `marker` in one of its arguments. Processes are looked for by marker and not by
   * id, since a place may number them in its own way.
   */
  isAlive(marker: string): Promise<boolean>
  /** Whether the place has a file or directory at an absolute path, as programs there see it. A place that is gone has none. */
  fileExists(path: string): Promise<boolean>
}

/** Looks at this machine: right for every executor whose processes are processes of this machine. */
export const hostProbe: Probe = {
  async isAlive(marker) {
    const commandLines = (await readProcfs()) ?? (await askPs())
    return commandLines.some((line) => line.includes(marker))
  },
  async fileExists(path) {
    return access(path).then(
      () => true,
      () => false,
    )
  },
}

/** The command lines of all processes, or `undefined` where there is no `/proc`. A dead one that nobody waited for has none. */
async function readProcfs(): Promise<string[] | undefined> {
  const names = await readdir('/proc').catch(() => undefined)
  const pids = names?.filter((name) => /^\d+$/.test(name)) ?? []
  if (pids.length === 0) return undefined
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}

async function askPs(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args='], { maxBuffer: 64 * 1024 ** 2 })
  return stdout.split('\n')
}
