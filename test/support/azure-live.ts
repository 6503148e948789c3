import { randomName } from '../../src/workspace/index.ts'
import { connectAzure } from '../../src/executors/azure-container/connect.ts'
import { CONTAINER } from '../../src/executors/azure-container/group-spec.ts'
import { Groups } from '../../src/executors/azure-container/groups.ts'
import type { AzureContainerCodeExecutorOptions } from '../../src/executors/azure-container/index.ts'
import { planCommand } from '../../src/executors/azure-container/runner/plan.ts'
import { roomOnSocket } from '../../src/executors/azure-container/runner/room.ts'
import { FIRST_GROUP } from '../../src/executors/azure-container/runner/script.ts'
import { SessionChannel } from '../../src/executors/azure-container/session-channel.ts'
import type { Probe } from '../../src/testing/index.ts'

/** A group of processes that no run of a test has. */
const PROBE_GROUP = FIRST_GROUP + 90
const TAG = 'polyrun-live-test'

/** The real Azure of this environment, for tests that are asked for. */
export interface LiveAzure {
  readonly options: AzureContainerCodeExecutorOptions
  readonly groups: Groups
  readonly probe: Probe
  /** Deletes every group of these tests. @returns how many were left */
  clean(): Promise<number>
}

/** Why there is none; `undefined` when there is one. */
export const noLiveAzure: string | undefined =
  process.env['AZURE_SUBSCRIPTION_ID'] === undefined || process.env['AZURE_RESOURCE_GROUP'] === undefined
    ? 'AZURE_SUBSCRIPTION_ID and AZURE_RESOURCE_GROUP do not name a place where groups may be made'
    : undefined

/** Connects to it with the default credential. */
export async function liveAzure(): Promise<LiveAzure> {
  const { AZURE_SUBSCRIPTION_ID = '', AZURE_RESOURCE_GROUP = '', AZURE_LOCATION = 'westeurope' } = process.env
  const own = randomName(6)
  const place = { subscriptionId: AZURE_SUBSCRIPTION_ID, resourceGroup: AZURE_RESOURCE_GROUP }
  const client = await connectAzure({ ...place, credential: undefined, endpoint: undefined, tlsCa: undefined })
  const groups = new Groups(client, place)
  const names = async (): Promise<string[]> =>
    (await groups.list()).flatMap(({ name, tags }) => (name && tags?.[TAG] === own ? [name] : []))
  const look = async (name: string, script: string, wanted: string): Promise<boolean> => {
    const signal = AbortSignal.timeout(60_000)
    try {
      const address = await groups.exec(name, CONTAINER, signal)
      const channel = await SessionChannel.open({ ...address, tlsCa: undefined }, PROBE_GROUP, undefined, signal)
      const plan = planCommand({ argv: ['/bin/sh', '-c', script], env: { WANTED: wanted } }, { workDir: '/', isGoneAfterwards: false })
      const end = await channel.run(plan, roomOnSocket(1), {
        onOutput: () => {},
        onError: () => {},
        onPhase: () => {},
        onOmitted: () => {},
        signal,
      })
      channel.close()
      return end.kind === 'ended' && end.status === 0
    } catch {
      return false // it is gone, and with it all that was in it
    }
  }
  const inAny = async (script: string, wanted: string): Promise<boolean> =>
    (await Promise.all((await names()).map((name) => look(name, script, wanted)))).includes(true)
  return {
    options: { ...place, location: AZURE_LOCATION.split(','), tags: { [TAG]: own } },
    groups,
    probe: {
      isAlive: (marker) => inAny('grep -qsa -- "$WANTED" $(ls -d /proc/[0-9]*/cmdline)', marker),
      fileExists: (path) => inAny('[ -e "$WANTED" ]', path),
    },
    clean: async () => {
      const left = await names()
      await Promise.all(left.map((name) => groups.delete(name)))
      return left.length
    },
  }
}
