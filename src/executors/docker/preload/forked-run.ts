import type { CommandIo } from '../../../engine/index.ts'
import { listenerOf } from '../exec-channel.ts'
import type { KernelCounts, ProgramEnd } from '../supervisor/program-end.ts'
import type { Runner } from '../supervisor/runner.ts'
import type { ForkRequest } from './fork-request.ts'
import type { ForkServer } from './fork-server.ts'

/** A program that is a copy of a fork server's process, under the care of a runner whose shell waits beside it. */
export class ForkedRun {
  /** Resolves when the runner is done with it, to what it says of the end: nothing more is to be asked of it before. */
  readonly cared: Promise<ProgramEnd | undefined>
  readonly #server: ForkServer
  readonly #runner: Runner
  readonly #before: KernelCounts
  readonly #left = Promise.withResolvers<void>()
  #isEnding = false
  #isOver = false

  /** `before` is what the kernel had counted when it began. */
  constructor(server: ForkServer, runner: Runner, before: KernelCounts) {
    this.#server = server
    this.#runner = runner
    this.#before = before
    this.cared = runner.hold()
  }

  /** Resolves when the program's own process has ended, whatever ended it. */
  get left(): Promise<void> {
    return this.#left.promise
  }

  /** Whether the program has ended by itself, and the runner ends what it left. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** From now on the killer ends everything, the waiting shell too. */
  beginEnding(): void {
    this.#isEnding = true
  }

  /**
   * Resolves like a run of the runner's own, to nothing when runner or server were lost; to `'not begun'` when there was no
   * program, and it is to be started in the plain way. Of a program that succeeded and left nothing the runner has nothing to
   * tell, and is not waited for.
   */
  async run(request: ForkRequest, io: CommandIo): Promise<ProgramEnd | undefined | 'not begun'> {
    const isHeld = await Promise.race([this.#runner.holdable.then(() => true), this.cared.then(() => false)])
    if (!isHeld) {
      this.#left.resolve()
      const told = await this.cared
      return told === undefined || this.#isEnding ? told : 'not begun'
    }
    const end = await this.#server.run(request, listenerOf(io)).catch(() => 'lost' as const)
    this.#left.resolve()
    const { outcome, leavesNothing } = typeof end === 'object' ? end : {}
    const failed = end === 'lost' || (outcome !== undefined && !('exitCode' in outcome && outcome.exitCode === 0))
    if (!this.#isEnding) {
      this.#isOver = true
      if (outcome && !failed && leavesNothing) {
        setImmediate(() => this.#runner.release(failed)) // whoever waits for the result has it first
        return { outcome, counts: this.#before, diskFull: false, gone: true }
      }
      this.#runner.release(failed)
    }
    const told = await this.cared
    if (end === 'lost' || told === undefined) return undefined
    return outcome === undefined ? 'not begun' : { ...told, outcome }
  }
}
