import type { ErrorCode } from '../../core/index.ts'

/** What was being done when Azure said no. */
export type Operation = 'create' | 'look' | 'logs' | 'exec' | 'delete' | 'list'

/** The rights that an operation needs, as a custom role names them. */
export const RIGHTS = {
  create: 'Microsoft.ContainerInstance/containerGroups/write',
  look: 'Microsoft.ContainerInstance/containerGroups/read',
  logs: 'Microsoft.ContainerInstance/containerGroups/containers/logs/read',
  exec: 'Microsoft.ContainerInstance/containerGroups/containers/exec/action',
  delete: 'Microsoft.ContainerInstance/containerGroups/delete',
  list: 'Microsoft.ContainerInstance/containerGroups/read',
} as const satisfies Record<Operation, string>

/** What a refusal of Azure means for a caller. */
export interface Failure {
  /** Azure's own codes, lower case; any when absent. */
  readonly codes?: readonly string[]
  /** The HTTP statuses; any when absent. */
  readonly statuses?: readonly number[]
  /** Names of errors that are none of Azure's answers. */
  readonly names?: readonly string[]
  /** The code that the caller sees. */
  readonly code: Extract<ErrorCode, 'BACKEND_REJECTED' | 'BACKEND_UNREACHABLE' | 'IMAGE_UNAVAILABLE' | 'BACKEND_LOST'>
  /** Whether another region may do what this one does not. */
  readonly elsewhere?: true
  /** Whether nothing was even sent. */
  readonly unsent?: true
  /** What to do. `{right}`, `{location}`, `{image}` and `{subscription}` are filled in. */
  readonly next: string
}

/** The first row that fits decides. */
export const FAILURES = [
  {
    names: ['CredentialUnavailableError', 'AggregateAuthenticationError'],
    code: 'BACKEND_REJECTED',
    unsent: true,
    next: 'Log in with `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the option credential',
  },
  {
    names: ['AuthenticationError', 'AuthenticationRequiredError'],
    code: 'BACKEND_REJECTED',
    unsent: true,
    next: 'Entra ID refused the credential: check the tenant, the client id and whether the secret has expired',
  },
  {
    statuses: [401],
    code: 'BACKEND_REJECTED',
    next: 'The token is expired or meant for somebody else: check that the credential is of the tenant of the subscription, and the clock of this machine',
  },
  {
    codes: ['requestdisallowedbypolicy'],
    code: 'BACKEND_REJECTED',
    next: 'A policy of the subscription forbids it: ask its owner for an exemption, or use what it allows (region, registry, tags)',
  },
  {
    codes: ['linkedauthorizationfailed', 'linkedaccesscheckfailed'],
    code: 'BACKEND_REJECTED',
    next: 'Give the caller Microsoft.Network/virtualNetworks/subnets/join/action on the subnet, or Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on the identity',
  },
  { statuses: [403], code: 'BACKEND_REJECTED', next: 'Give the caller the right {right} on the resource group' },
  {
    codes: ['missingsubscriptionregistration'],
    code: 'BACKEND_REJECTED',
    next: 'Register the provider once: az provider register --namespace Microsoft.ContainerInstance',
  },
  {
    codes: ['subscriptionnotfound', 'invalidsubscriptionid', 'disabledsubscription', 'readonlydisabledsubscription'],
    code: 'BACKEND_REJECTED',
    next: 'Check the subscription {subscription} with `az account list`',
  },
  {
    codes: ['resourcegroupnotfound'],
    code: 'BACKEND_REJECTED',
    next: 'Create the resource group first: az group create --name <name> --location {location}',
  },
  {
    codes: ['locationnotavailableforresourcetype', 'invalidlocation', 'noregisteredproviderfound', 'locationnotavailable'],
    code: 'BACKEND_REJECTED',
    elsewhere: true,
    next: 'Choose a region that has container instances; `az provider show -n Microsoft.ContainerInstance` lists them',
  },
  {
    codes: ['inaccessibleimage', 'invalidimage', 'invalidimageregistrycredentialtype', 'manifestunknown'],
    code: 'IMAGE_UNAVAILABLE',
    next: 'Check the name and tag of {image}, and give the option registry if it is private',
  },
  {
    codes: ['registryerrorresponse'],
    code: 'IMAGE_UNAVAILABLE',
    next: 'The registry of {image} refused or was down, often for its rate limits: try again later, or keep the image in Azure Container Registry',
  },
  {
    codes: ['containergroupquotareached', 'quotaexceeded', 'containergroupquotaexceeded', 'resourcequotaexceeded', 'operationnotallowed'],
    code: 'BACKEND_REJECTED',
    elsewhere: true,
    next: 'The quota in {location} is used up: delete groups (polyrun azure sweep), give more regions as location, or ask for more in the portal under Quotas',
  },
  {
    codes: ['serviceunavailable'],
    statuses: [409],
    code: 'BACKEND_UNREACHABLE',
    elsewhere: true,
    next: '{location} has no capacity for this size now: try again, give several regions as location, or ask for less cpu and memory',
  },
  {
    codes: ['containerlimitgreaterthancontainergrouptotalrequest', 'invalidresourcerequest', 'resourcesomerequestsnotspecified'],
    code: 'BACKEND_REJECTED',
    next: 'Ask for less: cpuCores and memoryGb are above what a group in {location} may have',
  },
  {
    codes: ['containergrouptransitioning'],
    statuses: [409],
    code: 'BACKEND_UNREACHABLE',
    next: 'The group is being changed by somebody else: try again',
  },
  {
    statuses: [429],
    code: 'BACKEND_UNREACHABLE',
    elsewhere: true,
    next: 'Azure throttles: a subscription has 300 creates an hour and region by default. Try again later, reuse groups (isolation session, a pool), or give several regions',
  },
  {
    statuses: [500, 502, 503, 504],
    code: 'BACKEND_UNREACHABLE',
    next: 'Azure has trouble of its own: try again, and see status.azure.com',
  },
  { statuses: [404], code: 'BACKEND_LOST', next: 'The container group is gone: somebody deleted it. Run it again if it may run twice' },
  { statuses: [400, 409, 413, 422], code: 'BACKEND_REJECTED', next: 'Correct what the message of Azure names' },
  {
    names: ['RestError', 'Error'],
    code: 'BACKEND_UNREACHABLE',
    next: 'Check the network, the proxy and the option endpoint, and try again',
  },
] as const satisfies readonly Failure[]

/** What an error of the client says about itself. */
export interface Facts {
  readonly name: string
  readonly status: number | undefined
  readonly code: string | undefined
}

/** The row for an error. */
export function failureFor({ name, status, code }: Facts): Failure {
  const found = (FAILURES as readonly Failure[]).find(
    (row) =>
      (row.codes === undefined || (code !== undefined && row.codes.includes(code.toLowerCase()))) &&
      (row.statuses === undefined || (status !== undefined && row.statuses.includes(status))) &&
      (row.names === undefined || row.names.includes(name)),
  )
  return found ?? { code: 'BACKEND_UNREACHABLE', next: 'See the cause, and try again' }
}
