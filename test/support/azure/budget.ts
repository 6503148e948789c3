import { Refusal } from './answers.ts'
import type { OperationName, Routed } from './routes.ts'

/** How often groups may be created or deleted, for each of the two. */
export interface Rates {
  readonly per5Minutes: number
  readonly perHour: number
}

const MINUTE = 60_000
const WINDOWS = { per5Minutes: 5 * MINUTE, perHour: 60 * MINUTE } as const
/** Azure Resource Manager's own: how much a caller may ask, whatever for. */
const ARM = { reads: 11_999, writes: 1_199, deletes: 14_999 } as const

/** What a subscription may still ask for, in the headers of the answers, and the refusal when there is nothing left. */
export class Budget {
  readonly #rates: Rates
  readonly #spent: Readonly<Record<'create' | 'delete', number[]>> = { create: [], delete: [] }

  constructor(rates: Rates) {
    this.#rates = rates
  }

  /** @throws the refusal of a subscription that asked too often */
  spend(operation: OperationName): void {
    if (operation !== 'create' && operation !== 'delete') return
    const now = Date.now()
    for (const window of ['per5Minutes', 'perHour'] as const) {
      if (this.#left(operation, window) > 0) continue
      const oldest = this.#within(operation, window)[0] ?? now
      const seconds = Math.max(1, Math.ceil((oldest + WINDOWS[window] - now) / 1000))
      const message = `Number of requests exceeded the limit. Please try again after '${seconds}' seconds.`
      throw new Refusal(429, 'ResourceRequestsThrottled', message, { 'Retry-After': `${seconds}`, 'x-ms-failure-cause': 'service' })
    }
    this.#spent[operation].push(now)
  }

  headers({ operation, route }: Routed): Readonly<Record<string, string>> {
    const arm = { [`x-ms-ratelimit-remaining-subscription-${route.budget}`]: String(ARM[route.budget]) }
    if (operation !== 'create' && operation !== 'delete') return arm
    const prefix = 'x-ms-ratelimit-remaining-subscription-resource-requests'
    const left = {
      [`${prefix}-pt1h`]: String(this.#left(operation, 'perHour')),
      [`${prefix}-pt5m`]: String(this.#left(operation, 'per5Minutes')),
    }
    return { ...arm, ...left }
  }

  #left(operation: 'create' | 'delete', window: keyof Rates): number {
    return Math.max(0, this.#rates[window] - this.#within(operation, window).length)
  }

  #within(operation: 'create' | 'delete', window: keyof Rates): number[] {
    const since = Date.now() - WINDOWS[window]
    return this.#spent[operation].filter((at) => at > since)
  }
}
