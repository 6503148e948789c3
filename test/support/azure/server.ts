import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Answer } from './answers.ts'
import type { Certificates } from './certificates.ts'
import type { Entra } from './entra.ts'
import type { Faults } from './faults.ts'
import type { Gateway } from './gateway.ts'
import { routeOf, type OperationName } from './routes.ts'

/** A request that the management got, and what it answered. */
export interface RequestRecord {
  /** `undefined` where the path belongs to nothing. */
  readonly operation: OperationName | undefined
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** `undefined` for a connection that was cut. */
  readonly status: number | undefined
  /** When it came, in milliseconds since 1970. */
  readonly at: number
}

const ENTRA_UNAVAILABLE: Answer = {
  status: 503,
  body: { error: 'temporarily_unavailable', error_description: 'AADSTS90033: A transient error has occurred. Please try again.' },
}

interface ServerParts {
  readonly entra: Entra
  readonly gateway: Gateway
  readonly faults: Faults
  readonly answerDelayMs: number
}

/** A body above it is refused before anybody reads it. */
const BODY_BYTES = 4 * 1024 * 1024

/** The one HTTPS server: Entra's paths, and Azure Resource Manager's. */
export class HttpsServer implements AsyncDisposable {
  readonly requests: RequestRecord[] = []
  readonly #server: Server
  readonly #parts: ServerParts

  private constructor({ key, cert }: Certificates, parts: ServerParts) {
    this.#parts = parts
    this.#server = createServer({ key, cert }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  static async start(certificates: Certificates, parts: ServerParts): Promise<HttpsServer> {
    const server = new HttpsServer(certificates, parts)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get origin(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now()
    const bytes = await buffer(request)
    const url = new URL(request.url ?? '/', this.origin)
    const method = request.method ?? 'GET'
    const { entra, gateway, faults, answerDelayMs } = this.#parts
    const tokens = entra.answer(method, url, this.origin, () => new URLSearchParams(bytes.toString('utf8')))
    if (tokens !== undefined) return send(response, faults.take('entra-unavailable') === undefined ? tokens : ENTRA_UNAVAILABLE)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const body = bytes.length > 0 ? parse(bytes.toString('utf8')) : undefined
    const record = { method, path: url.pathname + url.search, headers, body, at }
    const operation = routeOf(method, url.pathname)?.operation
    const cut = faults.take('connection-cut', operation)
    if (cut !== undefined && cut.carriedOut !== true) {
      this.requests.push({ ...record, operation, status: undefined })
      return void response.destroy()
    }
    if (faults.take('no-answer', operation) !== undefined) {
      this.requests.push({ ...record, operation, status: undefined })
      return
    }
    if (bytes.length > BODY_BYTES) {
      this.requests.push({ ...record, operation, status: 413 })
      return send(response, {
        status: 413,
        body: { error: { code: 'RequestEntityTooLarge', message: 'The request is larger than 4194304 bytes.' } },
      })
    }
    if (answerDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, answerDelayMs))
    const { answer } = await gateway.handle({ method, url, headers, body })
    this.requests.push({ ...record, operation, status: cut === undefined ? answer.status : undefined })
    return cut === undefined ? send(response, answer) : void response.destroy()
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }
  response.writeHead(status, { ...type, ...headers }).end(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
