import { readlinkSync } from 'node:fs'
import { isErrno } from '../workspace/index.ts'
import { readProcess } from './process-table.ts'

/** A process, named so that a later one with the same number, or one of another container, is not mistaken for it. */
export interface Owner {
  readonly pid: number
  readonly startTicks: number
  readonly namespace: string
}

/** A name for something of ours on this machine that says whose it is, so that a crash can be cleaned up after. */
export function ownedName(id: string): string {
  return `polyrun-${process.pid}-${readProcess(process.pid)?.startTicks ?? 0}-${pidNamespace()}-${id}`
}

/** Whose thing has this name; `undefined` when it is none of ours. */
export function ownerOf(name: string): Owner | undefined {
  const match = /^polyrun-(\d+)-(\d+)-(\d+)-\w+$/.exec(name)
  return match ? { pid: Number(match[1]), startTicks: Number(match[2]), namespace: match[3] ?? '' } : undefined
}

/** Whether that very process is known to have ended. Of processes in another namespace nothing is known. */
export function isOwnerDead(owner: Owner): boolean {
  if (owner.namespace !== pidNamespace()) return false
  const found = readProcess(owner.pid)
  return found === undefined ? !mayExist(owner.pid) : found.startTicks !== owner.startTicks
}

/** A table that could not be read, for want of descriptors perhaps, is no proof of death. */
function mayExist(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !isErrno(error, 'ESRCH')
  }
}

/** The namespace in which process numbers of ours mean something. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
