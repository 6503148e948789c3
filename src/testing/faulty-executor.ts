import { setTimeout as delay } from 'node:timers/promises'
import type {
  Capability,
  CodeExecutor,
  CodeResult,
  CodeSource,
  ExecuteOptions,
  ExecutionEvent,
  LanguageName,
  StartOptions,
} from '../core/index.ts'

/** What goes wrong in one call. */
export type Fault =
  /** It rejects with this. */
  | { readonly kind: 'reject'; readonly error: unknown }
  /** It settles only when it is aborted, or when the executor is stopped. */
  | { readonly kind: 'hang' }
  /** It takes this much longer. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** A stream that breaks off with `error` after `events`; `executeCode` rejects with it. */
  | { readonly kind: 'break-off'; readonly events: readonly ExecutionEvent[]; readonly error: unknown }

/** What goes wrong when: the first entry is for the first call of that member, and so on; `undefined` and past the end all is well. */
export interface FaultSchedule {
  readonly start?: readonly (Fault | undefined)[]
  /** `executeCode` and `streamCode` count together. */
  readonly runs?: readonly (Fault | undefined)[]
  readonly restart?: readonly (Fault | undefined)[]
  readonly stop?: readonly (Fault | undefined)[]
}

/** A call that a {@link FaultyExecutor} got. */
export type FaultyCall = 'start' | 'executeCode' | 'streamCode' | 'restart' | 'stop'

/**
 * An executor that fails on schedule, to test what stands on executors: pools, caches, agents. It runs nothing: a call without a
 * fault succeeds and prints its source. It keeps no state either, so nothing has to be started and stop only ends what hangs.
 *
 * ```ts
 * const executor = new FaultyExecutor({ runs: [undefined, { kind: 'reject', error: new Error('gone') }] })
 * await executor.executeCode('hello', 'sh') // resolves, output is 'hello'
 * await executor.executeCode('hello', 'sh') // rejects
 * ```
 */
export class FaultyExecutor implements CodeExecutor {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  /** The calls so far, in order. */
  readonly calls: FaultyCall[] = []
  /** Runs under way at this moment. */
  running = 0
  readonly #schedule: Required<FaultSchedule>
  readonly #counts = { start: 0, runs: 0, restart: 0, stop: 0 }
  readonly #stopped = new AbortController()

  constructor(schedule: FaultSchedule = {}, options: { readonly name?: string; readonly capabilities?: Iterable<Capability> } = {}) {
    this.name = options.name ?? 'faulty'
    this.capabilities = new Set(options.capabilities)
    this.#schedule = { start: [], runs: [], restart: [], stop: [], ...schedule }
  }

  async start(options: StartOptions = {}): Promise<void> {
    this.calls.push('start')
    await this.#suffer('start', options.signal)
  }

  async executeCode(source: CodeSource, _language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    this.calls.push('executeCode')
    return this.#run(async () => {
      const fault = await this.#suffer('runs', options.signal)
      if (fault?.kind === 'break-off') throw fault.error
      return resultOf(source)
    })
  }

  async *streamCode(
    source: CodeSource,
    _language: LanguageName,
    options: ExecuteOptions = {},
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    this.calls.push('streamCode')
    this.running += 1
    try {
      const fault = await this.#suffer('runs', options.signal)
      if (fault?.kind === 'break-off') {
        yield* fault.events
        throw fault.error
      }
      const result = resultOf(source)
      yield { type: 'phase-start', phase: 'run' }
      yield { type: 'output-delta', text: result.output }
      yield { type: 'end', result }
    } finally {
      this.running -= 1
    }
  }

  async restart(): Promise<void> {
    this.calls.push('restart')
    await this.#suffer('restart', undefined)
  }

  async stop(): Promise<void> {
    this.calls.push('stop')
    this.#stopped.abort(new Error(`${this.name} was stopped while this hung`))
    await this.#suffer('stop', undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1
    try {
      return await work()
    } finally {
      this.running -= 1
    }
  }

  /** Lets the next fault of a member happen; one that is for the caller to act out is returned. */
  async #suffer(member: keyof FaultSchedule, signal: AbortSignal | undefined): Promise<Fault | undefined> {
    signal?.throwIfAborted()
    const fault = this.#schedule[member][this.#counts[member]]
    this.#counts[member] += 1
    switch (fault?.kind) {
      case 'reject':
        throw fault.error
      case 'hang':
        return untilAborted(signal === undefined ? this.#stopped.signal : AbortSignal.any([signal, this.#stopped.signal]))
      case 'slow':
        await delay(fault.ms, undefined, signal && { signal }).catch(() => {})
        signal?.throwIfAborted()
        return undefined
      case 'break-off':
      case undefined:
        return fault
    }
  }
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  // A signal alone does not keep the process alive; a hanging call has to be seen hanging.
  const alive = setInterval(() => {}, 60_000)
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    clearInterval(alive)
  }
  throw signal.reason
}

function resultOf(source: CodeSource): CodeResult {
  const output =
    typeof source === 'string'
      ? source
      : Object.values(source)
          .map((content) => Buffer.from(content).toString('utf8'))
          .join('')
  return {
    output,
    error: '',
    exitCode: 0,
    success: true,
    termination: { kind: 'exited', exitCode: 0 },
    phase: 'run',
    display: [],
    omittedBytes: { output: 0, error: 0 },
    durationMs: 0,
  }
}
