/**
 * Holds the processes of one command together from before its first instruction, so that all of them can be found and
 * ended, whatever they do to get away.
 */
export interface ProcessScope {
  /** Shell commands by which the shell that will become the program enters the scope; it ends if one fails. */
  readonly entry: readonly string[]
  /** Variables that the command must have for the scope to know its processes. */
  readonly env: Readonly<Record<string, string>>
  /** Asks every process of the scope to end; not the leader where that only supervises. */
  terminate(leader: Leader): void
  /** Whether a process of the scope other than the leader is alive. */
  hasMembers(leader: Leader): boolean
  /** Kills every process of the scope; they are gone when it settles. @throws `CLEANUP_FAILED` with those that are not */
  kill(leader: Leader): Promise<void>
  /** Kills without waiting, for the moment this process itself ends. */
  killSync(leader: Leader): void
  /** Which of the scope's limits the kernel had to enforce. */
  evidence(): LimitEvidence
  /** Removes the scope; its processes are gone. Never rejects: what cannot be removed is left to the next sweep. */
  release(): Promise<void>
}

/** The process that was started and whose exit is waited for. */
export interface Leader {
  readonly pid: number
  /** After that the number may belong to somebody else. */
  readonly reaped: boolean
  /** It is no part of the program, but watches over it from outside a sandbox, which ends when it does. */
  readonly supervises: boolean
}

/** What the kernel counted. */
export interface LimitEvidence {
  /** Processes that were killed because the scope was out of memory. */
  readonly memoryKills: number
  /** Forks that were refused because the scope had too many processes. */
  readonly refusedForks: number
}

/** How long a killed process may take to be gone; one that waits for a device can take a while. */
export const KILL_PATIENCE_MS = 5_000
