import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { Refusal } from './answers.ts'

/** Who asks for tokens, and what for. */
export interface Identity {
  readonly tenantId: string
  readonly clientId: string
  readonly objectId: string
}

/** The audiences that Azure's management takes. */
const AUDIENCES = ['https://management.azure.com', 'https://management.core.windows.net']

interface Claims {
  readonly aud: string
  readonly exp: number
  readonly appid: string
  readonly oid: string
}

/** Mints access tokens and knows its own again. They are signed with a secret of this object. */
export class Tokens {
  readonly #secret = randomBytes(32)
  readonly #tenantId: string

  constructor(tenantId: string) {
    this.#tenantId = tenantId
  }

  /** @param audience - the resource, without `/.default` */
  mint(identity: Identity, audience: string, lifetimeSeconds: number): string {
    const now = Math.floor(Date.now() / 1000)
    const head = encode({ typ: 'JWT', alg: 'HS256' })
    const claims = { iat: now, nbf: now, exp: now + lifetimeSeconds, ver: '1.0', uti: randomUUID() }
    const who = {
      iss: `https://sts.windows.net/${identity.tenantId}/`,
      tid: identity.tenantId,
      appid: identity.clientId,
      oid: identity.objectId,
    }
    const payload = encode({ aud: audience, ...who, ...claims })
    return `${head}.${payload}.${this.#sign(`${head}.${payload}`)}`
  }

  /** Who asks, by the header of a request. @throws what the management answers to a missing, foreign, expired or misdirected token */
  check(authorization: string | undefined): { readonly clientId: string; readonly objectId: string } {
    const [, token] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) throw this.#refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
    const claims = this.#verify(token)
    if (claims === undefined) throw this.#refuse('InvalidAuthenticationToken', 'The access token is invalid.')
    if (!AUDIENCES.includes(claims.aud.replace(/\/+$/, ''))) {
      const wanted = AUDIENCES.flatMap((audience) => [`'${audience}'`, `'${audience}/'`]).join(',')
      const message = `The access token has been obtained for wrong audience or resource '${claims.aud}'. It should exactly match with one of the allowed audiences ${wanted}.`
      throw this.#refuse('InvalidAuthenticationTokenAudience', message)
    }
    const now = Math.floor(Date.now() / 1000)
    if (claims.exp <= now) {
      const at = (seconds: number): string => new Date(seconds * 1000).toISOString()
      const message = `The access token expiry UTC time '${at(claims.exp)}' is earlier than current UTC time '${at(now)}'.`
      throw this.#refuse('ExpiredAuthenticationToken', message)
    }
    return { clientId: claims.appid, objectId: claims.oid }
  }

  #refuse(code: string, message: string): Refusal {
    const authority = `https://login.windows.net/${this.#tenantId}`
    const challenge = `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${message}"`
    return new Refusal(401, code, message, { 'WWW-Authenticate': challenge, 'x-ms-failure-cause': 'gateway' })
  }

  #verify(token: string): Claims | undefined {
    const [head = '', payload = '', signature = ''] = token.split('.')
    const wanted = Buffer.from(this.#sign(`${head}.${payload}`))
    const given = Buffer.from(signature)
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
