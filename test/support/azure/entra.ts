import type { Answer } from './answers.ts'
import type { Identity, Tokens } from './tokens.ts'

/** The application that may ask for tokens. */
export interface Application extends Identity {
  readonly clientSecret: string
}

/** How Microsoft Entra ID answers: the description of a tenant, and tokens for client credentials. */
export class Entra {
  readonly #application: Application
  readonly #tokens: Tokens
  readonly #lifetime: () => number

  /** @param lifetime - how long the next token lasts, in seconds */
  constructor(application: Application, tokens: Tokens, lifetime: () => number) {
    this.#application = application
    this.#tokens = tokens
    this.#lifetime = lifetime
  }

  /** The answer to a request for one of Entra's paths, `undefined` for any other path. */
  answer(method: string, url: URL, origin: string, form: () => URLSearchParams): Answer | undefined {
    const [, tenant = '', rest] = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(url.pathname) ?? []
    if (rest === undefined) return undefined
    if (tenant.toLowerCase() !== this.#application.tenantId)
      return failure(400, 'invalid_request', 90_002, `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`)
    return rest.endsWith('token') && method === 'POST' ? this.#token(form()) : describe(tenant, origin)
  }

  #token(form: URLSearchParams): Answer {
    const client = form.get('client_id') ?? ''
    const scope = (form.get('scope') ?? '').split(' ').find((word) => word.endsWith('/.default'))
    if (form.get('grant_type') !== 'client_credentials')
      return failure(
        400,
        'unsupported_grant_type',
        70_003,
        `The app requested an unsupported grant type '${form.get('grant_type') ?? ''}'.`,
      )
    if (client !== this.#application.clientId)
      return failure(400, 'unauthorized_client', 700_016, `Application with identifier '${client}' was not found in the directory.`)
    if (form.get('client_secret') !== this.#application.clientSecret)
      return failure(401, 'invalid_client', 7_000_215, `Invalid client secret provided for app '${client}'.`)
    if (scope === undefined)
      return failure(400, 'invalid_scope', 1_002_012, `The provided value for scope ${form.get('scope') ?? ''} is not valid.`)
    const lifetime = this.#lifetime()
    const token = this.#tokens.mint(this.#application, scope.slice(0, -'/.default'.length), lifetime)
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: Math.max(0, lifetime), ext_expires_in: Math.max(0, lifetime), access_token: token },
    }
  }
}

function describe(tenant: string, origin: string): Answer {
  const base = `${origin}/${tenant}`
  return {
    status: 200,
    body: {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
  }
}

function failure(status: number, error: string, number: number, text: string): Answer {
  return {
    status,
    body: { error, error_description: `AADSTS${number}: ${text}`, error_codes: [number], timestamp: new Date().toISOString() },
  }
}
