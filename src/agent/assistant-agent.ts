import { assertKnownKeys, CodeExecutorError, parseTimeout } from '../core/index.ts'
import { BaseChatAgent, type Turn, type TurnOutcome } from './chat/base-agent.ts'
import { DEFAULT_MODEL_TIMEOUT_MS, type ThinkingOptions } from './model-options.ts'
import { askModel } from './model/ask-model.ts'
import { toModelFunction, type AgentModel, type ModelFunction } from './model/model.ts'

/** Options of {@link AssistantAgent}. */
export interface AssistantAgentOptions extends ThinkingOptions {
  readonly name: string
  readonly model: AgentModel
  /** What it is good for. @defaultValue a sentence about a helpful assistant */
  readonly description?: string
  /** What the model is told about its part; `false` for nothing. @defaultValue a sentence about a helpful assistant */
  readonly systemMessage?: string | false
}

const OPTION_NAMES = [
  ...(['name', 'model', 'description', 'systemMessage', 'modelTimeoutMs', 'maxModelRetries'] as const),
] satisfies readonly (keyof AssistantAgentOptions)[]

/** An agent that only talks: one call of the model for each turn. */
export class AssistantAgent extends BaseChatAgent {
  protected override readonly kind = 'AssistantAgent'
  readonly #model: ModelFunction
  readonly #system: string | false
  readonly #modelTimeoutMs: number

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: AssistantAgentOptions) {
    assertKnownKeys(options, OPTION_NAMES, 'options')
    super(options.name, options.description ?? 'A helpful assistant.')
    this.#model = toModelFunction(options.model, options)
    this.#system = options.systemMessage ?? 'You are a helpful assistant. Solve the task step by step.'
    this.#modelTimeoutMs = parseTimeout(options.modelTimeoutMs ?? DEFAULT_MODEL_TIMEOUT_MS, 'modelTimeoutMs')
  }

  protected override async respond({ signal, emit }: Turn): Promise<TurnOutcome> {
    const system = this.#system === false ? [] : [{ role: 'system', content: this.#system } as const]
    const text = await askModel(this.#model, [...system, ...this.conversation.toModelMessages()], {
      agent: this.name,
      signal,
      modelTimeoutMs: this.#modelTimeoutMs,
      onDelta: (delta) => emit({ type: 'generation-delta', source: this.name, attempt: 1, text: delta }),
    })
    if (text.trim() !== '') return { text, results: [] }
    throw new CodeExecutorError('MODEL_FAILED', `The model of the agent ${this.name} answered nothing. Ask again, or ask otherwise.`, {
      agent: this.name,
    })
  }
}
