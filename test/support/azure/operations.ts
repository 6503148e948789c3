import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { Refusal, type Answer } from './answers.ts'
import type { EventBody } from './wire.ts'

/** Something that takes long, as it is told to who asks for it. */
export interface LongOperation {
  readonly resourceId: string
  readonly startTime: string
  readonly status: () => string
  readonly events: () => readonly EventBody[]
  readonly error: () => { readonly code: string; readonly message: string } | undefined
}

const API_VERSION = '2018-06-01'

/** The URLs under which long operations are followed. Since 2024 their query is signed and must come back as it was. */
export class Operations {
  readonly #secret = randomBytes(32)
  readonly #running = new Map<string, LongOperation>()

  /** @returns the URL for `Azure-AsyncOperation` */
  add(origin: string, subscription: string, location: string, operation: LongOperation): string {
    const id = randomUUID()
    this.#running.set(id, operation)
    const time = String(Date.now())
    const certificate = this.#sign(`certificate ${id}`).repeat(8)
    const signed = {
      'api-version': API_VERSION,
      t: time,
      c: certificate,
      s: this.#sign(`${id} ${time} ${certificate}`),
      h: this.#sign(`hash ${id}`),
    }
    const query = Object.entries(signed).map(([name, value]) => `${name}=${value}`)
    const path = `/subscriptions/${subscription}/providers/Microsoft.ContainerInstance/locations/${location}/operations/${id}`
    return `${origin}${path}?${query.join('&')}`
  }

  /** @param id - the last part of the path */
  answer(id: string, query: URLSearchParams): Answer {
    const operation = this.#running.get(id)
    if (operation === undefined) throw new Refusal(404, 'NotFound', `The operation '${id}' was not found.`)
    const [time, certificate] = [query.get('t') ?? '', query.get('c') ?? '']
    const signatures: readonly (readonly [string, string])[] = [
      [query.get('s') ?? '', this.#sign(`${id} ${time} ${certificate}`)],
      [query.get('h') ?? '', this.#sign(`hash ${id}`)],
    ]
    if (query.get('api-version') !== API_VERSION || !signatures.every(([given, wanted]) => same(given, wanted)))
      throw new Refusal(403, 'InvalidOperationUrl', 'The signature of the operation URL does not fit: it must be used as it was given.')
    const error = operation.error()
    return {
      status: 200,
      body: {
        id: operation.resourceId,
        status: operation.status(),
        startTime: operation.startTime,
        properties: { events: operation.events() },
        ...(error !== undefined && { error }),
      },
    }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
