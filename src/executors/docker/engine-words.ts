import { describeAddress, type EngineAddress } from './engine-address.ts'

/** What can be learned from a failed request, whichever way it failed. */
export interface EngineFailure {
  /** What the engine said, or the system when no engine answered. */
  readonly words: string
  /** The status of the answer; `undefined` when none came. */
  readonly status: number | undefined
  /** The system's code, such as `ECONNREFUSED`, or `''`. */
  readonly code: string
  /** Where the connection led, as far as it is known. */
  readonly address: string | undefined
  /** Whether it failed before anything was sent. */
  readonly connecting: boolean
}

/** The members that errors of the client, of sockets and of progress streams have. */
interface ErrorFacts {
  readonly message?: unknown
  readonly error?: unknown
  readonly statusCode?: unknown
  readonly json?: { readonly message?: unknown } | null
  readonly code?: unknown
  readonly syscall?: unknown
  readonly address?: unknown
  readonly hostname?: unknown
  readonly host?: unknown
  readonly port?: unknown
  readonly errors?: readonly unknown[]
}

/** Reads an error of the client, a line of a progress stream, or a text. */
export function readFailure(cause: unknown): EngineFailure {
  if (typeof cause !== 'object' || cause === null) return { ...NOTHING, words: String(cause) }
  const facts = cause as ErrorFacts
  // A name with several addresses fails once for each of them, and the message of all is empty.
  const [first] = facts.errors ?? []
  if (typeof first === 'object' && first !== null) return readFailure(first)
  const { statusCode, code, syscall } = facts
  return {
    words: wordsOf(facts),
    status: typeof statusCode === 'number' ? statusCode : undefined,
    code: typeof code === 'string' ? code : '',
    address: addressOf(facts),
    connecting: syscall === 'connect' || syscall === 'getaddrinfo',
  }
}

const NOTHING = { status: undefined, code: '', address: undefined, connecting: false } as const

function wordsOf({ json, message, error }: ErrorFacts): string {
  const [said = ''] = [json?.message, message, error].filter((text) => typeof text === 'string' && text !== '') as string[]
  // The client puts the status and its own reading of it before what the engine said.
  return said.replace(/^\(HTTP code \d+\) .*? - /, '').trim()
}

function addressOf({ address, hostname, host, port }: ErrorFacts): string | undefined {
  const [place] = [address, hostname, host].filter((text) => typeof text === 'string') as string[]
  if (place === undefined) return undefined
  if (typeof port === 'number') return describeAddress({ kind: 'network', host: place, port, tls: undefined })
  return /^[/\\]/.test(place) ? describeAddress({ kind: 'socket', socketPath: place } satisfies EngineAddress) : place
}
