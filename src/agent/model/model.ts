import { invalid } from '../checks.ts'

/** One message as a model reads it. */
export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Options of a {@link ModelFunction}. */
export interface ModelCallOptions {
  /** Fires when the answer is wanted no more. */
  readonly signal: AbortSignal
}

/** A model as a function: messages in, the answer out, whole or in pieces. */
export type ModelFunction = (messages: readonly ModelMessage[], options: ModelCallOptions) => AsyncIterable<string> | Promise<string>

/** The members of an AI SDK language model by which it is known. It is called through the `ai` package, an optional peer. */
export interface AiSdkLanguageModel {
  readonly specificationVersion: string
  readonly provider: string
  readonly modelId: string
  readonly doGenerate: (options: never) => unknown
  readonly doStream: (options: never) => unknown
}

/** What an agent can think with. */
export type AgentModel = ModelFunction | AiSdkLanguageModel

/** Options of {@link toModelFunction}. */
export interface ModelOptions {
  /** How often the AI SDK calls again after an error that may pass, such as a rate limit. @defaultValue the AI SDK's */
  readonly maxModelRetries?: number
}

/** Any model as a function. @throws `INVALID_ARGUMENT` for what is no model */
export function toModelFunction(model: AgentModel, options: ModelOptions = {}): ModelFunction {
  if (typeof model === 'function') return model
  if (isAiSdkModel(model)) {
    return async function* (messages, { signal }) {
      const { streamAiSdkModel } = await import('./ai-sdk-model.ts')
      yield* streamAiSdkModel(model, messages, signal, options.maxModelRetries)
    }
  }
  throw invalid('model', model, 'is no model: give an AI SDK language model, or a function from messages to text')
}

function isAiSdkModel(model: unknown): model is AiSdkLanguageModel {
  return typeof model === 'object' && model !== null && 'doStream' in model && typeof model.doStream === 'function'
}
