import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Answer } from './answers.ts'
import type { Identity, Tokens } from './tokens.ts'

/**
 * The two endpoints that hand tokens to a machine's managed identity, over plain http as the real ones: the one of virtual
 * machines (`AZURE_POD_IDENTITY_AUTHORITY_HOST` points there) and the one of App Service (`IDENTITY_ENDPOINT`).
 */
export class ManagedIdentityEndpoint implements AsyncDisposable {
  /** What `IDENTITY_HEADER` is to be. */
  readonly header = randomUUID()
  readonly #server: Server
  readonly #identity: Identity
  readonly #tokens: Tokens
  readonly #lifetime: () => number

  private constructor(identity: Identity, tokens: Tokens, lifetime: () => number) {
    this.#identity = identity
    this.#tokens = tokens
    this.#lifetime = lifetime
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const header = (name: string): string => String(request.headers[name] ?? '')
      const { status, body } = this.#answer(url, header)
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    })
  }

  static async start(identity: Identity, tokens: Tokens, lifetime: () => number): Promise<ManagedIdentityEndpoint> {
    const endpoint = new ManagedIdentityEndpoint(identity, tokens, lifetime)
    endpoint.#server.listen(0, '127.0.0.1')
    await once(endpoint.#server, 'listening')
    return endpoint
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #answer(url: URL, header: (name: string) => string): Answer {
    // The library puts a slash to the end of some.
    const path = url.pathname.replace(/\/$/, '')
    const appService = path === '/msi/token'
    if (!appService && path !== '/metadata/identity/oauth2/token') return refuse(404, 'not_found', 'no such path')
    const allowed = appService ? header('x-identity-header') === this.header : header('metadata').toLowerCase() === 'true'
    if (!allowed) return refuse(appService ? 401 : 400, 'invalid_request', 'Required metadata header not specified')
    const resource = url.searchParams.get('resource')
    if (resource === null || !url.searchParams.has('api-version'))
      return refuse(400, 'invalid_request', 'resource and api-version are needed')
    const client = url.searchParams.get('client_id')
    if (client !== null && client !== this.#identity.clientId) return refuse(400, 'invalid_request', 'Identity not found')
    const lifetime = this.#lifetime()
    const token = this.#tokens.mint(this.#identity, resource.replace(/\/\.default$/, ''), lifetime)
    const until = String(Math.floor(Date.now() / 1000) + lifetime)
    const times = appService ? { expires_on: until } : { expires_in: String(lifetime), expires_on: until }
    return { status: 200, body: { access_token: token, client_id: this.#identity.clientId, resource, token_type: 'Bearer', ...times } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function refuse(status: number, error: string, text: string): Answer {
  return { status, body: { error, error_description: text } }
}
