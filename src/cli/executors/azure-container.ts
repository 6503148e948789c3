import type { Capability } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import { AzureContainerCodeExecutor, sweepContainerGroups, type GroupProgress } from '../../executors/azure-container/index.ts'
import type { ExecutorAdapter, ExecutorReport, HoldReport, Wait } from '../executors.ts'
import { given } from '../given.ts'

/** A group may take long to come, and whoever does not want to wait can press Ctrl-C. */
const LONGEST_START_MS = 3_600_000
/** Azure that says nothing for so long says nothing at all. */
const PATIENCE_MS = 20_000

/** Where Azure is, by the variables that its own tools use. */
export function azureFromEnvironment(env: NodeJS.ProcessEnv = process.env): { readonly endpoint?: string } {
  const endpoint = env['AZURE_RESOURCE_MANAGER_ENDPOINT']
  return endpoint === undefined || endpoint === '' ? {} : { endpoint }
}

/** The executor over Azure Container Instances on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, image, location }, { wait }) {
    const region = location ?? process.env['AZURE_LOCATION']
    return new AzureContainerCodeExecutor({
      ...given({ timeoutMs, limits, image }),
      ...(region !== undefined && region !== '' && { location: region.split(',').map((name) => name.trim()) }),
      ...azureFromEnvironment(),
      concurrency: 1,
      startupTimeoutMs: LONGEST_START_MS,
      onProgress: (progress) => wait(tell(progress)),
    })
  },
  async examine(): Promise<ExecutorReport> {
    try {
      const groups = await sweepContainerGroups({ dryRun: true, signal: AbortSignal.timeout(PATIENCE_MS), ...azureFromEnvironment() })
      const over = groups.filter(({ outcome }) => outcome === 'expired').length
      const facts = [
        {
          name: 'resource group',
          value: process.env['AZURE_RESOURCE_GROUP'] ?? '',
          because: 'AZURE_RESOURCE_GROUP; its groups can be listed',
        },
        {
          name: 'groups of polyrun',
          value: String(groups.length),
          ...(over > 0 && { because: `the time of ${over} is over: polyrun azure sweep`, isWarning: true }),
        },
      ]
      return { status: 'available', facts, holds: HOLDS }
    } catch (error) {
      return { status: 'unavailable', reason: messageOf(error) }
    }
  },
}

const HOLDS: readonly HoldReport[] = [
  ...(['memory-limit', 'cpu-limit'] satisfies Capability[]).map((capability) => ({
    capability,
    strength: 'kernel' as const,
    through: 'the limits of the container in its group',
  })),
  { capability: 'open-files-limit', strength: 'kernel', through: 'RLIMIT_NOFILE' },
  {
    capability: 'network-isolation',
    strength: 'not here',
    through: 'a group reaches the internet unless it is in a virtual network that does not',
  },
]

/** What the spinner says of a group: which state, and for how long. */
export function tell({ group, location, state, elapsedMs }: GroupProgress): Wait {
  const seconds = (elapsedMs / 1000).toFixed(1)
  if (state === 'running') return { task: `the container group was up after ${seconds} s`, state: 'the program runs' }
  if (state === 'deleting') return { task: `container group ${group}`, state }
  return { task: `container group ${group} in ${location}`, state: elapsedMs < 1_000 ? state : `${state}, ${seconds} s so far` }
}
