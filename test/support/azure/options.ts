import { randomUUID } from 'node:crypto'
import type { TestEngine } from '../docker.ts'
import type { Rates } from './budget.ts'
import type { Shares } from './docker-volumes.ts'
import type { Delays } from './group.ts'

/** How a stand-in differs from a new subscription. */
export interface AzureOptions {
  /** @defaultValue the engine of the tests */
  readonly engine?: TestEngine
  /** The image of the engine that stands for one of a group, by the latter's name. Other names are looked up as they are. */
  readonly images?: Readonly<Record<string, string>>
  /** @defaultValue one that nobody else has */
  readonly subscriptionId?: string
  readonly resourceGroups?: readonly [string, ...string[]]
  readonly locations?: readonly [string, ...string[]]
  readonly delays?: Delays & {
    /** Of every answer of the management. */
    readonly answering?: number
  }
  /** What may be there at the same time in one region. @defaultValue 100 groups and 100 cores, as documented */
  readonly quota?: { readonly groups?: number; readonly cores?: number }
  /** Creates, and deletes, of groups. @defaultValue 100 in 5 minutes and 300 in an hour, as documented */
  readonly rates?: Partial<Rates>
  /** How long a token lasts, in seconds. @defaultValue 3599 */
  readonly tokenSeconds?: number
  /** The rights of the caller, below `Microsoft.ContainerInstance/`. @defaultValue all */
  readonly rights?: readonly string[]
  /** Azure file shares that exist. @defaultValue none */
  readonly shares?: Shares
  /** @defaultValue `bridge`, since groups reach the internet; `none` is quicker */
  readonly network?: 'bridge' | 'none'
}

const DEFAULTS = {
  resourceGroups: ['polyrun-tests'],
  locations: ['westeurope', 'northeurope', 'eastus'],
  quota: { groups: 100, cores: 100 },
  rates: { per5Minutes: 100, perHour: 300 },
  tokenSeconds: 3_599,
  network: 'bridge',
} as const

export interface AzureSettings {
  readonly images: Readonly<Record<string, string>>
  readonly subscriptionId: string
  readonly resourceGroups: readonly [string, ...string[]]
  readonly locations: readonly [string, ...string[]]
  readonly delays: NonNullable<AzureOptions['delays']>
  readonly quota: { readonly groups: number; readonly cores: number }
  readonly rates: Rates
  readonly tokenSeconds: number
  readonly rights: readonly string[] | undefined
  readonly shares: Shares
  readonly network: 'bridge' | 'none'
}

export function resolveOptions(options: AzureOptions): AzureSettings {
  const [first, ...others] = options.resourceGroups ?? DEFAULTS.resourceGroups
  return {
    images: options.images ?? {},
    subscriptionId: options.subscriptionId?.toLowerCase() ?? randomUUID(),
    resourceGroups: [first.toLowerCase(), ...others.map((name) => name.toLowerCase())],
    locations: options.locations ?? DEFAULTS.locations,
    delays: options.delays ?? {},
    quota: { ...DEFAULTS.quota, ...options.quota },
    rates: { ...DEFAULTS.rates, ...options.rates },
    tokenSeconds: options.tokenSeconds ?? DEFAULTS.tokenSeconds,
    rights: options.rights,
    shares: options.shares ?? {},
    network: options.network ?? DEFAULTS.network,
  }
}
