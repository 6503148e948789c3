import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

/** How long the world may take to become what a test waits for: only a hanging one takes that long. */
export const PATIENCE = { timeout: 15_000, interval: 20 } as const

/** Digits that no other process of the machine has in its arguments. */
export function newMarker(): string {
  return `${Date.now()}${randomInt(1e9, 1e10)}`
}

/** The living processes with a text in their arguments. A dead one that waits to be reaped is not among them. */
export function processesWith(marker: string): number[] {
  return allProcesses().filter((pid) => readProc(pid, 'cmdline').includes(marker) && isAlive(pid))
}

/** Whether a process runs; one that is dead and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1)
  const stat = readProc(pid, 'stat')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

/** Waits until a marked process runs: without having seen it, its absence later would prove nothing. */
export async function seeAlive(marker: string): Promise<void> {
  await expect.poll(() => processesWith(marker).length, { ...PATIENCE, message: 'a marked process should be alive' }).toBeGreaterThan(0)
}

/** Waits until no marked process runs. For ends that nobody can wait for; after a settled promise look at once. */
export async function seeDead(marker: string): Promise<void> {
  await expect.poll(() => processesWith(marker), { ...PATIENCE, message: 'no marked process should be alive' }).toEqual([])
}

/** The control groups of a process's executors, waiting shells included. */
export function cgroupsOf(pid = process.pid): string[] {
  const root = '/sys/fs/cgroup'
  if (!existsSync(root)) return []
  const prefix = `polyrun-${pid}-`
  const found: string[] = []
  const waiting = [root]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const entry of namesIn(directory, true)) {
      if (entry.startsWith(prefix)) found.push(join(directory, entry))
      else waiting.push(join(directory, entry))
    }
  }
  return found
}

/** The private directories of a process's executors. */
export function temporaryDirectoriesOf(pid = process.pid): string[] {
  return namesIn(tmpdir()).filter((name) => name.startsWith(`polyrun-${pid}-`))
}

/** Open descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Everything that an executor could leave behind, for a comparison before and after. */
export function leftovers(): { readonly cgroups: string[]; readonly directories: string[]; readonly exitListeners: number } {
  return { cgroups: cgroupsOf(), directories: temporaryDirectoriesOf(), exitListeners: process.listenerCount('exit') }
}

/** A directory that is gone after the test. In memory it is quick, where the machine has such a place; nothing may run from there. */
export function scratchDirectory(where: 'disk' | 'memory' = 'disk'): string {
  const parent = where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const path = realpathSync(mkdtempSync(join(parent, 'scratch-')))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Every file below a directory, relative to it, sorted. Links are listed and not followed. */
export function listTree(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
}

function allProcesses(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  expect(pids.length, 'the process table has this process').toBeGreaterThan(0)
  return pids.map(Number)
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function namesIn(directory: string, onlyDirectories = false): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.filter((entry) => !onlyDirectories || entry.isDirectory()).map((entry) => entry.name)
  } catch {
    return [] // gone meanwhile
  }
}
