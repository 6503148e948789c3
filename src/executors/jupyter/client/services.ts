import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { CodeExecutorError } from '../../../core/index.ts'
import { messageOf } from '../../../engine/index.ts'
import type { JupyterAddress } from '../jupyter-server.ts'
import { makeFetch, type Agents } from './http.ts'

/** The part of `@jupyterlab/services` that this executor uses. */
export interface JupyterServices {
  readonly ServerConnection: {
    makeSettings(options: Partial<ServerSettings>): ServerSettings
    makeRequest(url: string, init: RequestInit, settings: ServerSettings): Promise<Response>
  }
}

/** The part of its settings that this executor uses. */
export interface ServerSettings {
  readonly baseUrl: string
  readonly wsUrl: string
  readonly token: string
  readonly appendToken: boolean
  readonly fetch: (request: Request) => Promise<Response>
  /** In Node that is the class of the package ws, which takes options. */
  readonly WebSocket: new (url: string, protocols: readonly string[], options: SocketOptions) => WireSocket
  readonly serializer: {
    serialize(message: object, protocol?: string): string | ArrayBuffer
    deserialize(data: string | ArrayBuffer, protocol?: string): unknown
  }
}

/** The part of a websocket's options that is used here. */
export interface SocketOptions {
  readonly perMessageDeflate: boolean
  readonly maxPayload: number
  readonly handshakeTimeout: number
  readonly headers: Readonly<Record<string, string>>
  readonly agent?: Agent
  readonly createConnection?: () => Duplex
}

/** The part of a websocket of the package ws that is used here. */
export interface WireSocket {
  readonly protocol: string
  readonly readyState: number
  send(data: string | ArrayBuffer): void
  pong(): void
  close(): void
  terminate(): void
  on(event: 'open', listener: () => void): void
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void
  on(event: 'close', listener: (code: number) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'unexpected-response', listener: (request: unknown, response: { readonly statusCode?: number }) => void): void
}

const PEER = '@jupyterlab/services'

/** @throws `PEER_MISSING` without the package */
export async function loadServices(executor: string): Promise<JupyterServices> {
  try {
    // By a name that is no literal: its types need those of a browser, which nobody here should have to have.
    return (await import(PEER as string)) as JupyterServices
  } catch (error) {
    const message = `The ${executor} executor needs the package ${PEER}, which could not be loaded (${messageOf(error)}). Install it: npm install ${PEER}`
    throw new CodeExecutorError('PEER_MISSING', message, { executor, peer: PEER }, { cause: error })
  }
}

/** What the client needs to know of one server. */
export function makeSettings(services: JupyterServices, address: JupyterAddress, agents: Agents): ServerSettings {
  const baseUrl = address.baseUrl.endsWith('/') ? address.baseUrl : `${address.baseUrl}/`
  return services.ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace(/^http/, 'ws'),
    token: address.token ?? '',
    // The token goes in a header, and not into addresses that servers write to their logs.
    appendToken: false,
    fetch: makeFetch(agents),
  })
}
