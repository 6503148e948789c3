import type { CommandExit, CommandIo } from '../../engine/index.ts'
import type { LivingContainer } from './container.ts'
import type { ForkRequest } from './preload/fork-request.ts'
import type { LaunchScript } from './supervisor/launch-script.ts'

/** What a slot runs. */
export interface SlotTask {
  readonly script: LaunchScript
  /** The same as a request to what is there ahead of it, if it is one that this might take. */
  readonly fork?: ForkRequest
  /** Whether it is work of ours and no program, so that nothing of it has to be ended. @defaultValue false */
  readonly isOwnWork?: boolean
}

/** How a run in a slot ended, and whether the slot is good for another one. */
export interface SlotRun {
  readonly exit: CommandExit
  readonly usable: boolean
}

/** One container that runs programs, one at a time. */
export interface ProgramSlot {
  readonly living: LivingContainer
  /** The id of the container that had its working directory first: slots with the same one share it. */
  readonly home: string
  /** Its number among the slots of an executor, 1 and up. */
  readonly number: number
  /** Whether another program may come. */
  readonly isUsable: boolean
  /** Runs a program until it and everything that it started has ended. */
  run(task: SlotTask, io: CommandIo): Promise<SlotRun>
  /** Removes files of the working directory. Resolves when they are gone. */
  removeFiles(paths: readonly string[]): Promise<void>
  /** Waits until the temporary files of the last program are gone; `false` when they are not. */
  settled(): Promise<boolean>
  /** Prepares ahead of need. */
  warm(): Promise<void>
  /** Ends it; a container that is to stay stays. */
  remove(): Promise<void>
}
