import type { ResolvedLimits } from '../../core/index.ts'

/**
 * gVisor is a kernel of its own that runs as a few processes of the host. The control groups of the host hold those, and the
 * programs inside see none: the memory limit ends the whole sandbox, which the engine tells, and a limit on processes would
 * end it too, for its threads are what is counted. So there the limit on processes is the one that gVisor itself keeps for
 * each user, RLIMIT_NPROC, and the supervisors count.
 */

/** Whether a runtime is gVisor, by the name under which the engine has it. */
export function isGvisor(runtime: string | undefined): boolean {
  return runtime !== undefined && /runsc|gvisor/i.test(runtime)
}

/** The runner, the killer, and a shell or a removal for a moment: what the programs' user has besides programs. */
const OWN_OF_USER = 3
/** Init, runner and killer. */
const OWN = 3

/**
 * How many times its limit a program may have for a moment: one that is over it is ended when that is seen. What is refused a
 * process often ends at once, so without room there were fewer than the limit again before anybody had looked.
 */
const ROOM = 2

/** How many processes the programs' user may have: more than a program may, so that it can be seen to be over its limit. */
export function processesOfUser({ pids }: Pick<ResolvedLimits, 'pids'> & { readonly pids: number }, preloaded: number): number {
  return pids * ROOM + OWN_OF_USER + preloaded
}

/** How many processes are in a container when its program has as many as it may, with some of the container's own. */
export function mostProcesses({ pids }: { readonly pids: number }, holders: number, preloaded: number): number {
  return pids + OWN + holders + preloaded
}
