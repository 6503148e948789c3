import type {
  Capability,
  CodeExecutor,
  CodeResult,
  CodeSource,
  ExecuteOptions,
  ExecutionEvent,
  LanguageName,
  StartOptions,
} from '../../src/core/index.ts'
import { throwForLimit } from '../../src/engine/index.ts'

/** One call that reached a {@link FakeExecutor}. */
export interface FakeCall {
  readonly source: CodeSource
  /** The source, if it is one text. */
  readonly text: string
  readonly language: LanguageName
  readonly options: ExecuteOptions
  /** Fires when the caller aborts or the executor is stopped or restarted. */
  readonly signal: AbortSignal
}

/** What a fake program does: it may print through `tell`, and answers with the parts of its result that matter. */
export type FakeProgram = (call: FakeCall, tell: (event: ExecutionEvent) => void) => Promise<Partial<CodeResult>>

/** A result of a program that printed `output` and exited with 0, but for what is given. */
export function resultWith(parts: Partial<CodeResult> = {}): CodeResult {
  return {
    output: '',
    error: '',
    exitCode: 0,
    success: true,
    termination: { kind: 'exited', exitCode: 0 },
    phase: 'run',
    display: [],
    omittedBytes: { output: 0, error: 0 },
    durationMs: 1,
    ...parts,
  }
}

/** Rejects with the signal's reason when it fires, and never settles before. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** An executor that runs no programs: what one does is written in the test, and what reached it can be looked at. */
export class FakeExecutor implements CodeExecutor {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  readonly calls: FakeCall[] = []
  started = 0
  restarted = 0
  stopped = 0
  /** Calls under way. */
  running = 0
  onStart: (signal: AbortSignal | undefined) => Promise<void> = async () => {}
  onRestart: () => Promise<void> = async () => {}
  onStop: () => Promise<void> = async () => {}
  readonly #program: FakeProgram
  #life = new AbortController()

  constructor(program: FakeProgram = async () => ({}), { name = 'fake', capabilities = [] as readonly Capability[] } = {}) {
    this.name = name
    this.capabilities = new Set(capabilities)
    this.#program = program
  }

  async start(options: StartOptions = {}): Promise<void> {
    this.started += 1
    await this.onStart(options.signal)
  }

  async executeCode(source: CodeSource, language: LanguageName, options: ExecuteOptions = {}): Promise<CodeResult> {
    const result = await this.#run({ source, language, options }, () => {})
    throwForLimit(result)
    return result
  }

  async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options: ExecuteOptions = {},
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    const left = new AbortController()
    const events: ExecutionEvent[] = []
    let wake = Promise.withResolvers<void>()
    const tell = (event: ExecutionEvent): void => {
      events.push(event)
      wake.resolve()
    }
    let over = false
    const run = this.#run({ source, language, options }, tell, left.signal).finally(() => {
      over = true
      wake.resolve()
    })
    run.catch(() => {})
    try {
      while (!over || events.length > 0) {
        for (const event of events.splice(0)) yield event
        if (!over && events.length === 0) await wake.promise
        wake = Promise.withResolvers()
      }
      yield { type: 'end', result: await run }
    } finally {
      left.abort()
      await run.catch(() => {})
    }
  }

  async restart(): Promise<void> {
    this.restarted += 1
    this.#life.abort(new Error('restarted'))
    this.#life = new AbortController()
    await this.onRestart()
  }

  async stop(): Promise<void> {
    this.stopped += 1
    this.#life.abort(new Error('stopped'))
    await this.onStop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #run(call: Omit<FakeCall, 'signal' | 'text'>, tell: (event: ExecutionEvent) => void, left?: AbortSignal): Promise<CodeResult> {
    const signals = [this.#life.signal, call.options.signal, left].filter((signal) => signal !== undefined)
    const whole = { ...call, text: typeof call.source === 'string' ? call.source : '', signal: AbortSignal.any(signals) }
    this.calls.push(whole)
    this.running += 1
    try {
      return resultWith(await this.#program(whole, tell))
    } finally {
      this.running -= 1
    }
  }
}
