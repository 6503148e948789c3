/** The two steps of a program: languages that need no compiler have only `run`. */
export type Phase = 'compile' | 'run'

/** How a program ended, with the evidence. */
export type Termination =
  /** It ran to its end, or called exit. */
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** An exception nobody caught (kernels). */
  | { readonly kind: 'raised'; readonly name: string; readonly message: string; readonly traceback: string }
  /** A signal ended it that no limit of ours sent. */
  | { readonly kind: 'signaled'; readonly signal: string }
  /** The time limit ended it. */
  | { readonly kind: 'timed-out'; readonly limitMs: number }
  /** The memory limit ended it. */
  | { readonly kind: 'out-of-memory'; readonly limitBytes: number }
  /** It asked for more processes than it may have. */
  | { readonly kind: 'too-many-processes'; readonly limit: number }
  /** It filled what it may write. */
  | { readonly kind: 'out-of-disk'; readonly limitBytes: number }

/** One rich output of a kernel: the same thing in several representations, keyed by MIME type; binary ones are bytes. */
export interface DisplayData {
  /** MIME type to content. Binary types hold bytes, JSON types hold the parsed value, the others text. */
  readonly data: Readonly<Record<string, unknown>>
  /** What the kernel says about the representations, such as the width of an image. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What came of a run. */
export interface CodeResult {
  /** Standard output, decoded as UTF-8, capped: both ends are kept, with a one-line marker between them. */
  readonly output: string
  /** Standard error, likewise (kernels: the traceback, without ANSI codes). */
  readonly error: string
  /** `null` when the program has no exit status, because a limit or a signal ended it. */
  readonly exitCode: number | null
  /** It ran to its end and exited with 0. */
  readonly success: boolean
  /** How it ended. */
  readonly termination: Termination
  /** The step that ended it. A compile error is a result of phase `compile`. */
  readonly phase: Phase
  /** MIME bundles from kernels, in order; empty elsewhere. */
  readonly display: readonly DisplayData[]
  /** Bytes that the cap left out; 0 when everything is here. */
  readonly omittedBytes: { readonly output: number; readonly error: number }
  /** Wall-clock time from the call to the end of the program, in milliseconds. */
  readonly durationMs: number
  /** The place had to be replaced to end the program: what earlier runs left there, files or a kernel's names, is gone. */
  readonly stateLost?: true
}

/** What `streamCode` tells while a program runs. `end` is always the last one. */
export type ExecutionEvent =
  | { readonly type: 'phase-start'; readonly phase: Phase }
  | { readonly type: 'output-delta'; readonly text: string }
  | { readonly type: 'error-delta'; readonly text: string }
  /** A rich output. With `replaces` it is a new content for what came with that `id`, also in an earlier run. */
  | { readonly type: 'display'; readonly data: DisplayData; readonly id?: string; readonly replaces?: string }
  /** The program took back everything that it printed and showed so far (kernels). */
  | { readonly type: 'clear' }
  | { readonly type: 'end'; readonly result: CodeResult }

/** A few words on how a program ended, for people: `exit 3`, `SIGSEGV`, `longer than 2000 ms`. */
export function describeTermination(termination: Termination): string {
  switch (termination.kind) {
    case 'exited':
      return `exit ${termination.exitCode}`
    case 'raised':
      return termination.name
    case 'signaled':
      return termination.signal
    case 'timed-out':
      return `longer than ${termination.limitMs} ms`
    case 'out-of-memory':
      return `more than ${termination.limitBytes} bytes of memory`
    case 'too-many-processes':
      return `more than ${termination.limit} processes`
    case 'out-of-disk':
      return `more than ${termination.limitBytes} bytes on disk`
  }
}
