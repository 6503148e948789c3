import { expect, onTestFinished } from 'vitest'
import { CodeExecutorError, ResourceExhaustedError, TimeoutError, type ExecuteOptions } from '../../src/core/index.ts'
import type { DockerClient } from '../../src/executors/docker/client.ts'
import { DockerCodeExecutor, type DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { testImage } from './docker-image.ts'
import { dockerEngine } from './docker.ts'
import { containersWith, volumesWith } from './engines/probe.ts'
import { newMarker, PATIENCE, processesWith } from './world.ts'

const engine = await dockerEngine('docker')

/** Why these tests cannot run here; `undefined` when they can. */
export const noDocker: string | undefined = 'unavailable' in engine ? engine.unavailable : undefined
/** A client of the engine. */
export const client: DockerClient = 'client' in engine ? engine.client : ({} as DockerClient)
/** Where the engine listens. */
export const socketPath: string = 'socketPath' in engine ? engine.socketPath : ''
/** An image with Python and the usual programs of Debian. */
export const IMAGE: string = 'client' in engine ? await testImage(engine) : ''
/** On every container of these tests: which executor it is of. */
const LABEL = 'polyrun.test'

/** An executor of a test, and what the engine has of it. */
export interface Made {
  readonly executor: DockerCodeExecutor
  /** The label that its containers have, as a filter of the engine. */
  readonly label: string
}

/** A Docker executor that is stopped when the test is over; the test fails when something of it is left then. */
export function makeDocker(options: DockerCodeExecutorOptions = {}): DockerCodeExecutor {
  return makeLabeled(options).executor
}

/** The same with the label by which its containers are found. */
export function makeLabeled(options: DockerCodeExecutorOptions = {}): Made {
  const id = newMarker()
  const label = `${LABEL}=${id}`
  const image = options.build === undefined ? { image: IMAGE } : {}
  const executor = new DockerCodeExecutor({
    ...image,
    docker: { socketPath },
    timeoutMs: 30_000,
    concurrency: 1,
    ...options,
    labels: { ...options.labels, [LABEL]: id },
  })
  onTestFinished(async () => {
    await executor.stop().catch(() => {}) // a test that is about stopping looks itself
    await seeNothingOf(label)
  })
  return { executor, label }
}

/** The ids of the containers with a label, those that do not run included. */
export async function containerIds(label: string): Promise<string[]> {
  return (await containersWith(client, label)).map(({ Id }) => Id)
}

/** Holds that the engine has nothing with a label. Removal by the engine itself may take a moment. */
export async function seeNothingOf(label: string): Promise<void> {
  await expect.poll(() => containersWith(client, label), { ...PATIENCE, message: 'no container should be left' }).toEqual([])
  await expect.poll(() => volumesWith(client, label), { ...PATIENCE, message: 'no volume should be left' }).toEqual([])
}

/** How a program ended, for good or ill. */
export interface Outcome {
  /** The kind of its termination, or the code of an error that came in its place. */
  readonly how: string
  readonly output: string
  readonly error: string
  readonly exitCode: number | null
}

/** Runs a program that means no good, with a marker as its argument, and holds that the next program runs and that nothing marked lives. */
export async function attack(
  executor: DockerCodeExecutor,
  source: string,
  options: ExecuteOptions & { readonly language?: string } = {},
): Promise<Outcome> {
  const marker = newMarker()
  const { language = 'python', ...others } = options
  const outcome = await outcomeOf(executor.executeCode(source, language, { ...others, args: [marker] }))
  expect(processesWith(marker), `a process is left after ${outcome.how}`).toEqual([])
  expect(await executor.executeCode('echo next', 'sh'), `after ${outcome.how}`).toMatchObject({ output: 'next\n', success: true })
  return outcome
}

/** What a call came to. An error that is none of ours is thrown on. */
export async function outcomeOf(call: ReturnType<DockerCodeExecutor['executeCode']>): Promise<Outcome> {
  try {
    const { termination, output, error, exitCode } = await call
    return { how: termination.kind, output, error, exitCode }
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof ResourceExhaustedError) {
      return { how: error.result.termination.kind, output: error.result.output, error: error.result.error, exitCode: null }
    }
    if (!CodeExecutorError.is(error)) throw error
    return { how: error.code, output: '', error: error.message, exitCode: null }
  }
}
