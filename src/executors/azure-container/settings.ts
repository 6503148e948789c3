import { assertKnownKeys, CodeExecutorError, parseTimeout, resolveLimits, type ResolvedLimits } from '../../core/index.ts'
import { COMMAND_OPTION_NAMES, readEnvironment } from '../../engine/index.ts'
import {
  assertText,
  invalid,
  oneOf,
  readGroupName,
  readPath,
  readRange,
  readRecord,
  readRegion,
  readResourceId,
  readSubscription,
  readVariables,
} from './checks.ts'
import type { TokenCredential } from './client.ts'
import type { AzureContainerCodeExecutorOptions, AzureFileShare, AzureRegistry, GroupProgress } from './options.ts'

const GIBIBYTE = 1024 ** 3
const MOST_CORES = 31
const MOST_GB = 240
const SPOT = { cores: 4, gb: 16 } as const
const MINUTE = 60_000
const DEFAULT_LIFETIME = { execution: 30 * MINUTE, session: 240 * MINUTE } as const
const DEFAULT_IMAGE = 'mcr.microsoft.com/devcontainers/python:3'
/** Tags that this package sets itself. */
export const OWN_TAGS = ['managed-by', 'polyrun-executor', 'polyrun-expires-at'] as const
const MOST_TAGS = 50

/** {@link AzureContainerCodeExecutorOptions} after checking, with the defaults applied. */
export interface AzureSettings {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly prefix: string
  readonly images: Readonly<Record<string, string>>
  readonly image: string | undefined
  readonly locations: readonly [string, ...string[]]
  /** What the group asks for. */
  readonly request: { readonly cpu: number; readonly memoryInGB: number }
  /** What the container may use. */
  readonly limit: { readonly cpu: number; readonly memoryInGB: number }
  readonly isolation: 'execution' | 'session'
  readonly maxLifetimeMs: number
  readonly credential: TokenCredential | undefined
  readonly managedIdentityResourceId: string | undefined
  readonly share: Required<AzureFileShare> | undefined
  readonly subnetIds: readonly string[]
  readonly registry: AzureRegistry | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly secureEnvironment: Readonly<Record<string, string>>
  readonly priority: 'Regular' | 'Spot'
  readonly endpoint: string | undefined
  readonly tlsCa: string | undefined
  readonly limits: ResolvedLimits
  readonly onProgress: (progress: GroupProgress) => void
}

const OPTION_NAMES = [
  ...(['timeoutMs', 'startupTimeoutMs', 'limits', 'languages', 'concurrency', 'subscriptionId', 'resourceGroup'] as const),
  ...COMMAND_OPTION_NAMES,
  ...(['containerGroupName', 'image', 'location', 'cpuCores', 'memoryGb', 'isolation', 'maxLifetimeMs', 'credential'] as const),
  ...(['managedIdentityResourceId', 'azureFileShare', 'subnetIds', 'registry', 'tags', 'environment', 'secureEnvironment'] as const),
  ...(['priority', 'endpoint', 'tlsCa', 'onProgress'] as const),
] satisfies readonly (keyof AzureContainerCodeExecutorOptions)[]
true satisfies [keyof AzureContainerCodeExecutorOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

/** @throws `INVALID_ARGUMENT`, `CAPABILITY_UNSUPPORTED` for a limit that a group cannot have */
export function readSettings(options: AzureContainerCodeExecutorOptions, env: NodeJS.ProcessEnv = process.env): AzureSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  const limits = resolveLimits(options.limits)
  const priority = oneOf(options.priority ?? 'Regular', ['Regular', 'Spot'], 'priority')
  const isolation = oneOf(options.isolation ?? 'execution', ['execution', 'session'], 'isolation')
  const subnetIds = readSubnets(options.subnetIds ?? [])
  if (priority === 'Spot' && subnetIds.length > 0)
    throw invalid('subnetIds', subnetIds, 'cannot go with priority Spot, which has no subnets')
  if (priority === 'Spot' && isolation === 'session')
    throw invalid('priority', priority, 'cannot go with isolation session: a group that is evicted loses its files')
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function')
    throw invalid('onProgress', options.onProgress, 'must be a function')
  const { request, limit } = readSize(options, limits, priority)
  const images = readImages(options.image ?? DEFAULT_IMAGE)
  if (isolation === 'session' && images.image === undefined)
    throw invalid('image', options.image, 'must be one image with isolation session, which has one group for every language')
  const environment = readVariables(options.environment ?? {}, 'environment')
  const secureEnvironment = readVariables(options.secureEnvironment ?? {}, 'secureEnvironment')
  const [both] = Object.keys(environment).filter((name) => name in secureEnvironment)
  if (both !== undefined) throw invalid('secureEnvironment', both, `has ${both}, which environment has too`)
  readEnvironment({ ...environment, ...secureEnvironment }, 'environment')
  return {
    subscriptionId: readSubscription(options.subscriptionId ?? env['AZURE_SUBSCRIPTION_ID']),
    resourceGroup: readGroupName(options.resourceGroup ?? env['AZURE_RESOURCE_GROUP']),
    prefix: readPrefix(options.containerGroupName ?? 'polyrun'),
    ...images,
    locations: readLocations(options.location ?? 'westeurope'),
    request,
    limit,
    isolation,
    maxLifetimeMs: parseTimeout(options.maxLifetimeMs ?? DEFAULT_LIFETIME[isolation], 'maxLifetimeMs'),
    credential: readCredential(options.credential),
    managedIdentityResourceId:
      options.managedIdentityResourceId === undefined
        ? undefined
        : readResourceId(
            options.managedIdentityResourceId,
            'Microsoft.ManagedIdentity/userAssignedIdentities',
            'managedIdentityResourceId',
          ),
    share: options.azureFileShare && readShare(options.azureFileShare, env),
    subnetIds,
    registry: options.registry && readRegistry(options.registry),
    tags: readTags(options.tags ?? {}),
    environment,
    secureEnvironment,
    priority,
    endpoint: options.endpoint === undefined ? undefined : readEndpoint(options.endpoint),
    tlsCa: options.tlsCa === undefined ? undefined : assertText(options.tlsCa, 'tlsCa'),
    limits,
    onProgress: options.onProgress ?? (() => {}),
  }
}

function readSize(
  options: AzureContainerCodeExecutorOptions,
  limits: ResolvedLimits,
  priority: string,
): Pick<AzureSettings, 'request' | 'limit'> {
  const most = priority === 'Spot' ? SPOT : { cores: MOST_CORES, gb: MOST_GB }
  if (options.cpuCores !== undefined && limits.cpus !== undefined)
    throw invalid('cpuCores', options.cpuCores, 'and limits.cpus say the same thing; give one')
  if (options.memoryGb !== undefined && limits.memory !== undefined)
    throw invalid('memoryGb', options.memoryGb, 'and limits.memory say the same thing; give one')
  const cpu = limits.cpus ?? readRange(options.cpuCores ?? 1, 1, most.cores, 'cpuCores')
  const memoryInGB = limits.memory === undefined ? readRange(options.memoryGb ?? 1.5, 1, most.gb, 'memoryGb') : limits.memory / GIBIBYTE
  if (cpu > most.cores) throw invalid('limits.cpus', cpu, `is more than a group may have: ${most.cores}`)
  if (memoryInGB > most.gb) throw invalid('limits.memory', limits.memory, `is more than a group may have: ${most.gb} GB`)
  // A group has one core and one gigabyte at least, and asks in hundredths and tenths; the container's own limit is exact.
  const request = { cpu: Math.max(1, Math.ceil(cpu * 100) / 100), memoryInGB: Math.max(1, Math.ceil(memoryInGB * 10) / 10) }
  return { request, limit: { cpu, memoryInGB } }
}

function readPrefix(prefix: string): string {
  // Twelve random letters and a hyphen follow, and a name has 63 at most.
  if (typeof prefix === 'string' && /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,48}$/.test(prefix)) return prefix
  throw invalid(
    'containerGroupName',
    prefix,
    'must be 1 to 49 lower-case letters, digits and single hyphens, with a letter first and no hyphen last',
  )
}

function readImages(image: string | Readonly<Record<string, string>>): Pick<AzureSettings, 'images' | 'image'> {
  if (typeof image === 'string') return { image: readImage(image, 'image'), images: {} }
  const images = readRecord(image, 'image')
  if (Object.keys(images).length === 0) throw invalid('image', image, 'names no image')
  for (const [language, name] of Object.entries(images)) readImage(name, `image.${language}`)
  return { image: undefined, images }
}

function readImage(image: string, argument: string): string {
  if (/^[^\s\p{C}]{1,500}$/u.test(image)) return image
  throw invalid(argument, image, 'must be the name of an image, such as python:3.13-slim')
}

function readLocations(location: string | readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = [location].flat()
  if (first === undefined) throw invalid('location', location, 'names no region')
  return [readRegion(first), ...others.map(readRegion)]
}

function readSubnets(ids: readonly string[]): readonly string[] {
  if (!Array.isArray(ids)) throw invalid('subnetIds', ids, 'must be a list of resource ids')
  return ids.map((id: string) => readResourceId(id, 'Microsoft.Network/virtualNetworks', 'subnetIds'))
}

function readShare(share: AzureFileShare, env: NodeJS.ProcessEnv): Required<AzureFileShare> {
  assertKnownKeys(
    share,
    ['accountName', 'shareName', 'mountPath', 'accountKey', 'readOnly'] satisfies (keyof AzureFileShare)[],
    'azureFileShare',
  )
  const { accountName, shareName, mountPath, accountKey = env['AZURE_STORAGE_KEY'], readOnly = true } = share
  if (!/^[a-z0-9]{3,24}$/.test(assertText(accountName, 'azureFileShare.accountName')))
    throw invalid('azureFileShare.accountName', accountName, 'is no name of a storage account: 3 to 24 lower-case letters and digits')
  if (!/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(assertText(shareName, 'azureFileShare.shareName')))
    throw invalid('azureFileShare.shareName', shareName, 'is no name of a share')
  if (accountKey === undefined) throw invalid('azureFileShare.accountKey', undefined, 'is missing: give it, or set AZURE_STORAGE_KEY')
  if (typeof readOnly !== 'boolean') throw invalid('azureFileShare.readOnly', readOnly, 'must be true or false')
  return {
    accountName,
    shareName,
    mountPath: readPath(mountPath, 'azureFileShare.mountPath'),
    accountKey: assertText(accountKey, 'azureFileShare.accountKey'),
    readOnly,
  }
}

function readRegistry(registry: AzureRegistry): AzureRegistry {
  const known = 'identityResourceId' in registry ? ['server', 'identityResourceId'] : ['server', 'username', 'password']
  assertKnownKeys(registry, known, 'registry')
  for (const key of known) assertText((registry as unknown as Record<string, string>)[key], `registry.${key}`)
  if ('identityResourceId' in registry)
    readResourceId(registry.identityResourceId, 'Microsoft.ManagedIdentity/userAssignedIdentities', 'registry.identityResourceId')
  return registry
}

function readTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const read = readRecord(tags, 'tags')
  for (const [name, value] of Object.entries(read)) {
    if ((OWN_TAGS as readonly string[]).includes(name)) throw invalid('tags', name, `has ${name}, which this package sets itself`)
    if (!/^[^<>%&\\?/]{1,512}$/.test(name) || value.length > 256) throw invalid('tags', name, 'has a tag that Azure does not take')
  }
  if (Object.keys(read).length + OWN_TAGS.length > MOST_TAGS)
    throw invalid('tags', tags, `has more than ${MOST_TAGS - OWN_TAGS.length} tags`)
  return read
}

function readCredential(credential: TokenCredential | undefined): TokenCredential | undefined {
  if (credential === undefined || typeof (credential as Partial<TokenCredential> | null)?.getToken === 'function') return credential
  throw invalid('credential', undefined, 'must be a credential of @azure/identity, or have a method getToken as they do')
}

function readEndpoint(endpoint: string): string {
  const url = URL.parse(assertText(endpoint, 'endpoint'))
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '') return url.origin
  throw invalid('endpoint', endpoint, 'must be an https address without a path; tokens are sent over TLS only')
}

/** @throws `CAPABILITY_UNSUPPORTED` when no image is for this language */
export function imageFor({ image, images }: Pick<AzureSettings, 'image' | 'images'>, language: string): string {
  const found = image ?? images[language]
  if (found !== undefined) return found
  const missing = `no image is given for ${language}; the option image has ${Object.keys(images).join(', ')}`
  throw new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The azure-container executor cannot run ${language}: ${missing}.`, {
    executor: 'azure-container',
    capability: language,
    missing,
  })
}
