import { debuglog } from 'node:util'
import {
  assertKnownKeys,
  CodeExecutorError,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ErrorCode,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
  type StartOptions,
} from '../core/index.ts'
import { assertFunction } from './checks.ts'
import { DelegatingExecutor } from './delegating-executor.ts'
import { describeLogEntry, type ExecutionFailed, type LifecycleStep, type LogEntry } from './log-entry.ts'

/** Options of {@link withLogging}. */
export interface LoggingOptions {
  /**
   * Takes each entry as it comes. What it throws, and what a promise of it rejects with, is dropped: a log never breaks a run.
   * @defaultValue one line on standard error per entry when the environment has `NODE_DEBUG=polyrun`, nothing otherwise
   */
  readonly log?: (entry: LogEntry) => unknown
}

/**
 * Tells what an executor does as it does it: each run with its start, its end and how long it took, and start, restart
 * and stop. A run that a limit ended is an `execution-end`, from `executeCode` as from `streamCode`.
 *
 * ```ts
 * const executor = withLogging(inner, { log: (entry) => logger.info(entry) })
 * ```
 *
 * @throws `INVALID_ARGUMENT`
 */
export function withLogging(executor: CodeExecutor, options: LoggingOptions = {}): CodeExecutor {
  return new LoggingExecutor(executor, options)
}

class LoggingExecutor extends DelegatingExecutor {
  readonly #log: (entry: LogEntry) => unknown
  #runs = 0

  constructor(executor: CodeExecutor, options: LoggingOptions) {
    super(executor)
    assertKnownKeys(options, ['log'] satisfies (keyof LoggingOptions)[], 'options')
    if (options.log !== undefined) assertFunction(options.log, 'options.log')
    this.#log = options.log ?? toDebugLog()
  }

  override async start(options?: StartOptions): Promise<void> {
    await this.#step('start', () => super.start(options))
  }

  override async restart(): Promise<void> {
    await this.#step('restart', () => super.restart())
  }

  override async stop(): Promise<void> {
    await this.#step('stop', () => super.stop())
  }

  override async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    const run = this.#begin(source, language)
    try {
      const result = await super.executeCode(source, language, options)
      run.end(result)
      return result
    } catch (error) {
      const result = resultOf(error)
      if (result) run.end(result)
      else run.fail(isReasonOf(error, options) ? 'aborted' : 'error', error)
      throw error
    }
  }

  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    const run = this.#begin(source, language)
    let over = false
    try {
      for await (const event of super.streamCode(source, language, options)) {
        if (event.type === 'end') {
          over = true
          run.end(event.result)
        }
        yield event
      }
    } catch (error) {
      if (!over) run.fail(isReasonOf(error, options) ? 'aborted' : 'error', error)
      over = true
      throw error
    } finally {
      // Neither an end nor an error: whoever read the stream went away, and by now the program is gone too.
      if (!over) run.fail('left', undefined)
    }
  }

  #begin(
    source: CodeSource,
    language: LanguageName,
  ): { end(result: CodeResult): void; fail(cause: ExecutionFailed['cause'], error: unknown): void } {
    this.#runs += 1
    const about = { executor: this.name, run: this.#runs, language }
    const startedAt = performance.now()
    const files = typeof source === 'object' && source !== null ? Object.keys(source) : undefined
    this.#tell({ event: 'execution-start', ...about, files })
    return {
      end: ({ success, termination, exitCode, phase, omittedBytes }) => {
        const omitted = omittedBytes.output + omittedBytes.error
        const outcome = { success, termination: termination.kind, exitCode, phase, omittedBytes: omitted }
        this.#tell({ event: 'execution-end', ...about, ...outcome, durationMs: performance.now() - startedAt })
      },
      fail: (cause, error) => {
        this.#tell({ event: 'execution-failed', ...about, cause, code: codeOf(error), durationMs: performance.now() - startedAt })
      },
    }
  }

  async #step(event: LifecycleStep, step: () => Promise<void>): Promise<void> {
    const startedAt = performance.now()
    const about = (): { executor: string; durationMs: number } => ({ executor: this.name, durationMs: performance.now() - startedAt })
    try {
      await step()
      this.#tell({ event, ...about() })
    } catch (error) {
      this.#tell({ event: `${event}-failed`, ...about(), code: codeOf(error) })
      throw error
    }
  }

  #tell(entry: LogEntry): void {
    try {
      Promise.resolve(this.#log(entry)).catch(() => {})
    } catch {
      // A run is worth more than its log.
    }
  }
}

function toDebugLog(): (entry: LogEntry) => void {
  const debug = debuglog('polyrun')
  return (entry) => {
    if (debug.enabled) debug('%s', describeLogEntry(entry))
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  return CodeExecutorError.is(error) ? error.code : undefined
}

/** What a limit ended has a result, so for a log it is a program that ended. */
function resultOf(error: unknown): CodeResult | undefined {
  const limited = CodeExecutorError.is(error, 'TIMEOUT') || CodeExecutorError.is(error, 'RESOURCE_EXHAUSTED')
  return limited && 'result' in error ? (error.result as CodeResult) : undefined
}

function isReasonOf(error: unknown, options: ExecuteOptions | undefined): boolean {
  return options?.signal?.aborted === true && error === options.signal.reason
}
