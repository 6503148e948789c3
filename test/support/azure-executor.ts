import { afterAll, expect, onTestFinished } from 'vitest'
import { AzureContainerCodeExecutor, type AzureContainerCodeExecutorOptions } from '../../src/executors/azure-container/index.ts'
import type { AzureOptions } from './azure/options.ts'
import { startAzure, type Azure } from './azure/stand-in.ts'
import { testImage } from './docker-image.ts'
import { dockerEngine } from './docker.ts'
import { PATIENCE } from './world.ts'

const engine = await dockerEngine()

/** Why these tests cannot run here; `undefined` when they can. */
export const noAzure: string | undefined = 'unavailable' in engine ? engine.unavailable : undefined
/** What groups of these tests ask for; the stand-in takes the image of the tests for it. */
export const IMAGE = 'python:3-slim'
/** No quota of a subscription stands in the way. */
const PLENTY = { per5Minutes: 100_000, perHour: 100_000 } as const

/** A stand-in for the tests of a file, which ends with them. */
export async function azureForFile(options: AzureOptions = {}): Promise<Azure> {
  if ('unavailable' in engine) return {} as Azure
  const images = { [IMAGE]: await testImage(engine), ...options.images }
  const azure = await startAzure({ engine, rates: PLENTY, network: 'none', ...options, images })
  afterAll(() => azure[Symbol.asyncDispose]())
  return azure
}

/** What an executor needs to reach a stand-in, with the real client and the real credential. */
export function reach(azure: Azure): AzureContainerCodeExecutorOptions & { readonly location: string } {
  const { endpoint, ca: tlsCa, subscriptionId, resourceGroup, location } = azure
  return { endpoint, tlsCa, subscriptionId, resourceGroup, location, credential: azure.credential(), image: IMAGE }
}

/** An executor that is stopped when the test is over. */
export function makeAzure(azure: Azure, options: AzureContainerCodeExecutorOptions = {}): AzureContainerCodeExecutor {
  const executor = new AzureContainerCodeExecutor({ ...reach(azure), timeoutMs: 30_000, ...options })
  onTestFinished(() => executor.stop().catch(() => {})) // a test that is about stopping looks itself
  return executor
}

/** Holds that no group is left. */
export async function seeNoGroups(azure: Azure): Promise<void> {
  await expect.poll(() => azure.groups().map(({ name }) => name), { ...PATIENCE, message: 'no group should be left' }).toEqual([])
}

/** Waits until there is a group in a state. */
export async function seeGroup(azure: Azure, state: string): Promise<string> {
  await expect
    .poll(() => azure.groups().some((group) => group.state === state), { ...PATIENCE, message: `a group should be ${state}` })
    .toBe(true)
  return azure.groups().find((group) => group.state === state)?.name ?? ''
}
