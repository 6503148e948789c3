import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import type { ContainerInstanceClient, TokenCredential } from './client.ts'

/** Where the management of Azure's public cloud is. */
export const PUBLIC_ENDPOINT = 'https://management.azure.com'
/** For whom tokens are, when the endpoint is not that of a cloud that the package knows. */
const PUBLIC_SCOPE = `${PUBLIC_ENDPOINT}/.default`
/** Endpoints of other clouds, for which their own scope is right. */
const SOVEREIGN = ['https://management.chinacloudapi.cn', 'https://management.usgovcloudapi.net']

/** What a client is made with. */
export interface Connection {
  readonly subscriptionId: string
  readonly credential: TokenCredential | undefined
  readonly endpoint: string | undefined
  /** Certificates of the authorities to trust besides those of Node, as PEM. */
  readonly tlsCa: string | undefined
}

/**
 * A client of the management of container groups. Nothing is sent yet.
 * @throws `PEER_MISSING` with the install command
 */
export async function connectAzure({ subscriptionId, credential, endpoint, tlsCa }: Connection): Promise<ContainerInstanceClient> {
  const { ContainerInstanceManagementClient } = await load('@azure/arm-containerinstance', () => import('@azure/arm-containerinstance'))
  const tokens = credential ?? new (await load('@azure/identity', () => import('@azure/identity'))).DefaultAzureCredential()
  const options = {
    userAgentOptions: { userAgentPrefix: 'polyrun' },
    ...(endpoint !== undefined && { endpoint, credentialScopes: SOVEREIGN.includes(endpoint) ? `${endpoint}/.default` : PUBLIC_SCOPE }),
    ...(tlsCa !== undefined && { tlsOptions: { ca: tlsCa } }),
  }
  return new ContainerInstanceManagementClient(tokens as never, subscriptionId, options)
}

/** Loads an optional peer late. @throws `PEER_MISSING` */
export async function load<T>(peer: string, importPeer: () => Promise<T>): Promise<T> {
  try {
    return await importPeer()
  } catch (error) {
    throw new CodeExecutorError(
      'PEER_MISSING',
      `The azure-container executor needs the package ${peer}, which could not be loaded (${messageOf(error)}). Install it: npm install @azure/arm-containerinstance @azure/identity ws`,
      { executor: 'azure-container', peer },
      { cause: error },
    )
  }
}
