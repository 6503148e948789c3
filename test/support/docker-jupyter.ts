import { expect, onTestFinished } from 'vitest'
import { resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { DockerJupyterCodeExecutor, type DockerJupyterCodeExecutorOptions } from '../../src/executors/docker-jupyter/index.ts'
import { dockerEngine, type TestEngine } from './docker.ts'
import { containersWith, volumesWith } from './engines/probe.ts'
import { skipBecause } from './local.ts'
import { newMarker, PATIENCE } from './world.ts'

/** An engine that has the image of kernels. */
export interface KernelEngine extends TestEngine {
  readonly image: string
}

/** On every container of these tests: which executor it is of. */
export const LABEL = 'polyrun.test'

/** An engine with the image of kernels, or why there is none. The first time the image is built, which takes a minute or two. */
export async function kernelEngine(): Promise<KernelEngine | { readonly unavailable: string }> {
  const engine = await dockerEngine()
  return 'unavailable' in engine ? engine : { ...engine, image: await resolveProjectImage(engine.client, 'jupyter') }
}

/** The same for a file of tests that cannot run without. */
export async function needKernelEngine(): Promise<KernelEngine> {
  const engine = await kernelEngine()
  skipBecause('unavailable' in engine ? engine.unavailable : undefined)
  return 'unavailable' in engine ? ({} as KernelEngine) : engine
}

/** An executor of a test, and the label by which its containers are found. */
export interface MadeKernels {
  readonly executor: DockerJupyterCodeExecutor
  readonly label: string
}

/** An executor that is stopped when the test is over; the test fails when something of it is left then. */
export function makeKernels(engine: KernelEngine, options: DockerJupyterCodeExecutorOptions = {}): MadeKernels {
  const id = newMarker()
  const label = `${LABEL}=${id}`
  const image = options.build === undefined ? { image: engine.image } : {}
  const executor = new DockerJupyterCodeExecutor({
    ...image,
    docker: { socketPath: engine.socketPath },
    timeoutMs: 30_000,
    ...options,
    labels: { [LABEL]: id },
  })
  onTestFinished(async () => {
    await executor.stop().catch(() => {}) // a test that is about stopping looks itself
    await seeNothingLeft(engine, label)
  })
  return { executor, label }
}

/** Holds that the engine has nothing with a label. Removal by the engine itself may take a moment. */
export async function seeNothingLeft({ client }: KernelEngine, label: string): Promise<void> {
  await expect.poll(() => containersWith(client, label), { ...PATIENCE, message: 'no container should be left' }).toEqual([])
  await expect.poll(() => volumesWith(client, label), { ...PATIENCE, message: 'no volume should be left' }).toEqual([])
}
