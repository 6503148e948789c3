import type { ContainerProperties, GroupBody, VolumeBody } from './wire.ts'

/** Where a group is, and what the service adds to its answers. */
export interface GroupStatus {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly provisioningState: string
  readonly tenantId: string
  readonly ip: string | undefined
  /** `instanceView` of the group and, by its containers' names, of each; `undefined` in a list, which carries none. */
  readonly views: { readonly group: object; readonly container: (name: string) => object | undefined } | undefined
}

/** A group as it is answered: defaults filled in, secrets blanked. */
export function answerOf(body: GroupBody, status: GroupStatus): object {
  const { properties, zones, identity } = body
  const {
    containers = [],
    initContainers = [],
    imageRegistryCredentials,
    volumes,
    ipAddress,
    diagnostics,
    extensions,
    ...rest
  } = properties
  const container = ({ name, properties: own }: { readonly name: string; readonly properties: ContainerProperties }): object => {
    const instanceView = status.views?.container(name)
    return { name, properties: { ...own, environmentVariables: variablesOf(own), ...(instanceView !== undefined && { instanceView }) } }
  }
  return {
    id: status.id,
    name: status.name,
    type: 'Microsoft.ContainerInstance/containerGroups',
    location: status.location,
    tags: status.tags,
    ...(zones !== undefined && { zones }),
    ...(identity !== undefined && { identity: identityOf(identity, status.tenantId) }),
    properties: {
      ...rest,
      sku: properties.sku ?? 'Standard',
      provisioningState: status.provisioningState,
      containers: containers.map(container),
      initContainers: initContainers.map(container),
      restartPolicy: properties.restartPolicy ?? 'Always',
      osType: properties.osType,
      ...(imageRegistryCredentials !== undefined && {
        imageRegistryCredentials: imageRegistryCredentials.map((registry) => without(registry, 'password')),
      }),
      ...(volumes !== undefined && { volumes: volumes.map(blanked) }),
      ...(ipAddress !== undefined && { ipAddress: { ...ipAddress, ...addressOf(ipAddress.dnsNameLabel, status) } }),
      ...(diagnostics !== undefined && {
        diagnostics: { logAnalytics: without(diagnostics.logAnalytics ?? {}, 'workspaceKey', 'workspaceResourceId') },
      }),
      ...(extensions !== undefined && {
        extensions: extensions.map(({ name, properties: own = {} }) => ({ name, properties: without(own, 'protectedSettings') })),
      }),
      ...(status.views !== undefined && { instanceView: status.views.group }),
    },
  }
}

/** Secure values never come back. */
function variablesOf({ environmentVariables = [] }: ContainerProperties): object[] {
  return environmentVariables.map(({ name, value }) => (value === undefined ? { name } : { name, value }))
}

function blanked({ secret, azureFile, ...volume }: VolumeBody): object {
  return {
    ...volume,
    ...(secret !== undefined && { secret: {} }),
    ...(azureFile !== undefined && { azureFile: without(azureFile, 'storageAccountKey') }),
  }
}

function addressOf(label: string | undefined, { ip, location }: GroupStatus): object {
  return { ...(ip !== undefined && { ip }), ...(label !== undefined && { fqdn: `${label}.${location}.azurecontainer.io` }) }
}

function identityOf({ type, userAssignedIdentities }: NonNullable<GroupBody['identity']>, tenantId: string): object {
  const principal = '00000000-0000-0000-0000-00000000aaaa'
  const users = Object.keys(userAssignedIdentities ?? {}).map((id) => [id, { principalId: principal, clientId: principal }])
  return {
    type,
    tenantId,
    ...(type?.includes('SystemAssigned') === true && { principalId: principal }),
    ...(userAssignedIdentities !== undefined && { userAssignedIdentities: Object.fromEntries(users) as object }),
  }
}

function without(value: object, ...keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !keys.includes(name)))
}
