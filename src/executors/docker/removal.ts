import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../core/index.ts'
import type { DockerContainer } from './client.ts'
import { httpStatusOf, isGone } from './engine-errors.ts'
import { inTime } from './in-time.ts'
import { removed } from './ownership.ts'

/** How long the engine may take to remove a container. */
const REMOVAL_MS = 20_000
/** How long it may take to say whether a container is there; then it is asked again. */
const ANSWER_MS = 1_000
/** How long it may refuse to remove it, from the first time that it does. */
const REFUSALS_MS = 2_000

/**
 * Has a container removed and waits until the engine has forgotten it. Engines were seen to forget a container without
 * answering the request to remove it, to refuse the request because the container had just ended by itself, and to answer
 * that it is being removed already, which it is for a while.
 *
 * @throws `CLEANUP_FAILED` when it is still there after 20 seconds, what the engine answers when it keeps refusing
 */
export async function untilForgotten(container: DockerContainer): Promise<void> {
  const startedAt = performance.now()
  let failure: unknown
  let askedAt = startedAt
  let refusedAt: number | undefined
  const ask = (): void => {
    failure = undefined
    askedAt = performance.now()
    removed(container.remove({ force: true, v: true })).catch((error: unknown) => (failure = error))
  }
  ask()
  for (; performance.now() - startedAt < REMOVAL_MS; await delay(10)) {
    if (failure !== undefined) {
      refusedAt ??= performance.now()
      if (httpStatusOf(failure) === undefined || performance.now() - refusedAt > REFUSALS_MS) throw failure
      await delay(50)
      ask()
    } else if (performance.now() - askedAt > REFUSALS_MS) ask() // somebody else's removal may have failed
    const looking = container.inspect().then(
      () => true,
      (error: unknown) => (isGone(error) ? false : Promise.reject(error)),
    )
    if ((await inTime(looking, ANSWER_MS)) === false) return
  }
  throw new CodeExecutorError('CLEANUP_FAILED', `The engine did not remove the container ${container.id}.`, {
    executor: 'docker',
    left: [container.id],
  })
}
