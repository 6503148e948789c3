import type {
  Capability,
  CodeExecutor,
  CodeResult,
  CodeSource,
  ExecuteOptions,
  ExecutionEvent,
  ExecutorLimits,
  LanguageName,
  StartOptions,
} from '../core/index.ts'
import { assertExecutor } from './checks.ts'

/**
 * An executor that hands every call to another one: the ground for wrappers, which override what they change. Name and
 * capabilities are read anew each time, since those of a pool are known only once it has started.
 */
export class DelegatingExecutor implements CodeExecutor {
  /** The executor that does the work. */
  protected readonly inner: CodeExecutor

  /** @throws `INVALID_ARGUMENT` for what is no executor */
  constructor(inner: CodeExecutor) {
    assertExecutor(inner, 'executor')
    this.inner = inner
  }

  /** The name of the executor underneath. */
  get name(): string {
    return this.inner.name
  }

  /** The capabilities of the executor underneath. */
  get capabilities(): ReadonlySet<Capability> {
    return this.inner.capabilities
  }

  /** What the executor underneath lets a run use. */
  get limits(): ExecutorLimits | undefined {
    return this.inner.limits
  }

  /** Starts the executor underneath. */
  async start(options?: StartOptions): Promise<void> {
    await this.inner.start(options)
  }

  /** Runs a program on the executor underneath. */
  async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return this.inner.executeCode(source, language, options)
  }

  /** Streams a program on the executor underneath. */
  streamCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): AsyncIterable<ExecutionEvent> {
    return this.inner.streamCode(source, language, options)
  }

  /** Gives the executor underneath fresh state. */
  async restart(): Promise<void> {
    await this.inner.restart()
  }

  /** Stops the executor underneath. */
  async stop(): Promise<void> {
    await this.inner.stop()
  }

  /** The same as {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
