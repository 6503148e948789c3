import type { ListedGroup } from './client.ts'
import { connectAzure, type Connection } from './connect.ts'
import { Groups } from './groups.ts'
import { readGroupName, readSubscription } from './checks.ts'
import { assertKnownKeys } from '../../core/index.ts'
import type { TokenCredential } from './client.ts'

/** What to sweep, and with whose rights. */
export interface SweepOptions {
  /** @defaultValue the variable AZURE_SUBSCRIPTION_ID */
  readonly subscriptionId?: string
  /** @defaultValue the variable AZURE_RESOURCE_GROUP */
  readonly resourceGroup?: string
  /** Only look. @defaultValue false */
  readonly dryRun?: boolean
  /** Groups whose time is over at this moment are deleted; a later one ends groups that still have time. @defaultValue now */
  readonly at?: Date
  /** @defaultValue `DefaultAzureCredential` */
  readonly credential?: TokenCredential
  readonly endpoint?: string
  readonly tlsCa?: string
  readonly signal?: AbortSignal
}

/** A group of this package that a sweep has seen. */
export interface SweptGroup {
  readonly name: string
  readonly location: string
  /** The executor that it is of. */
  readonly owner: string
  /** When its time is over. */
  readonly expiresAt: Date
  /** `'kept'` when its time is not over, `'expired'` when a dry run would delete it, `'failed'` when Azure did not. */
  readonly outcome: 'kept' | 'expired' | 'deleted' | 'failed'
}

const NAMES = [
  'subscriptionId',
  'resourceGroup',
  'dryRun',
  'at',
  'credential',
  'endpoint',
  'tlsCa',
  'signal',
] as const satisfies readonly (keyof SweepOptions)[]

/**
 * Deletes the container groups of this package in a resource group whose time is over: what processes left that were killed.
 * Groups without its tags are never touched.
 * @throws `INVALID_ARGUMENT`, `PEER_MISSING`, what Azure said
 */
export async function sweepContainerGroups(options: SweepOptions = {}): Promise<readonly SweptGroup[]> {
  assertKnownKeys(options, NAMES, 'options')
  const connection: Connection & { readonly resourceGroup: string } = {
    subscriptionId: readSubscription(options.subscriptionId ?? process.env['AZURE_SUBSCRIPTION_ID']),
    resourceGroup: readGroupName(options.resourceGroup ?? process.env['AZURE_RESOURCE_GROUP']),
    credential: options.credential,
    endpoint: options.endpoint,
    tlsCa: options.tlsCa,
  }
  const groups = new Groups(await connectAzure(connection), connection)
  return sweepGroups(groups, { dryRun: options.dryRun ?? false, at: options.at ?? new Date() }, options.signal)
}

/** The same with a connection that is there. */
export async function sweepGroups(
  groups: Groups,
  { dryRun, at }: { readonly dryRun: boolean; readonly at: Date },
  signal?: AbortSignal,
): Promise<readonly SweptGroup[]> {
  const own = (await groups.list(signal)).flatMap(readOwn)
  const swept: SweptGroup[] = []
  for (const group of own) {
    signal?.throwIfAborted()
    swept.push({ ...group, outcome: await sweepOne(groups, group, group.expiresAt <= at, dryRun) })
  }
  return swept
}

async function sweepOne(
  groups: Groups,
  { name }: { readonly name: string },
  isOver: boolean,
  dryRun: boolean,
): Promise<SweptGroup['outcome']> {
  if (!isOver) return 'kept'
  if (dryRun) return 'expired'
  return groups.delete(name).then(
    () => 'deleted',
    () => 'failed',
  )
}

function readOwn({ name, location = '', tags = {} }: ListedGroup): Omit<SweptGroup, 'outcome'>[] {
  const seconds = Number(tags['polyrun-expires-at'])
  if (name === undefined || tags['managed-by'] !== 'polyrun' || !(seconds > 0)) return []
  return [{ name, location, owner: tags['polyrun-executor'] ?? '', expiresAt: new Date(seconds * 1000) }]
}
