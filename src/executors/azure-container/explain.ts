import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import { failureFor, RIGHTS, type Facts, type Failure, type Operation } from './failures.ts'

export const EXECUTOR = 'azure-container'

/** What an operation is about, for messages. */
export interface About {
  readonly operation: Operation
  readonly group: string
  readonly location: string
  readonly image: string
  readonly subscription: string
}

const DOING = {
  create: 'create the container group',
  look: 'look at the container group',
  logs: 'read the log of the container group',
  exec: 'open a session in the container group',
  delete: 'delete the container group',
  list: 'list the container groups of',
} as const satisfies Record<Operation, string>

/** Azure's refusal, understood. */
export interface Explained {
  readonly failure: Failure
  readonly facts: Facts
  readonly error: CodeExecutorError
}

/** Turns what the client threw into a coded error with Azure's code, its request id and the next step. */
export function explain(cause: unknown, about: About): Explained {
  const facts = factsOf(cause)
  const failure = failureFor(facts)
  const id = requestIdOf(cause)
  const known = [
    facts.code === undefined ? undefined : `code ${facts.code}`,
    facts.status === undefined ? undefined : `status ${facts.status}`,
    id === undefined ? undefined : `request ${id}`,
  ].filter((part) => part !== undefined)
  const said = firstLines(messageOf(cause))
  const next = failure.next
    .replace('{right}', RIGHTS[about.operation])
    .replace('{location}', about.location)
    .replace('{image}', about.image)
    .replace('{subscription}', about.subscription)
  const evidence = known.length === 0 ? '' : ` (${known.join(', ')})`
  const reason = `Azure did not ${DOING[about.operation]} ${about.group}: ${said}${evidence}`
  return { failure, facts, error: coded(failure, `${reason}. ${next}.`, `${said}${evidence}`, about, cause) }
}

function coded({ code }: Failure, message: string, reason: string, { image }: About, cause: unknown): CodeExecutorError {
  switch (code) {
    case 'BACKEND_REJECTED':
      return new CodeExecutorError(code, message, { executor: EXECUTOR, reason }, { cause })
    case 'IMAGE_UNAVAILABLE':
      return new CodeExecutorError(code, message, { image }, { cause })
    case 'BACKEND_UNREACHABLE':
    case 'BACKEND_LOST':
      return new CodeExecutorError(code, message, { executor: EXECUTOR }, { cause })
  }
}

/** What an error of the client has, read without its types: name, status, and the code of Azure. */
export function factsOf(cause: unknown): Facts {
  const error = (typeof cause === 'object' && cause !== null ? cause : {}) as {
    name?: unknown
    statusCode?: unknown
    code?: unknown
    details?: { error?: { code?: unknown } }
  }
  const code = error.details?.error?.code ?? error.code
  return {
    name: typeof error.name === 'string' ? error.name : 'Error',
    status: typeof error.statusCode === 'number' ? error.statusCode : undefined,
    code: typeof code === 'string' ? code : undefined,
  }
}

function requestIdOf(cause: unknown): string | undefined {
  const headers = (cause as { response?: { headers?: { get?: (name: string) => string | undefined } } } | undefined)?.response?.headers
  return headers?.get?.('x-ms-request-id') ?? headers?.get?.('x-ms-correlation-request-id') ?? undefined
}

/** Messages of the client go on with a dump of the answer. */
function firstLines(message: string): string {
  const text = message.split('\n\n')[0]?.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '') ?? ''
  return text.length > 600 ? `${text.slice(0, 600)}...` : text
}

/** What is known of a refusal behind a coded error; `undefined` for an error that none was behind. */
export function failureBehind(error: unknown): Failure | undefined {
  return CodeExecutorError.is(error) && error.cause !== undefined ? failureFor(factsOf(error.cause)) : undefined
}

/** Whether Azure itself said no, so that nothing came of the call. Of an answer that was lost nobody knows. */
export function wasRefused(error: unknown): boolean {
  if (!CodeExecutorError.is(error) || error.cause === undefined) return false
  const facts = factsOf(error.cause)
  return failureFor(facts).unsent === true || (facts.status !== undefined && facts.status >= 400 && facts.status < 500)
}
