import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerLife } from './container-life.ts'
import type { Ended, Run, Sandbox } from './docker-runner.ts'
import type { GroupFault } from './faults.ts'

/** The exit code of who was killed. */
const KILLED = 137

/** When a container that ended is started again. */
export type Policy = 'Always' | 'OnFailure' | 'Never'

/** The faults that a group was created with, by their names. */
export type GroupFaults = { readonly [F in GroupFault as F['fault']]?: F }

export interface KeeperSettings {
  readonly sandbox: Sandbox
  readonly policy: Policy
  readonly faults: GroupFaults
  /** Before the platform tries something again. */
  readonly pause: () => Promise<void>
  /** Called each time that a container has been started, or cannot be. */
  readonly started: () => void
  /** Called when somebody from outside deletes the group. */
  readonly vanish: () => void
  /** When the group is stopped or deleted. */
  readonly signal: AbortSignal
}

/** Runs the containers of a group, and runs them again as often as their policy and the platform's moods ask for. */
export class ContainerKeeper {
  readonly #settings: KeeperSettings

  constructor(settings: KeeperSettings) {
    this.#settings = settings
  }

  /** Runs an init container to its good end. @returns how it ended: with another exit code than 0 only where the policy forbids more */
  async initialise(life: ContainerLife): Promise<Ended> {
    for (;;) {
      const ended = await this.#run(life)
      if (ended.exitCode === 0 || this.#settings.policy === 'Never' || this.#settings.signal.aborted) return ended
      life.restartCount += 1
      await this.#settings.pause()
    }
  }

  /** Until the container has ended for good. */
  async keep(life: ContainerLife): Promise<void> {
    for (;;) {
      const ended = await this.#run(life, (run) => this.#disturb(life, run))
      if (this.#settings.signal.aborted || !this.#restarts(life, ended)) return
      await this.#settings.pause()
      life.previous = ended
      life.restartCount += 1
      life.log.clear()
    }
  }

  #restarts(life: ContainerLife, { exitCode }: Ended): boolean {
    const { policy, faults } = this.#settings
    const ordered = life.restartOrdered
    life.restartOrdered = false
    // One that had ended by itself when it was to be killed has ended.
    if (ordered && exitCode === KILLED) return true
    if (policy === 'Always') return true
    // "Never" promises nothing after a non-zero exit.
    return exitCode !== 0 && (policy === 'OnFailure' || faults['restarts-after-failure'] !== undefined)
  }

  async #run(life: ContainerLife, begun?: (run: Run) => void): Promise<Ended> {
    const { sandbox, signal, started } = this.#settings
    signal.throwIfAborted()
    const run = await sandbox.run(life, life.log)
    if ('exitCode' in run) {
      life.events.add('Failed', `Error: ${run.startError ?? 'the container did not start'}`, 'Warning')
      life.state = { state: 'Terminated', ended: run }
      started()
      return run
    }
    life.events.add('Started', 'Started container')
    life.state = { state: 'Running', run }
    started()
    begun?.(run)
    const ended = await run.ended
    life.log.stop()
    life.state = { state: 'Terminated', ended }
    return ended
  }

  /** What happens to a running container without anybody asking for it. */
  #disturb(life: ContainerLife, run: Run): void {
    const { faults, signal, vanish } = this.#settings
    const later = (ms: number, act: () => void): void => {
      void delay(ms, undefined, { signal }).then(act, () => undefined)
    }
    const { restarts, 'deleted-outside': deleted } = faults
    if (restarts !== undefined && life.restartCount === 0) {
      later(restarts.afterMs ?? 0, () => {
        life.restartOrdered = true
        void run.kill()
      })
    }
    if (deleted !== undefined) later(deleted.afterMs ?? 0, vanish)
  }
}
