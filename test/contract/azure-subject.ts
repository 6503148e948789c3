import { afterAll } from 'vitest'
import { AzureContainerCodeExecutor, type AzureContainerCodeExecutorOptions } from '../../src/executors/azure-container/index.ts'
import { executorContract, hostProbe, type Probe } from '../../src/testing/index.ts'
import { startAzure } from '../support/azure/stand-in.ts'
import { testImage } from '../support/docker-image.ts'
import { dockerEngine } from '../support/docker.ts'
import { containerProbe } from '../support/engines/probe.ts'
import { registerContract, registerUnavailable } from './register.ts'

type Isolation = 'execution' | 'session'

const IMAGE = 'python:3-slim'
/** No quota of a subscription stands in the way of a suite. */
const PLENTY = { per5Minutes: 100_000, perHour: 100_000 }
/** Time enough for every program of the contract, where a place is near. */
const LONGEST_MS = 12_000

/** What follows from a place of its own for each run. */
const NOTHING_STAYS = 'each run has a container group of its own, so that no run sees the files of another; isolation session is for that'
const TOO_LARGE = 'a program, its files and its input together have 1 MiB at most, which is what a secret volume is trusted with'
const OF_EXECUTIONS: Readonly<Record<string, string>> = {
  'results:own-group': NOTHING_STAYS,
  'stream:live': NOTHING_STAYS,
  'background:ended': NOTHING_STAYS,
  'background:daemon': NOTHING_STAYS,
  'concurrent:turns': NOTHING_STAYS,
  'concurrent:separate-ends': NOTHING_STAYS,
  'files:shared': NOTHING_STAYS,
  'files:stay': NOTHING_STAYS,
  'lifecycle:start': NOTHING_STAYS,
  'commands:text': NOTHING_STAYS,
  'commands:cwd': NOTHING_STAYS,
  'commands:cwd-refused': NOTHING_STAYS,
  'commands:env': NOTHING_STAYS,
  'commands:stdin': NOTHING_STAYS,
  'commands:stream': NOTHING_STAYS,
  'commands:not-found': NOTHING_STAYS,
  'jobs:read': NOTHING_STAYS,
  'jobs:beside': NOTHING_STAYS,
  'files:large': TOO_LARGE,
  'stdin:big': TOO_LARGE,
  'stdin:unread': TOO_LARGE,
  'stdin:early-exit': TOO_LARGE,
}

/** Where the contract is to hold. */
export interface AzureTestPlace {
  readonly name: string
  readonly options: AzureContainerCodeExecutorOptions
  readonly probe: Probe
  readonly timeScale: number
  /** What a program may take that is given the usual time. */
  readonly longestMs: number
}

/** Registers the contract of the Azure executor against the stand-in, or says why that cannot be there. */
export async function registerAzure(isolation: Isolation): Promise<void> {
  const name = `azure-container (${isolation})`
  const engine = await dockerEngine()
  if ('unavailable' in engine) return registerUnavailable({ kind: 'executor', name }, engine.unavailable)
  const azure = await startAzure({ engine, images: { [IMAGE]: await testImage(engine) }, rates: PLENTY, network: 'none' })
  afterAll(() => azure[Symbol.asyncDispose]())
  const { endpoint, ca: tlsCa, subscriptionId, resourceGroup, location } = azure
  registerAzureAt(isolation, {
    name,
    options: { endpoint, tlsCa, subscriptionId, resourceGroup, location, credential: azure.credential() },
    // The engine's processes are this machine's, which is quicker to look at than into each container.
    probe: { ...containerProbe(engine.client, azure.label), isAlive: (marker) => hostProbe.isAlive(marker) },
    timeScale: isolation === 'execution' ? 2 : 1,
    longestMs: LONGEST_MS,
  })
}

/** The same where a place is known. */
export function registerAzureAt(isolation: Isolation, { name, options: place, probe, timeScale, longestMs }: AzureTestPlace): void {
  const contract = executorContract({
    name,
    family: 'command',
    create: (options = {}) =>
      new AzureContainerCodeExecutor({
        ...{ image: IMAGE, isolation },
        ...place,
        ...options,
        // What waits for another run's files waits in vain, and need not do so for long.
        ...(options.timeoutMs === 30_000 * timeScale && { timeoutMs: longestMs }),
      }),
    languages: ['sh', 'python'],
    capabilities: ['stdin', 'memory-limit', 'cpu-limit', 'open-files-limit'],
    probe,
    timeScale,
    ...(isolation === 'execution' && { exceptions: OF_EXECUTIONS }),
  })
  registerContract({ kind: 'executor', name }, contract, timeScale)
}
