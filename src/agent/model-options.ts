import type { ModelOptions } from './model/model.ts'

/** Options of every agent that thinks. */
export interface ThinkingOptions extends ModelOptions {
  /** The longest time without a word from the model, in milliseconds. @defaultValue 600_000 */
  readonly modelTimeoutMs?: number
}

export const DEFAULT_MODEL_TIMEOUT_MS = 600_000
