import type { ContainerSpec, GroupSpec, VolumeSpec } from './client.ts'
import type { AzureSettings } from './settings.ts'

/** The container of a group that runs programs. */
export const CONTAINER = 'runner'
/** Where the runner's files are. */
export const RUNNER_DIRECTORY = '/mnt/polyrun'
/** Where programs run. */
export const WORK_DIR = '/workspace'
const RUNNER_VOLUME = 'polyrun'
const SHARE_VOLUME = 'share'

/** What one group is for. */
export interface GroupPurpose {
  readonly location: string
  readonly image: string
  /** Files of the runner by name. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Arguments of the runner. */
  readonly args: readonly string[]
  /** The secret of its frames, if it needs one. */
  readonly secret: string | undefined
  readonly executorId: string
  /** When the sweeper may delete it, in seconds of the epoch. */
  readonly expiresAt: number
}

/** A group as Azure is asked for it. */
export function groupSpec(settings: AzureSettings, purpose: GroupPurpose): GroupSpec {
  const { managedIdentityResourceId, registry, share, subnetIds, priority } = settings
  const identities = [managedIdentityResourceId, registry && 'identityResourceId' in registry ? registry.identityResourceId : undefined]
  const assigned = Object.fromEntries(identities.filter((id) => id !== undefined).map((id) => [id, {}]))
  const volumes: VolumeSpec[] = [{ name: RUNNER_VOLUME, secret: base64(purpose.files) }]
  const volumeMounts: ContainerSpec['volumeMounts'] = [{ name: RUNNER_VOLUME, mountPath: RUNNER_DIRECTORY, readOnly: true }]
  if (share !== undefined) {
    const { shareName, accountName, accountKey, readOnly, mountPath } = share
    volumes.push({ name: SHARE_VOLUME, azureFile: { shareName, storageAccountName: accountName, storageAccountKey: accountKey, readOnly } })
    volumeMounts.push({ name: SHARE_VOLUME, mountPath, readOnly })
  }
  return {
    location: purpose.location,
    tags: {
      ...settings.tags,
      'managed-by': 'polyrun',
      'polyrun-executor': purpose.executorId,
      'polyrun-expires-at': String(purpose.expiresAt),
    },
    osType: 'Linux',
    // The platform starts a container again after an exit code that is not 0; the runner's is always 0.
    restartPolicy: 'Never',
    ...(priority === 'Spot' && { priority }),
    ...(Object.keys(assigned).length > 0 && { identity: { type: 'UserAssigned' as const, userAssignedIdentities: assigned } }),
    ...(registry !== undefined && {
      imageRegistryCredentials: [
        'identityResourceId' in registry
          ? { server: registry.server, identity: registry.identityResourceId }
          : { server: registry.server, username: registry.username, password: registry.password },
      ],
    }),
    ...(subnetIds.length > 0 && { subnetIds: subnetIds.map((id) => ({ id })) }),
    volumes,
    containers: [
      {
        name: CONTAINER,
        image: purpose.image,
        command: ['/bin/sh', `${RUNNER_DIRECTORY}/run.sh`, ...purpose.args],
        environmentVariables: variables(settings, purpose.secret),
        resources: { requests: settings.request, limits: settings.limit },
        volumeMounts,
      },
    ],
  }
}

function variables(
  { environment, secureEnvironment, limits }: AzureSettings,
  secret: string | undefined,
): ContainerSpec['environmentVariables'] {
  return [
    ...Object.entries(environment).map(([name, value]) => ({ name, value })),
    ...Object.entries(secureEnvironment).map(([name, secureValue]) => ({ name, secureValue })),
    ...(limits.openFiles === undefined ? [] : [{ name: 'POLYRUN_FILES', value: String(limits.openFiles) }]),
    ...(secret === undefined ? [] : [{ name: 'POLYRUN_SECRET', secureValue: secret }]),
  ]
}

function base64(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...files].map(([name, content]) => [name, Buffer.from(content).toString('base64')]))
}
