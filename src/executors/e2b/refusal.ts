import { CodeExecutorError } from '../../core/index.ts'
import type { ProcessEnd } from './client.ts'
import { REFUSED } from './scripts.ts'

/** As much of the error output as a refusal may be long. */
const TAIL_BYTES = 4_096

/** Listens on the error output for a launch that gave up before there was a program. */
export class Refusal {
  readonly #secret: string
  #tail = Buffer.alloc(0)

  constructor(secret: string) {
    this.#secret = secret
  }

  push(chunk: Uint8Array): void {
    // Bytes copied, as their memory may be used again.
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
  }

  /** @throws `BACKEND_REJECTED` */
  throwIfSaid({ exited, exitCode }: ProcessEnd): void {
    if (!exited || exitCode !== REFUSED) return
    const [, said] = this.#tail.toString('utf8').split(`${this.#secret} refused `)
    if (said === undefined) return
    const reason = said.trim()
    throw new CodeExecutorError('BACKEND_REJECTED', `The sandbox could not run the command: it failed to ${reason}.`, {
      executor: 'e2b',
      reason,
    })
  }
}
