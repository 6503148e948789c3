import { CodeExecutorError, type ErrorCode, type ErrorDetails } from '../../core/index.ts'
import { readFailure, type EngineFailure } from './engine-words.ts'

/** What an error is about, as far as the caller knows. */
export interface EngineErrorSubject {
  /** @defaultValue 'docker' */
  readonly executor?: string | undefined
  /** The image of the request. */
  readonly image?: string | undefined
  /** The name that a container was to have. */
  readonly containerName?: string | undefined
  /** The runtime that was asked for. */
  readonly runtime?: string | undefined
  /** Where the engine is; for failures that do not tell. */
  readonly address?: string | undefined
  /** What was given, by the name of the argument: `limits.memory`, `volumes`. */
  readonly given?: Readonly<Record<string, unknown>>
}

/** Everything a row may use. */
interface Situation {
  readonly failure: EngineFailure
  readonly subject: EngineErrorSubject
  readonly executor: string
  /** What the groups of `words` have found. */
  readonly found: readonly (string | undefined)[]
}

/** One kind of failure: how it is known, and what it means. Every condition that is there must hold. */
interface Row<Code extends ErrorCode> {
  readonly status?: readonly number[]
  readonly codes?: RegExp
  readonly words?: RegExp
  readonly connecting?: true
  readonly code: Code
  readonly details: (situation: Situation) => ErrorDetails[Code]
  /** One or two sentences, the next step last. */
  readonly sentence: (situation: Situation) => string
}

type AnyRow = { [Code in ErrorCode]: Row<Code> }[ErrorCode]
type Condition = Pick<AnyRow, 'status' | 'codes' | 'words' | 'connecting'>

const executorOnly = ({ executor }: Situation): { readonly executor: string } => ({ executor })
const saying = ({ failure }: Situation): string => `The engine says: ${failure.words.replace(/\.$/, '')}.`

const unreachable = (condition: Condition, sentence: (situation: Situation) => string): AnyRow => ({
  ...condition,
  code: 'BACKEND_UNREACHABLE',
  details: executorOnly,
  sentence,
})
const lost = (condition: Condition, sentence: (situation: Situation) => string): AnyRow => ({
  ...condition,
  code: 'BACKEND_LOST',
  details: executorOnly,
  sentence,
})
const rejected = (condition: Condition, sentence: (situation: Situation) => string): AnyRow => ({
  ...condition,
  code: 'BACKEND_REJECTED',
  details: ({ executor, failure }) => ({ executor, reason: failure.words }),
  sentence,
})
/** An option that the engine refused. */
const wrongOption = (argument: string, words: RegExp, nextStep: string): AnyRow => ({
  words,
  code: 'INVALID_ARGUMENT',
  details: ({ subject }) => ({ argument, value: subject.given?.[argument] }),
  sentence: (situation) => `${saying(situation)} Correct ${argument}: ${nextStep}.`,
})

const place = ({ failure, subject }: Situation): string => subject.address ?? failure.address ?? 'the address it was looked for at'
const TELL_WHERE = 'Start it, or set DOCKER_HOST or the docker option.'

/**
 * What engines say, in the words of Docker 20.10 and of Podman 4.3. Podman tells most refusals with the status 500, so that
 * the words decide and the status only where nothing was recognised. The first row that fits is taken.
 */
const ROWS: readonly AnyRow[] = [
  unreachable(
    { codes: /^(?:EACCES|EPERM)$/, connecting: true },
    (situation) =>
      `This user may not use the Docker engine at ${place(situation)}. Add the user to the group that owns the socket, docker on most machines ` +
      '(its members can become root), or run a rootless engine and name it with DOCKER_HOST or the docker option.',
  ),
  unreachable(
    { codes: /^(?:ENOENT|ECONNREFUSED|ENOTSOCK|EPROTOTYPE)$/, connecting: true },
    (situation) => `No Docker engine answers at ${place(situation)}. ${TELL_WHERE}`,
  ),
  unreachable(
    { codes: /^(?:ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT)$/, connecting: true },
    (situation) =>
      `No Docker engine answers at ${place(situation)} (${situation.failure.code}). See whether the host is right and reachable; it comes from DOCKER_HOST, the context in use or the docker option.`,
  ),
  unreachable(
    { codes: /^(?:EPROTO$|CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/ },
    (situation) =>
      `The connection to the Docker engine could not be secured: ${situation.failure.words} (${situation.failure.code}). See whether it has TLS, and ca, cert and key of the docker option or DOCKER_CERT_PATH.`,
  ),
  unreachable(
    { status: [400], words: /HTTP request to an HTTPS server/i },
    () => 'The Docker engine wants TLS. Set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or ca, cert and key of the docker option.',
  ),
  rejected(
    { words: /no space left on device|disk quota exceeded/i },
    (situation) => `${saying(situation)} Make room on the engine's machine, such as with docker system prune.`,
  ),
  rejected(
    { words: /container name .*already in use|name is already in use/i },
    ({ subject }) => `containerName ${JSON.stringify(subject.containerName ?? '')} is taken: choose another, or set reuseContainer: true.`,
  ),
  wrongOption('containerName', /invalid container name|names must match/i, 'letters, digits, dots, dashes and underscores'),
  rejected(
    { words: /unknown (?:or invalid )?runtime (?:specified|name:) (\S+)/i },
    ({ subject, found }) =>
      `The engine knows no runtime ${JSON.stringify(subject.runtime ?? found[0] ?? '')}. Install it and register it below "runtimes" in /etc/docker/daemon.json of the engine's machine, or leave the option runtime out.`,
  ),
  wrongOption(
    'limits.memory',
    /minimum memory(?:swap)? limit|unable to set memory limit|container .*memory.* too low/i,
    'give more, 6 MiB at the least',
  ),
  wrongOption('limits.cpus', /range of cpus is from/i, 'ask for no more than the engine has'),
  wrongOption('network', /network (\S+) not found|unable to find network/i, 'name one that docker network ls shows'),
  wrongOption(
    'user',
    /unable to find (?:user|group)|no matching entries in (?:passwd|group) file/i,
    'name users by number, or such as the image has',
  ),
  wrongOption('capabilities', /unknown capability|invalid CapAdd/i, 'use names such as NET_BIND_SERVICE'),
  wrongOption('securityOpt', /invalid --security-opt|decoding seccomp profile failed/i, 'see what the engine takes'),
  wrongOption('gpus', /could not select device driver/i, "install the driver's container toolkit on the engine's machine, or leave it out"),
  wrongOption(
    'volumes',
    /bind source path does not exist|mounts? denied|not shared from the host|invalid mode: |invalid volume spec|invalid mount (?:config|path)|error mounting "|includes invalid characters for a local volume name|duplicate mount|invalid container path|invalid option type|making volume mountpoint|fill out specgen: l?stat /i,
    "the host's paths must be there, on the engine's machine, and both paths absolute; mode is ro or rw",
  ),
  {
    words:
      /no such image|image not known|pull access denied|manifest (?:unknown|for .* not found)|repository \S+ not found|initializing source docker:|Get "https?:\/\/\S+\/v2\//i,
    code: 'IMAGE_UNAVAILABLE',
    details: ({ subject }) => ({ image: subject.image ?? '' }),
    sentence: (situation) =>
      `The image ${JSON.stringify(situation.subject.image ?? '')} is not there. ${saying(situation)} Check its name and its registry, pull it, or build it.`,
  },
  wrongOption('image', /invalid reference format|must be lowercase/i, 'write it like name:tag or registry/name:tag'),
  lost(
    {
      words:
        /no such container|no container with name|is not running|is paused|container state improper|no such exec|removal of container .* is already in progress/i,
    },
    (situation) => `The container went away or was stopped from outside. ${saying(situation)} Run it again if it may run twice.`,
  ),
  lost({ status: [502, 503, 504] }, (situation) => `${saying(situation)} Try again when the engine works again.`),
  // An engine that answers, if only with 500, has refused: both engines tell wrong options so.
  { ...rejected({}, (situation) => `${saying(situation)} Change what it names.`), status: Array.from({ length: 200 }, (_, n) => 400 + n) },
  lost({}, (situation) => `The connection to the Docker engine broke: ${situation.failure.words}. See whether it still runs.`),
]

/**
 * The error to throw for a failed request. `doing` is what was tried, as the end of a sentence that starts with "while". One
 * of our own errors is returned as it is.
 */
export function engineError(cause: unknown, doing: string, subject: EngineErrorSubject = {}): CodeExecutorError {
  if (CodeExecutorError.is(cause)) return cause
  const failure = readFailure(cause)
  const executor = subject.executor ?? 'docker'
  for (const row of ROWS) {
    const found = matches(row, failure)
    if (found !== undefined) return makeError(row, { failure, subject, executor, found }, doing, cause)
  }
  throw new Error('the last row fits everything', { cause })
}

/**
 * Whether a container or a process could not be started because its program is not there. Takes the failed request, or what
 * the stream of a process started in a container said: there it is no error for the client.
 */
export function isMissingExecutable(cause: unknown): boolean {
  return MISSING_EXECUTABLE.test(CodeExecutorError.is(cause) ? readFailure(cause.cause ?? cause).words : readFailure(cause).words)
}

/** The status of the engine's answer, for an error of the client that is one. */
export function httpStatusOf(cause: unknown): number | undefined {
  return readFailure(cause).status
}

/** Whether a request failed because the engine no longer has what it was about. Podman tells that with the status 500, too. */
export function isGone(cause: unknown): boolean {
  const { status, words } = readFailure(cause)
  return status === 404 || (status !== undefined && GONE.test(words))
}

/** Whether a removal failed because what it was about is gone, or is being removed for somebody else. */
export function isGoneOrGoing(cause: unknown): boolean {
  const { status, words } = readFailure(cause)
  return isGone(cause) || (status !== undefined && GOING.test(words))
}

/** Whether a container could not be killed because it does not run, or is gone. */
export function isStoppedOrGone(cause: unknown): boolean {
  const { status, words } = readFailure(cause)
  return isGoneOrGoing(cause) || (status !== undefined && STOPPED.test(words))
}

/** Whether a volume could not be removed because a container has it. */
export function isInUse(cause: unknown): boolean {
  const { status, words } = readFailure(cause)
  return status !== undefined && IN_USE.test(words)
}

const GONE = /no such (?:container|volume)|no container with (?:name|id)|does not exist in database|has already been removed/i
const GOING = /removal of (?:container|volume) .* is already in progress|is being removed|marked for removal/i
const IN_USE = /volume is (?:in use|being used)/i
const STOPPED = /is not running|can only kill running containers|container state improper/i

/**
 * In the words of runc, of crun, and of the first processes tini and catatonit. A working directory that is not there ends in
 * the same words, but starts otherwise.
 */
const MISSING_EXECUTABLE = new RegExp(
  [
    'exec: "[^"]*": (?:executable file not found|stat [^:]*: no such file or directory)',
    'executable file [`\'"][^`\'"]*[\'"`] not found',
    'FATAL tini \\(\\d+\\)\\] exec \\S+ failed: No such file or directory',
    'failed to exec pid1: No such file or directory',
  ].join('|'),
)

/** What the groups of the words found, where all conditions hold. */
function matches({ status, codes, words, connecting }: Condition, failure: EngineFailure): readonly (string | undefined)[] | undefined {
  if (status !== undefined && (failure.status === undefined || !status.includes(failure.status))) return undefined
  if (codes !== undefined && !codes.test(failure.code)) return undefined
  if (connecting === true && !failure.connecting) return undefined
  return words === undefined ? [] : words.exec(failure.words)?.slice(1)
}

function makeError<Code extends ErrorCode>(row: Row<Code>, situation: Situation, doing: string, cause: unknown): CodeExecutorError<Code> {
  return new CodeExecutorError(row.code, `While ${doing}: ${row.sentence(situation)}`, row.details(situation), { cause })
}
