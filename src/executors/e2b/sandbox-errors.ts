import { CodeExecutorError, type ErrorCode, type ErrorDetails } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'

/** What was done when it failed: a sandbox was made, or one was used. */
export type Doing = 'creating' | 'using'

/** What an error is about. */
export interface Subject {
  readonly doing: Doing
  readonly template: string
  /** The file of the request. */
  readonly path?: string
}

/** What is known of an error of the package: its class by name, the status of the answer, the code of the call. */
interface Failure {
  readonly name: string
  readonly status: number | undefined
  readonly rpc: number | undefined
  readonly words: string
}

interface Row<Code extends ErrorCode> {
  readonly doing?: Doing
  /** Any of these. */
  readonly names?: readonly string[]
  readonly statuses?: readonly number[]
  readonly rpcs?: readonly number[]
  readonly code: Code
  readonly details: (subject: Subject, failure: Failure) => ErrorDetails[Code]
  /** What it means, and the next step last. */
  readonly sentence: (subject: Subject) => string
}
type AnyRow = { [Code in ErrorCode]: Row<Code> }[ErrorCode]
type Condition = Pick<AnyRow, 'doing' | 'names' | 'statuses' | 'rpcs'>

const executor = 'e2b'
/** Codes of https://connectrpc.com/docs/protocol/#error-codes by their numbers in gRPC. */
const RPC = {
  invalid: 3,
  deadline: 4,
  notFound: 5,
  forbidden: 7,
  exhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const

const unreachable = (condition: Condition, sentence: string): AnyRow => ({
  ...condition,
  code: 'BACKEND_UNREACHABLE',
  details: () => ({ executor }),
  sentence: () => sentence,
})
const lost = (condition: Condition, sentence: string): AnyRow => ({
  ...condition,
  code: 'BACKEND_LOST',
  details: () => ({ executor }),
  sentence: () => sentence,
})
const rejected = (condition: Condition, sentence: string): AnyRow => ({
  ...condition,
  code: 'BACKEND_REJECTED',
  details: (_, { words }) => ({ executor, reason: words }),
  sentence: () => sentence,
})
const noTemplate = (condition: Condition, sentence: (template: string) => string): AnyRow => ({
  ...condition,
  code: 'IMAGE_UNAVAILABLE',
  details: ({ template }) => ({ image: template }),
  sentence: ({ template }) => sentence(template),
})

/** What the package throws, by what it means. The first row that fits is taken. */
const ROWS: readonly AnyRow[] = [
  rejected(
    { names: ['AuthenticationError', 'GitAuthError'], statuses: [401], rpcs: [RPC.unauthenticated] },
    'E2B did not accept the key. Set the option apiKey or the environment variable E2B_API_KEY to a key of https://e2b.dev/dashboard.',
  ),
  unreachable(
    { names: ['RateLimitError'], statuses: [429], rpcs: [RPC.exhausted] },
    'E2B has had too many requests or has too many sandboxes of this account. Try again later, end sandboxes, or space creations out with the option createGate.',
  ),
  unreachable({ names: ['ServiceBusyError'], statuses: [503] }, 'E2B is busy and nothing was changed. Try again in a moment.'),
  noTemplate(
    { names: ['TemplateError'] },
    (template) => `The template ${JSON.stringify(template)} is too old for this version of the package e2b. Build it again.`,
  ),
  noTemplate(
    { doing: 'creating', names: ['NotFoundError'], statuses: [404] },
    (template) => `E2B has no template ${JSON.stringify(template)} for this account. See the option template, or build it.`,
  ),
  rejected({ statuses: [403], rpcs: [RPC.forbidden] }, 'E2B does not allow it. See what the key and the plan of the account may do.'),
  {
    names: ['FileNotFoundError'],
    code: 'FILE_NOT_FOUND',
    details: ({ path = '' }) => ({ path }),
    sentence: ({ path = '' }) => `There is no file ${path} in the sandbox.`,
  },
  rejected(
    { names: ['NotEnoughSpaceError'], statuses: [507] },
    'No space is left in the sandbox. Remove files, restart the executor, or take a template with a larger disk.',
  ),
  rejected(
    { names: ['InvalidArgumentError'], statuses: [400], rpcs: [RPC.invalid, RPC.notFound, RPC.unimplemented] },
    'E2B refused the request. See whether the template is one that the e2b executor can use (docs/executors/e2b.md).',
  ),
  rejected(
    { names: ['CommandExitError'] },
    'A command that the e2b executor needs failed. See whether the template is one that it can use (docs/executors/e2b.md).',
  ),
  lost(
    { names: ['SandboxNotFoundError'], rpcs: [RPC.unavailable] },
    'The sandbox is gone: it was ended, or its time was over. The next call gets a fresh one; see the option sandboxTimeoutMs.',
  ),
  unreachable(
    { doing: 'creating', names: ['TimeoutError', 'AbortError'], rpcs: [RPC.deadline] },
    'E2B did not answer in time. Try again, or raise requestTimeoutMs.',
  ),
  unreachable({ doing: 'creating' }, 'E2B could not make a sandbox. See the cause, domain and apiUrl, and https://status.e2b.dev.'),
  lost({ doing: 'using' }, 'The connection to the sandbox broke off. The sandbox was given up and the next call gets a fresh one.'),
]

/** An error of the package as one of ours. One that is ours already stays. */
export function sandboxError(cause: unknown, subject: Subject): CodeExecutorError {
  if (CodeExecutorError.is(cause)) return cause
  const failure = readFailure(cause)
  const row = ROWS.find((each) => fits(each, failure, subject))
  if (row === undefined) throw new TypeError(`no row is for ${subject.doing}`) // the last two are for everything
  return toError(row, failure, subject, cause)
}

function toError<Code extends ErrorCode>(row: Row<Code>, failure: Failure, subject: Subject, cause: unknown): CodeExecutorError {
  const words = failure.words.replace(/\.$/, '')
  const message = `${row.sentence(subject)} E2B says: ${words}.`
  return new CodeExecutorError(row.code, message, row.details(subject, failure), { cause })
}

function fits({ doing, names, statuses, rpcs }: AnyRow, failure: Failure, subject: Subject): boolean {
  if (doing !== undefined && doing !== subject.doing) return false
  if (names === undefined && statuses === undefined && rpcs === undefined) return true
  const { name, status, rpc } = failure
  if (names?.includes(name)) return true
  return (status !== undefined && statuses?.includes(status)) || (rpc !== undefined && rpcs?.includes(rpc)) || false
}

function readFailure(cause: unknown): Failure {
  const { name = '', statusCode, code } = (typeof cause === 'object' && cause !== null ? cause : {}) as Readonly<Record<string, unknown>>
  return {
    name: String(name),
    status: typeof statusCode === 'number' ? statusCode : undefined,
    rpc: name === 'ConnectError' && typeof code === 'number' ? code : undefined,
    words: messageOf(cause),
  }
}
