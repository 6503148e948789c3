import { createHash } from 'node:crypto'
import type { OperationName } from './routes.ts'

/** When a fault bites. */
interface When {
  /** Only on these; without it wherever the fault can happen. */
  readonly on?: OperationName | readonly OperationName[]
  /** How often. @defaultValue 1 */
  readonly times?: number
  /** How many chances it lets pass first. @defaultValue 0 */
  readonly after?: number
}

/** Faults that are an answer in the place of the right one. */
export type AnswerFault =
  | { readonly fault: 'throttled'; /** Without it the answer has no `Retry-After`. */ readonly retryAfterSeconds?: number }
  | { readonly fault: 'server-error'; readonly status?: 500 | 502 | 503 | 504 }
  | {
      readonly fault: 'forbidden'
      /** Below `Microsoft.ContainerInstance/`; without it the right of the operation. */ readonly right?: string
    }
  | { readonly fault: 'policy-denies' }
  | { readonly fault: 'quota-reached'; readonly limit?: number; readonly usage?: number }
  | { readonly fault: 'no-capacity' }
  | { readonly fault: 'provider-not-registered' }
  | { readonly fault: 'subscription-unknown' }
  | { readonly fault: 'region-unavailable' }
  | { readonly fault: 'image-inaccessible' }
  | { readonly fault: 'registry-error' }
  | { readonly fault: 'logs-not-available' }
  | { readonly fault: 'group-transitioning' }
  | { readonly fault: 'token-refused' }

/** Faults of the connection that a request comes over. */
export type ConnectionFault =
  | { readonly fault: 'connection-cut'; /** Whether the request was carried out first. */ readonly carriedOut?: boolean }
  | { readonly fault: 'no-answer' }

/** Faults in the life of a group; each is drawn when the group is created. */
export type GroupFault =
  | { readonly fault: 'operation-stuck' }
  | { readonly fault: 'image-never-pulls' }
  | { readonly fault: 'mount-fails' }
  | { readonly fault: 'provisioning-fails' }
  | { readonly fault: 'restarts'; /** So long after the container's start the platform starts it again. */ readonly afterMs?: number }
  | { readonly fault: 'restarts-after-failure' }
  | { readonly fault: 'deleted-outside'; /** So long after the container's start. */ readonly afterMs?: number }

/** A delete that is answered at once and takes its time. */
export interface DeleteFault {
  readonly fault: 'slow-delete'
  readonly ms?: number
}

/** Faults of the sockets of exec and attach. */
export type SocketFault =
  | { readonly fault: 'socket-cut'; /** In the middle of the frame that would pass so many bytes. */ readonly afterBytes?: number }
  | { readonly fault: 'socket-refused' }
  | { readonly fault: 'socket-silent' }

/** Faults of Entra ID: it hands out a token of yesterday, or is not there. */
export type TokenFault = { readonly fault: 'token-expired' } | { readonly fault: 'entra-unavailable' }

export type FaultBody = AnswerFault | ConnectionFault | GroupFault | DeleteFault | SocketFault | TokenFault
export type Fault = FaultBody & When
export type FaultName = FaultBody['fault']

/** A fault that is switched on. */
export interface FaultSwitch {
  /** How often it bit. */
  readonly hits: number
  off(): void
}

/** How likely each fault is at each chance, 0 to 1, with its details where it has some. */
export type Odds = { readonly [F in FaultBody as F['fault']]?: number | ({ readonly chance: number } & Omit<F, 'fault'>) }

class Switch implements FaultSwitch {
  readonly fault: Fault
  hits = 0
  #passed = 0
  #on = true

  constructor(fault: Fault) {
    this.fault = fault
  }

  off(): void {
    this.#on = false
  }

  bites(name: FaultName, operation: OperationName | undefined): boolean {
    const { on, times = 1, after = 0 } = this.fault
    if (!this.#on || this.fault.fault !== name || this.hits >= times) return false
    if (on !== undefined && operation !== undefined && ![on].flat().includes(operation)) return false
    this.#passed += 1
    if (this.#passed <= after) return false
    this.hits += 1
    return true
  }
}

/** The faults that are switched on, by hand or at random. */
export class Faults {
  readonly #switches: Switch[] = []
  #random: { readonly seed: string; readonly odds: Odds; readonly hits: Map<FaultName, number> } | undefined
  readonly #chances = new Map<string, number>()

  add(fault: Fault): FaultSwitch {
    const added = new Switch(fault)
    this.#switches.push(added)
    return added
  }

  /**
   * From now on faults come by themselves. The same seed brings the same faults to the same chances: each depends on the seed,
   * the fault, the operation and how many such chances were before, and not on what happens beside it.
   */
  addAtRandom(seed: string, odds: Odds): ReadonlyMap<FaultName, number> {
    const hits = new Map<FaultName, number>()
    this.#random = { seed, odds, hits }
    this.#chances.clear()
    return hits
  }

  clear(): void {
    for (const one of this.#switches) one.off()
    this.#random = undefined
  }

  /** Whether a fault happens now: each question is a chance for it. */
  take<N extends FaultName>(name: N, operation?: OperationName): Extract<FaultBody, { fault: N }> | undefined {
    const found = this.#switches.find((one) => one.bites(name, operation))
    if (found !== undefined) return found.fault as unknown as Extract<FaultBody, { fault: N }>
    const odds = this.#random?.odds[name]
    if (odds === undefined) return undefined
    const { chance, ...details }: { readonly chance: number } = typeof odds === 'number' ? { chance: odds } : odds
    if (!this.#strikes(name, operation, chance)) return undefined
    return { fault: name, ...details } as unknown as Extract<FaultBody, { fault: N }>
  }

  #strikes(name: FaultName, operation: OperationName | undefined, chance: number): boolean {
    if (this.#random === undefined) return false
    const kind = `${name} ${operation ?? ''}`
    const count = (this.#chances.get(kind) ?? 0) + 1
    this.#chances.set(kind, count)
    const digest = createHash('sha256').update(`${this.#random.seed} ${kind} ${count}`).digest()
    if (digest.readUInt32BE() / 2 ** 32 >= chance) return false
    this.#random.hits.set(name, (this.#random.hits.get(name) ?? 0) + 1)
    return true
  }
}
