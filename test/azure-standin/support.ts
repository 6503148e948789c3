import { ContainerInstanceManagementClient, type Container, type ContainerGroup } from '@azure/arm-containerinstance'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { Azure } from '../support/azure/stand-in.ts'
import { dockerEngine } from '../support/docker.ts'
import { PATIENCE } from '../support/world.ts'

const engine = await dockerEngine()
/** Why these tests cannot run here; `undefined` when they can. */
export const noEngine: string | undefined = 'unavailable' in engine ? engine.unavailable : undefined
export const IMAGE = 'debian:trixie-slim'
export const SCOPE = 'https://management.azure.com/.default'

/** Microsoft's own client. It retries nothing unless a test says so. */
export function clientOf(azure: Azure, maxRetries = 0): ContainerInstanceManagementClient {
  return new ContainerInstanceManagementClient(azure.credential(), azure.subscriptionId, {
    endpoint: azure.endpoint,
    credentialScopes: SCOPE,
    tlsOptions: { ca: azure.ca },
    retryOptions: { maxRetries, retryDelayInMs: 10 },
  })
}

/** A group with one container, `one`, that runs a line of shell once. */
export function groupOf(
  azure: Azure,
  command: string,
  more: Partial<ContainerGroup> = {},
  container: Partial<Container> = {},
): ContainerGroup {
  const shell = { name: 'one', image: IMAGE, command: ['/bin/sh', '-c', command], resources: { requests: { cpu: 1, memoryInGB: 1 } } }
  return { location: azure.location, osType: 'Linux', restartPolicy: 'Never', containers: [{ ...shell, ...container }], ...more }
}

/** Creates a group and waits until it is in a state. */
export async function create(azure: Azure, name: string, group: ContainerGroup, state: string): Promise<ContainerInstanceManagementClient> {
  const client = clientOf(azure)
  await client.containerGroups.beginCreateOrUpdate(azure.resourceGroup, name, group)
  await inState(azure, name, state)
  return client
}

export async function inState(azure: Azure, name: string, state: string): Promise<void> {
  await expect.poll(() => azure.groups().find((group) => group.name === name)?.state, { ...PATIENCE, message: name }).toBe(state)
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** JSON of any shape: what is not there is `undefined`. */
export interface Body {
  readonly [name: string]: Body
}

/** A request without the client's help: what it would not send, or would not show. */
export async function ask(azure: Azure, method: string, path: string, body?: unknown, token?: string): Promise<Answered> {
  const bearer = token ?? (await azure.credential().getToken(SCOPE)).token
  const headers = { Authorization: `Bearer ${bearer}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) }
  const sent = request(new URL(path, azure.endpoint), { method, headers, ca: azure.ca })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const said = await text(response)
  const named = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(named) as Record<string, string>,
    body: (said === '' ? {} : JSON.parse(said)) as Body,
  }
}

export function groupPath(azure: Azure, name: string, rest = '', version = 'api-version=2023-05-01'): string {
  const scope = `/subscriptions/${azure.subscriptionId}/resourceGroups/${azure.resourceGroup}`
  return `${scope}/providers/Microsoft.ContainerInstance/containerGroups/${name}${rest}?${version}`
}

/** An open terminal, and what it said. */
export interface Terminal {
  readonly socket: WebSocket
  readonly frames: readonly { readonly data: Buffer; readonly binary: boolean }[]
  text(): string
  /** @returns the code of the end: 1005 for none, 1006 for a cut */
  closed(): Promise<number>
}

export async function openTerminal(azure: Azure, address: { webSocketUri?: string; password?: string }): Promise<Terminal> {
  const socket = new WebSocket(address.webSocketUri ?? '', { ca: azure.ca })
  const frames: { data: Buffer; binary: boolean }[] = []
  socket.on('message', (data: Buffer, binary) => frames.push({ data, binary }))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined)
  socket.send(address.password ?? '')
  return { socket, frames, text: () => Buffer.concat(frames.map(({ data }) => data)).toString('utf8'), closed: () => closed }
}
