import type { CommandExecutorOptions } from '../../engine/index.ts'
import type { TokenCredential } from './client.ts'

/** A share of Azure Files that programs see. */
export interface AzureFileShare {
  readonly accountName: string
  readonly shareName: string
  /** Where programs see it. */
  readonly mountPath: string
  /** The key of the account. @defaultValue the variable AZURE_STORAGE_KEY of this process */
  readonly accountKey?: string
  /** @defaultValue true */
  readonly readOnly?: boolean
}

/** A registry that does not give its images to everybody: one that a managed identity may pull from, or one with a password. */
export type AzureRegistry =
  | { readonly server: string; readonly identityResourceId: string }
  | { readonly server: string; readonly username: string; readonly password: string }

/** How far a group is on its way to a running program. */
export interface GroupProgress {
  readonly group: string
  readonly location: string
  readonly state: 'creating' | 'pulling' | 'starting' | 'running' | 'deleting'
  /** Since the group was asked for, in milliseconds. */
  readonly elapsedMs: number
}

/**
 * Options of {@link AzureContainerCodeExecutor}. `limits.cpus` and `limits.memory` are limits of the container; the group asks for
 * as much, and for one core and one gigabyte at least. `limits.pids`, `limits.disk` and `limits.memorySwap` are refused.
 */
export interface AzureContainerCodeExecutorOptions extends CommandExecutorOptions {
  /** The subscription that pays. @defaultValue the variable AZURE_SUBSCRIPTION_ID */
  readonly subscriptionId?: string
  /** The resource group, which must be there. @defaultValue the variable AZURE_RESOURCE_GROUP */
  readonly resourceGroup?: string
  /** How names of groups begin: lower-case letters, digits and hyphens. @defaultValue 'polyrun' */
  readonly containerGroupName?: string
  /** The image, or images by language. It needs a shell, base64 and root as its user. @defaultValue 'mcr.microsoft.com/devcontainers/python:3' */
  readonly image?: string | Readonly<Record<string, string>>
  /** The region, or regions that are tried in order. @defaultValue 'westeurope' */
  readonly location?: string | readonly string[]
  /** Cores of a group, 1 to 31. @defaultValue 1 */
  readonly cpuCores?: number
  /** Memory of a group in gigabytes, 1 to 240. @defaultValue 1.5 */
  readonly memoryGb?: number
  /** `'execution'`: each run has a group of its own. `'session'`: one group, whose files stay between runs. @defaultValue 'execution' */
  readonly isolation?: 'execution' | 'session'
  /** How long one group may live, in milliseconds, whatever happens to this process. @defaultValue 30 minutes, with `'session'` 4 hours */
  readonly maxLifetimeMs?: number
  /** Where tokens come from. @defaultValue `DefaultAzureCredential` of `@azure/identity` */
  readonly credential?: TokenCredential
  /** A managed identity that programs in the group can use: its whole resource id. @defaultValue none */
  readonly managedIdentityResourceId?: string
  /** A share of Azure Files. @defaultValue none */
  readonly azureFileShare?: AzureFileShare
  /** Subnets to put groups into: the only way to cut their network. @defaultValue none */
  readonly subnetIds?: readonly string[]
  /** A registry that asks who you are. @defaultValue none */
  readonly registry?: AzureRegistry
  /** More tags of the groups. */
  readonly tags?: Readonly<Record<string, string>>
  /** Variables of every program. */
  readonly environment?: Readonly<Record<string, string>>
  /** Variables of every program that Azure never shows again. */
  readonly secureEnvironment?: Readonly<Record<string, string>>
  /** `'Spot'` is cheaper and may be taken away. @defaultValue 'Regular' */
  readonly priority?: 'Regular' | 'Spot'
  /** Where the management of Azure is, for other clouds and stand-ins. @defaultValue 'https://management.azure.com' */
  readonly endpoint?: string
  /** Certificates of the authorities to trust, as PEM. @defaultValue those that Node trusts */
  readonly tlsCa?: string
  /** Hears how far a group is. */
  readonly onProgress?: (progress: GroupProgress) => void
}
