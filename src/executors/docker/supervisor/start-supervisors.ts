import type { LivingContainer } from '../container.ts'
import { Killer } from './killer.ts'
import { Runner, type SupervisorUser } from './runner.ts'
import { KILLER } from './scripts.ts'

/** What runs programs in a container, and what ends them. */
export interface Supervisors {
  readonly runner: Runner
  /** Nothing when none could be started. */
  readonly killer: Promise<Killer | undefined>
}

/**
 * Starts both before there is any program; resolves to nothing when the runner ended at once. Each process that the engine
 * starts costs 30 to 60 ms, so the runner starts the killer, where the holder can take commands to it.
 *
 * @throws see `engineError`
 */
export async function startSupervisors({ processes, relay }: LivingContainer, user: SupervisorUser): Promise<Supervisors | undefined> {
  if (relay) {
    const runner = await Runner.start(processes, user, KILLER)
    if (!runner) return undefined
    // Once it has answered, the pipes have no names any more, and nothing finds them.
    const killer = await Killer.greet((listener) => relay.open(listener))
    return { runner, killer: Promise.resolve(killer) }
  }
  const killer = Killer.start(processes, user).catch(() => undefined)
  const runner = await Runner.start(processes, user)
  return runner && { runner, killer }
}
