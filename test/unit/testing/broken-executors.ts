import { setTimeout as delay } from 'node:timers/promises'
import {
  CodeExecutorError,
  TimeoutError,
  type Capability,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ErrorCode,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
  type StartOptions,
} from '../../../src/core/index.ts'

/** Passes everything on. */
class Passing implements CodeExecutor {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  protected readonly good: CodeExecutor

  constructor(good: CodeExecutor) {
    this.good = good
    this.name = good.name
    this.capabilities = good.capabilities
  }

  async start(options?: StartOptions): Promise<void> {
    await this.good.start(options)
  }

  async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return this.good.executeCode(source, language, options)
  }

  async *streamCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): AsyncGenerator<ExecutionEvent, void, undefined> {
    yield* this.good.streamCode(source, language, options)
  }

  async restart(): Promise<void> {
    await this.good.restart()
  }

  async stop(): Promise<void> {
    await this.good.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Rejects with an error of its own when it is aborted. */
export class ForeignReasons extends Passing {
  override async start(options?: StartOptions): Promise<void> {
    await super.start(options).catch(wrap(options?.signal))
  }

  override async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return super.executeCode(source, language, options).catch(wrap(options?.signal))
  }

  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    try {
      yield* super.streamCode(source, language, options)
    } catch (error) {
      wrap(options?.signal)(error)
    }
  }
}

function wrap(signal: AbortSignal | undefined): (error: unknown) => never {
  return (error) => {
    throw signal?.aborted ? new Error('The run was aborted', { cause: error }) : error
  }
}

/** Resolves with the result of a timeout. */
export class Results extends Passing {
  override async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return super.executeCode(source, language, options).catch((error: unknown) => {
      if (error instanceof TimeoutError) return error.result
      throw error
    })
  }
}

/** Throws a timeout instead of telling it. */
export class ThrowingStreams extends Passing {
  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    for await (const event of super.streamCode(source, language, options)) {
      if (event.type === 'end' && event.result.termination.kind === 'timed-out')
        throw new TimeoutError(event.result, event.result.termination.limitMs)
      yield event
    }
  }
}

/** Tells everything when it is over. */
export class BufferedStreams extends Passing {
  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    const events: ExecutionEvent[] = []
    for await (const event of super.streamCode(source, language, options)) events.push(event)
    yield* events
  }
}

/** Keeps one event for a reader that is busy: what came before it is lost. */
export class LatestEvents extends Passing {
  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    let latest: ExecutionEvent | undefined
    const reading = (async () => {
      for await (const event of super.streamCode(source, language, options)) latest = event
    })()
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([reading.then(() => true), delay(5).then(() => false)])
      if (latest) yield latest
      latest = undefined
    }
  }
}

/** Turns refusals into results. */
export class Swallowing extends Passing {
  readonly #codes: readonly ErrorCode[]

  constructor(good: CodeExecutor, ...codes: readonly ErrorCode[]) {
    super(good)
    this.#codes = codes
  }

  override async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return super.executeCode(source, language, options).catch((error: unknown) => {
      if (!CodeExecutorError.is(error) || (this.#codes.length > 0 && !this.#codes.includes(error.code))) throw error
      return super.executeCode('exit 1', 'sh')
    })
  }

  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    yield { type: 'end', result: await this.executeCode(source, language, options) }
  }
}

/** Stops without ending anything. */
export class LazyStop extends Passing {
  override async stop(): Promise<void> {}
}
