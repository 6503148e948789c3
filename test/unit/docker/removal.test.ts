import { expect, test } from 'vitest'
import type { ContainerConfig, DockerClient, DockerContainer } from '../../../src/executors/docker/client.ts'
import { LivingContainer } from '../../../src/executors/docker/container.ts'
import type { ProgramSlot } from '../../../src/executors/docker/program-slot.ts'
import { untilForgotten } from '../../../src/executors/docker/removal.ts'
import { Slots } from '../../../src/executors/docker/slots.ts'
import { PATIENCE } from '../../support/world.ts'

/** A container that somebody else is removing: engines answer so, and it is listed until they are done. */
function goingContainer(): { readonly container: DockerContainer; readonly gone: PromiseWithResolvers<void>; asked: number } {
  const gone = Promise.withResolvers<void>()
  let isGone = false
  void gone.promise.then(() => (isGone = true))
  const failure = (statusCode: number, message: string): Error => Object.assign(new Error(message), { statusCode })
  const state = { asked: 0 }
  const container = {
    id: 'c0ffee',
    remove: () => Promise.reject(failure(409, 'removal of container c0ffee is already in progress')),
    inspect: () => {
      state.asked += 1
      return isGone ? Promise.reject(failure(404, 'No such container: c0ffee')) : Promise.resolve({})
    },
  } as unknown as DockerContainer
  return Object.assign(state, { container, gone })
}

test('a container that is being removed for somebody else is waited for', async () => {
  const going = goingContainer()
  let isOver = false
  const forgotten = untilForgotten(going.container).then(() => (isOver = true))
  await expect.poll(() => going.asked, PATIENCE).toBeGreaterThan(2)
  expect(isOver).toBe(false)
  going.gone.resolve()
  await forgotten
})

test.each([
  ['stopped when it was just made', true],
  ['that cannot be attached to', false],
])('a container %s is gone when its start is told to have failed', async (_, isStopped) => {
  const going = goingContainer()
  const attach = (): Promise<never> => Promise.reject(new Error('no streams'))
  const container = Object.assign(going.container, { attach })
  const client = { createContainer: () => Promise.resolve(container) } as unknown as DockerClient
  const config = { OpenStdin: true, Image: 'any', HostConfig: { Mounts: [], NanoCpus: 0 } } as unknown as ContainerConfig
  let told: unknown
  const starting = LivingContainer.start(client, config, isStopped ? AbortSignal.abort(new Error('stopped')) : new AbortController().signal)
  const over = starting.catch((error: unknown) => (told = error))
  await expect.poll(() => going.asked, PATIENCE).toBeGreaterThan(2)
  expect(told).toBe(undefined)
  going.gone.resolve()
  await over
  expect(String(told)).toContain(isStopped ? 'stopped' : 'no streams')
})

test('a slot that was made too late is gone when whoever wanted it is told', async () => {
  const [made, removed] = [Promise.withResolvers<ProgramSlot>(), Promise.withResolvers<void>()]
  const slots = new Slots(1, false, () => made.promise)
  let told: unknown
  const opening = slots.open().catch((error: unknown) => (told = error))
  await slots.close()
  let isAsked = false
  const remove = (): Promise<void> => {
    isAsked = true
    return removed.promise
  }
  made.resolve({ number: 1, isUsable: true, remove } as unknown as ProgramSlot)
  await expect.poll(() => isAsked, PATIENCE).toBe(true)
  expect(told).toBe(undefined)
  removed.resolve()
  await opening
  expect(told).toMatchObject({ code: 'EXECUTOR_STOPPED' })
})

test('a slot that could not be removed meanwhile is tried again at the end, and told when that fails too', async () => {
  const removals = [Promise.reject(new Error('the first time')), Promise.reject(new Error('the second time'))]
  for (const each of removals) each.catch(() => {})
  let at = 0
  const run = (): Promise<unknown> => Promise.resolve({ exit: { kind: 'exited', exitCode: 0 }, usable: false })
  const slot = { number: 1, isUsable: true, run, remove: () => removals[at++] } as unknown as ProgramSlot
  const slots = new Slots(1, true, () => Promise.resolve(slot))
  const io = { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal }
  await slots.run({ script: { text: '' } } as never, io)
  await slots.settled()
  expect(at).toBe(1)
  await expect(slots.close()).rejects.toThrow('the second time')
})
