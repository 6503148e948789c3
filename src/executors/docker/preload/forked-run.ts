import type { CommandIo } from '../../../engine/index.ts'
import type { ProgramEnd } from '../supervisor/program-end.ts'
import type { Runner } from '../supervisor/runner.ts'
import type { ForkRequest } from './fork-request.ts'
import type { ForkServer } from './fork-server.ts'

/** A program that is a copy of a fork server's process, under the care of a runner whose shell waits beside it. */
export class ForkedRun {
  readonly #server: ForkServer
  readonly #runner: Runner
  readonly #left = Promise.withResolvers<void>()
  #isEnding = false
  #isOver = false

  constructor(server: ForkServer, runner: Runner) {
    this.#server = server
    this.#runner = runner
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
   * program, and it is to be started in the plain way.
   */
  async run(request: ForkRequest, io: CommandIo): Promise<ProgramEnd | undefined | 'not begun'> {
    const held = this.#runner.hold()
    const status = await this.#server
      .run(request, { onOutput: (chunk) => io.onOutput(chunk), onError: (chunk) => io.onError(chunk) })
      .catch(() => 'lost' as const)
    this.#left.resolve()
    const failed = status === 'lost' || (status !== undefined && !('exitCode' in status && status.exitCode === 0))
    if (!this.#isEnding) {
      this.#isOver = true
      this.#runner.release(failed)
    }
    const end = await held
    if (status === 'lost' || end === undefined) return undefined
    return status === undefined ? 'not begun' : { ...end, outcome: status }
  }
}
