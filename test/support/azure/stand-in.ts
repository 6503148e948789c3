import { ClientSecretCredential } from '@azure/identity'
import { dockerEngine } from '../docker.ts'
import type { Fault, FaultName, FaultSwitch, Odds } from './faults.ts'
import type { Group } from './group.ts'
import { resolveOptions, type AzureOptions } from './options.ts'
import { startParts } from './parts.ts'
import type { OperationName } from './routes.ts'
import type { RequestRecord } from './server.ts'

/** A group of the stand-in, as a test looks at it. */
export interface GroupSummary {
  readonly name: string
  readonly state: string
  readonly provisioningState: string
  readonly tags: Readonly<Record<string, string>>
}

/**
 * Azure on this machine: Entra ID, Azure Resource Manager and Microsoft.ContainerInstance for one subscription, with its
 * containers on the engine of the tests. What it does not imitate is in docs/decisions/0039-azure-stand-in.md.
 */
export interface Azure extends AsyncDisposable {
  /** For `endpoint` of a client, and `authorityHost` of a credential. */
  readonly endpoint: string
  /** The authority that vouches for it, for `tlsOptions.ca`. */
  readonly ca: string
  readonly subscriptionId: string
  /** The first of its resource groups. */
  readonly resourceGroup: string
  readonly location: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** On its containers and volumes on the engine, and on no others. */
  readonly label: string
  /** A credential with the real code of `@azure/identity`. */
  credential(options?: { readonly clientId?: string; readonly clientSecret?: string; readonly tenantId?: string }): ClientSecretCredential
  /** Variables that make the real `ManagedIdentityCredential` ask the stand-in. */
  managedIdentity(kind: 'virtual-machine' | 'app-service'): Readonly<Record<string, string>>
  /** Switches a fault on. */
  fail(fault: Fault): FaultSwitch
  /** Faults that come by themselves, the same ones for the same seed. @returns how often each struck */
  failAtRandom(seed: string, odds: Odds): ReadonlyMap<FaultName, number>
  /** Switches all faults off. */
  heal(): void
  groups(): GroupSummary[]
  /** As if somebody deleted it in the portal. */
  deleteFromOutside(name: string, resourceGroup?: string): Promise<void>
  /** Cuts the open sockets of exec and attach. */
  cutSockets(): void
  /** Every request to the management so far. */
  readonly requests: readonly RequestRecord[]
  /** How often each operation was asked for. */
  calls(): Readonly<Partial<Record<OperationName, number>>>
  /** Where the stand-in's own answers were not as Microsoft describes them. Ending it throws if there are any. */
  readonly violations: readonly string[]
  /** Ends it with all its groups. @throws if its answers were not as Microsoft describes them */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts one. @throws where the tests have no engine */
export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const settings = resolveOptions(options)
  const engine = options.engine ?? (await dockerEngine())
  if ('unavailable' in engine) throw new Error(`the stand-in for Azure needs an engine: ${engine.unavailable}`)
  const parts = await startParts(settings, engine.socketPath)
  const { application, certificates, faults, host, identity, provider, server, sockets, violations } = parts
  const { ca } = certificates
  const { tenantId, clientId, clientSecret } = application
  const { subscriptionId, resourceGroups, locations } = settings
  return {
    endpoint: server.origin,
    ca,
    label: host.label,
    subscriptionId,
    resourceGroup: resourceGroups[0],
    location: locations[0],
    tenantId,
    clientId,
    clientSecret,
    credential: (other = {}) => {
      const own = { ...application, ...other }
      const place = { authorityHost: server.origin, disableInstanceDiscovery: true, tlsOptions: { ca } }
      return new ClientSecretCredential(own.tenantId, own.clientId, own.clientSecret, place)
    },
    managedIdentity: (kind) =>
      kind === 'app-service'
        ? { IDENTITY_ENDPOINT: `${identity.origin}/msi/token`, IDENTITY_HEADER: identity.header }
        : { AZURE_POD_IDENTITY_AUTHORITY_HOST: identity.origin },
    fail: (fault) => faults.add(fault),
    failAtRandom: (seed, odds) => faults.addAtRandom(seed, odds),
    heal: () => faults.clear(),
    groups: () => provider.groups.list().map(summaryOf),
    deleteFromOutside: (name, resourceGroup = resourceGroups[0]) => provider.deleteFromOutside(resourceGroup, name),
    cutSockets: () => sockets.cut(),
    requests: server.requests,
    calls: () => count(server.requests),
    violations,
    [Symbol.asyncDispose]: async () => {
      await parts[Symbol.asyncDispose]()
      if (violations.length > 0) throw new Error(`the stand-in answered as Azure would not:\n${violations.join('\n')}`)
    },
  }
}

function summaryOf({ settings: { name }, state, provisioning, tags }: Group): GroupSummary {
  return { name, state, provisioningState: provisioning, tags }
}

function count(requests: readonly RequestRecord[]): Readonly<Partial<Record<OperationName, number>>> {
  const counts: Partial<Record<OperationName, number>> = {}
  for (const { operation } of requests) if (operation !== undefined) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}
