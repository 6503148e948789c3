import { ContainerInstanceManagementClient } from '@azure/arm-containerinstance'
import type { TokenCredential as AzureTokenCredential } from '@azure/identity'
import type { ContainerInstanceClient, TokenCredential } from '../../src/executors/azure-container/client.ts'

declare const credential: AzureTokenCredential
credential satisfies TokenCredential
const client = new ContainerInstanceManagementClient(credential, 'a subscription')
client satisfies ContainerInstanceClient
export const c: ContainerInstanceClient = client
