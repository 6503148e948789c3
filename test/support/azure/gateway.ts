import { randomUUID } from 'node:crypto'
import { Refusal, type Answer } from './answers.ts'
import { missingRight, strike, subscriptionNotFound } from './fault-answers.ts'
import type { Faults } from './faults.ts'
import { coresOf, locationOf, type Provider } from './provider.ts'
import type { Budget } from './budget.ts'
import { routeOf, type OperationName, type Routed } from './routes.ts'
import type { Tokens } from './tokens.ts'
import type { Validation } from './validation.ts'
import type { GroupBody } from './wire.ts'

/** The version that the SDK speaks, and the only one that is described to the stand-in. */
export const API_VERSION = '2023-05-01'

export interface GatewaySettings {
  readonly subscriptionId: string
  /** In small letters. */
  readonly resourceGroups: readonly string[]
  readonly locations: readonly string[]
  /** The rights of the caller, below `Microsoft.ContainerInstance/`; `undefined` for all of them. */
  readonly rights: readonly string[] | undefined
}

/** One request as the management gets it. */
export interface GatewayRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** `undefined` for none; what is no JSON is its text. */
  readonly body: unknown
}

/** What came of it. */
export interface Outcome {
  readonly operation: OperationName | undefined
  readonly answer: Answer
}

/** Azure Resource Manager in front of the provider: who asks, may they, is it well said. */
export class Gateway {
  /** Where an answer of the stand-in is not as Microsoft describes it. */
  readonly violations: string[] = []
  readonly #settings: GatewaySettings
  readonly #tokens: Tokens
  readonly #faults: Faults
  readonly #provider: Provider
  readonly #budget: Budget
  readonly #validation: Validation | undefined

  constructor(
    settings: GatewaySettings,
    parts: { tokens: Tokens; faults: Faults; provider: Provider; budget: Budget; validation: Validation | undefined },
  ) {
    this.#settings = settings
    this.#tokens = parts.tokens
    this.#faults = parts.faults
    this.#provider = parts.provider
    this.#budget = parts.budget
    this.#validation = parts.validation
  }

  async handle(request: GatewayRequest): Promise<Outcome> {
    const routed = routeOf(request.method, request.url.pathname)
    const answer = await this.#answer(request, routed)
    const complete = { ...answer, headers: { ...identifiers(), ...(routed && this.#budget.headers(routed)), ...answer.headers } }
    if (routed !== undefined) await this.#validate(request, routed, complete)
    return { operation: routed?.operation, answer: complete }
  }

  async #answer(request: GatewayRequest, routed: Routed | undefined): Promise<Answer> {
    try {
      const caller = this.#tokens.check(request.headers['authorization'])
      if (routed === undefined) throw new Refusal(404, 'InvalidResourceType', `Nothing is at ${request.method} ${request.url.pathname}.`)
      this.#checkVersion(request, routed)
      this.#checkScope(routed)
      strike(this.#faults, this.#contextOf(request, routed, caller))
      this.#authorize(routed, request, caller)
      await this.#checkRequest(request, routed)
      this.#budget.spend(routed.operation)
      return await this.#provider.answer({ ...routed, query: request.url.searchParams, body: request.body, origin: request.url.origin })
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      this.violations.push(`the stand-in failed: ${(error as Error).stack ?? String(error)}`)
      return new Refusal(500, 'InternalServerError', (error as Error).message).answer
    }
  }

  #checkVersion({ url }: GatewayRequest, { operation }: Routed): void {
    if (operation === 'operation') return
    const version = url.searchParams.get('api-version')
    if (version === null)
      throw new Refusal(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.')
    if (version === API_VERSION) return
    const what = `No registered resource provider found for API version '${version}' for type 'containerGroups'.`
    throw new Refusal(400, 'NoRegisteredProviderFound', `${what} The supported api-versions are '${API_VERSION}'.`)
  }

  #checkScope({ part }: Routed): void {
    const [subscription, resourceGroup] = [part('subscription'), part('resourceGroup')]
    if (subscription !== '' && subscription.toLowerCase() !== this.#settings.subscriptionId) throw subscriptionNotFound(subscription)
    if (resourceGroup !== '' && !this.#settings.resourceGroups.includes(resourceGroup.toLowerCase()))
      throw new Refusal(404, 'ResourceGroupNotFound', `Resource group '${resourceGroup}' could not be found.`)
  }

  #authorize({ route }: Routed, { url }: GatewayRequest, caller: { clientId: string; objectId: string }): void {
    if (this.#settings.rights?.includes(route.right) !== false) return
    const message = missingRight(caller.clientId, caller.objectId, route.right, url.pathname)
    throw new Refusal(403, 'AuthorizationFailed', message, { 'x-ms-failure-cause': 'gateway' })
  }

  async #checkRequest({ method, url, headers, body }: GatewayRequest, { operation }: Routed): Promise<void> {
    if (typeof body === 'string')
      throw new Refusal(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
    if (operation === 'operation') return
    const faults = (await this.#validation?.request({ method, url: url.pathname + url.search, headers: forValidator(headers), body })) ?? []
    if (faults.length > 0) throw new Refusal(400, 'InvalidRequestContent', `The request content was invalid: ${faults.join('; ')}`)
  }

  async #validate({ method, url }: GatewayRequest, { operation }: Routed, { status, headers = {}, body }: Answer): Promise<void> {
    // The description knows neither the URLs of long operations nor what a wrong version would be answered.
    if (operation === 'operation' || url.searchParams.get('api-version') !== API_VERSION) return
    const typed = { ...headers, 'content-type': 'application/json' }
    const faults = (await this.#validation?.answer({ status, headers: typed, body }, { method, url: url.pathname + url.search })) ?? []
    this.violations.push(...faults.map((fault) => `${operation} answered ${status}: ${fault}`))
  }

  #contextOf({ url, body }: GatewayRequest, { operation, route, part }: Routed, caller: { clientId: string; objectId: string }) {
    const { location = '', properties } = (body ?? {}) as Partial<GroupBody>
    const containers = properties?.containers ?? []
    return {
      operation,
      right: route.right,
      ...caller,
      subscription: part('subscription'),
      resourceId: url.pathname,
      location: locationOf(location),
      locations: this.#settings.locations,
      group: part('group'),
      container: part('container'),
      image: containers[0]?.properties.image ?? '',
      cores: coresOf(containers),
    }
  }
}

function identifiers(): Readonly<Record<string, string>> {
  const id = randomUUID()
  return { 'x-ms-request-id': id, 'x-ms-correlation-request-id': id, 'x-ms-routing-request-id': `WESTEUROPE:${id}` }
}

/** The validator looks at a few headers only, and would complain about a token that is there. */
function forValidator(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] }
}
