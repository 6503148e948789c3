/** One row of the error table. */
export interface ErrorDescription {
  /** What happened. */
  readonly meaning: string
  /** What to do next. */
  readonly nextStep: string
  /** Whether the same call may go through later without any change. */
  readonly retryable: boolean
}

/** Every code an error of this package can have. `docs/errors.md` is made from this table. */
export const ERROR_CODES = {
  INVALID_ARGUMENT: {
    meaning:
      'An option or an argument is not what it may be: a negative limit, an unknown option, an empty program, a variable name with `=`.',
    nextStep: 'Read `details.argument`; correct that value.',
    retryable: false,
  },
  INVALID_PATH: {
    meaning: 'A file path is absolute, leaves the working directory, goes through a link, or collides with another one.',
    nextStep: 'Give a relative path with `/` between its parts, below the working directory.',
    retryable: false,
  },
  LANGUAGE_UNKNOWN: {
    meaning: 'No language has that name or alias.',
    nextStep: '`details.nearest` is the closest known name; `details.known` lists all. Add a row with the `languages` option.',
    retryable: false,
  },
  LANGUAGE_UNAVAILABLE: {
    meaning: 'The language is known, but the place has no interpreter or compiler for it.',
    nextStep:
      '`details.tried` names the programs looked for and `details.packages` what provides them; install it, or name your own with the `languages` option.',
    retryable: false,
  },
  CAPABILITY_UNSUPPORTED: {
    meaning: 'The executor cannot do what an option asks, on this machine or at all.',
    nextStep:
      'Leave the option out, provide what `details.missing` names, or take an executor that can. `polyrun doctor` shows what holds where.',
    retryable: false,
  },
  PEER_MISSING: {
    meaning: 'An optional package that an executor or a model needs is not installed.',
    nextStep: 'Run the install command of the message.',
    retryable: false,
  },
  EXECUTOR_STOPPED: {
    meaning: 'The executor was stopped before or during the call.',
    nextStep: 'Make a new one; a stopped executor stays stopped.',
    retryable: false,
  },
  CODE_REJECTED: {
    meaning: 'A validation rule refused the program before it ran.',
    nextStep: '`details.rule` and `details.line` say what matched; change the program or the rule.',
    retryable: false,
  },
  TIMEOUT: {
    meaning: 'The program ran longer than `timeoutMs` and was ended. `error.result` has what it printed.',
    nextStep: 'Raise `timeoutMs`, or let the program do less.',
    retryable: false,
  },
  RESOURCE_EXHAUSTED: {
    meaning: 'A limit on memory, processes or disk ended the program. `error.result` has what it printed.',
    nextStep: 'Raise the limit that `details.limit` names, or let the program use less.',
    retryable: false,
  },
  IMAGE_UNAVAILABLE: {
    meaning: 'A container image is not there and could not be fetched or built.',
    nextStep: 'Check the name and the registry, or build the image.',
    retryable: false,
  },
  BACKEND_UNREACHABLE: {
    meaning: 'The place where programs run could not be opened.',
    nextStep: 'See `cause`; bring the service up and try again.',
    retryable: true,
  },
  BACKEND_REJECTED: {
    meaning: 'The place was reached and refused: too long a command line, no space left, no rights.',
    nextStep: 'See the message; remove what it names.',
    retryable: false,
  },
  BACKEND_LOST: {
    meaning: 'The place went away while a program ran. Its outcome is not known.',
    nextStep: 'Run it again if it may run twice; see `cause` for what was lost.',
    retryable: true,
  },
  START_TIMEOUT: {
    meaning: 'The place did not become ready in time.',
    nextStep: 'Raise `startupTimeoutMs`, or see why it takes so long.',
    retryable: true,
  },
  FILE_NOT_FOUND: {
    meaning: 'A file that the call names is not there.',
    nextStep: '`details.path` is the path that was looked for.',
    retryable: false,
  },
  FILE_TOO_LARGE: {
    meaning: 'A file is larger than may be moved in one piece.',
    nextStep: '`details.limitBytes` is the most; move it in parts, or mount it.',
    retryable: false,
  },
  PROTOCOL_VIOLATION: {
    meaning: 'A backend answered what its contract does not allow.',
    nextStep: 'Correct the backend; the contract suite in `polyrun/testing` names the promise it breaks.',
    retryable: false,
  },
  MODEL_FAILED: {
    meaning: 'The model of an agent failed, said nothing for too long, or answered nothing.',
    nextStep: 'See `cause`. The conversation is as it was before the call, so the same call may be made again.',
    retryable: true,
  },
  CLEANUP_FAILED: {
    meaning: 'Something could not be removed after use.',
    nextStep: '`details.left` names what is still there; remove it by hand.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorDescription>

/** A key of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/** The facts that an error carries, by its code. */
export interface ErrorDetails {
  INVALID_ARGUMENT: { readonly argument: string; readonly value: unknown }
  INVALID_PATH: { readonly path: string; readonly reason: string }
  LANGUAGE_UNKNOWN: { readonly language: string; readonly known: readonly string[]; readonly nearest: string | undefined }
  LANGUAGE_UNAVAILABLE: { readonly language: string; readonly tried: readonly string[]; readonly packages: readonly string[] }
  CAPABILITY_UNSUPPORTED: { readonly executor: string; readonly capability: string; readonly missing: string }
  PEER_MISSING: { readonly executor: string; readonly peer: string }
  EXECUTOR_STOPPED: { readonly executor: string }
  CODE_REJECTED: { readonly language: string; readonly rule: string; readonly path: string | undefined; readonly line: number }
  TIMEOUT: { readonly limitMs: number }
  RESOURCE_EXHAUSTED: { readonly limit: 'memory' | 'pids' | 'disk'; readonly value: number }
  IMAGE_UNAVAILABLE: { readonly image: string }
  BACKEND_UNREACHABLE: { readonly executor: string }
  BACKEND_REJECTED: { readonly executor: string; readonly reason: string }
  BACKEND_LOST: { readonly executor: string }
  START_TIMEOUT: { readonly executor: string; readonly limitMs: number }
  FILE_NOT_FOUND: { readonly path: string }
  FILE_TOO_LARGE: { readonly path: string; readonly sizeBytes: number; readonly limitBytes: number }
  PROTOCOL_VIOLATION: { readonly executor: string; readonly promise: string }
  MODEL_FAILED: { readonly agent: string }
  CLEANUP_FAILED: { readonly executor: string; readonly left: readonly string[] }
}

true satisfies [ErrorCode] extends [keyof ErrorDetails] ? ([keyof ErrorDetails] extends [ErrorCode] ? true : false) : false
