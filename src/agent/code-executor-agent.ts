import { CodeExecutorError } from '../core/index.ts'
import { orAborted } from './abort.ts'
import { BaseChatAgent, type Turn, type TurnOutcome } from './chat/base-agent.ts'
import { readAgentOptions, type AgentSettings, type CodeExecutorAgentOptions } from './code-executor-options.ts'
import { prepare } from './functions/index.ts'
import { runGivenCode } from './run-given-code.ts'
import { solveWithModel } from './solve-with-model.ts'

/**
 * An agent that runs code. Without a model it runs the code that others write in the chat; with one it writes the code itself,
 * looks at what happened, and goes on. It is handed an executor and never makes one.
 *
 * ```ts
 * await using agent = new CodeExecutorAgent({ name: 'coder', codeExecutor, model })
 * const { message } = await agent.run({ task: 'How many primes are below 1000?' })
 * ```
 */
export class CodeExecutorAgent extends BaseChatAgent implements AsyncDisposable {
  protected override readonly kind = 'CodeExecutorAgent'
  readonly #settings: AgentSettings
  #isPrepared = false
  #hasWarned = false

  /** @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN` */
  constructor(options: CodeExecutorAgentOptions) {
    const settings = readAgentOptions(options)
    super(settings.name, settings.description)
    this.#settings = settings
  }

  /** Ends turns under way, for good, and stops the executor if it is the agent's own. Idempotent. */
  async stop(): Promise<void> {
    const { name, ownsExecutor, run } = this.#settings
    this.ended.abort(new CodeExecutorError('EXECUTOR_STOPPED', `The agent ${name} was stopped. Make a new one.`, { executor: name }))
    if (ownsExecutor) await run.executor.stop()
  }

  /** The same as {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  protected override async respond(turn: Turn): Promise<TurnOutcome> {
    const settings = this.#settings
    const { conversation, seal } = this
    const prepareOnce = (): Promise<void> => this.#prepare(turn)
    if (settings.model === undefined) return runGivenCode(turn, settings, prepareOnce)
    return solveWithModel(turn, { settings, model: settings.model, conversation, seal, prepare: prepareOnce })
  }

  protected override async onReset(): Promise<void> {
    await super.onReset()
    this.#isPrepared = false
    if (this.#settings.ownsExecutor) await this.#settings.run.executor.restart()
  }

  /** What has to be there before the first program, once. */
  async #prepare({ signal, emit }: Turn): Promise<void> {
    const { name, ownsExecutor, preparations, run } = this.#settings
    if (this.#isPrepared) return
    if (ownsExecutor) await orAborted(run.executor.start({ signal }), signal)
    this.#warnOnce()
    await prepare(run.executor, preparations, signal, (command, result) => emit({ type: 'setup', source: name, command, result }))
    this.#isPrepared = true
  }

  #warnOnce(): void {
    const { name, run } = this.#settings
    if (this.#hasWarned || run.approve !== undefined || run.executor.capabilities.has('file-isolation')) return
    this.#hasWarned = true
    process.emitWarning(
      `THE AGENT ${name} RUNS CODE THAT NOBODY HAS READ, AND NOTHING ISOLATES IT: it can do whatever this process can. Give the agent an approve function, or an executor that isolates.`,
      { type: 'PolyrunWarning', code: 'POLYRUN_UNAPPROVED_CODE' },
    )
  }
}
