import { CodeExecutorError } from '../../../core/index.ts'
import type { WaitStatus } from '../wait-status.ts'

/** What the kernel counted for the container since it was made. */
export interface KernelCounts {
  /** Processes killed because the memory limit was reached. */
  readonly memoryKills: number
  /** Forks refused because the process limit was reached; where they are not counted, 1 while there are too many processes. */
  readonly refusedForks: number
}

/** How a program ended, as the shell that waited for it says. */
export interface ProgramEnd {
  readonly outcome: WaitStatus
  readonly counts: KernelCounts
  /** Whether the working directory or the temporary one was full when the program had failed. */
  readonly diskFull: boolean
  /** Whether everything that it started is gone. */
  readonly gone: boolean
}

/** From when on what the engine says of a container's memory is evidence for a program: an earlier one may have met the limit. */
export function evidenceSince(startedAt: number, before: KernelCounts): number {
  return before.memoryKills === 0 ? -Infinity : startedAt
}

/** The larger of each. */
export function largerOf(one: KernelCounts, other: KernelCounts): KernelCounts {
  return {
    memoryKills: Math.max(one.memoryKills, other.memoryKills),
    refusedForks: Math.max(one.refusedForks, other.refusedForks),
  }
}

/** Says that nobody can say how a program ended. The container may be good for others. */
export function lostError(what: string, isUsable: boolean): CodeExecutorError<'BACKEND_LOST'> {
  const next = isUsable
    ? 'The next one finds the working directory as it is.'
    : 'The next one gets a new container and an empty working directory.'
  return new CodeExecutorError('BACKEND_LOST', `How the program ended is not known: ${what}. ${next}`, { executor: 'docker' })
}
