import type { AgentEvent } from '../events.ts'
import type { BlockResult } from '../execution/block-result.ts'
import type { ChatMessage, IdentifiedMessage } from './message.ts'

/** Somebody who takes part in a chat: hears what was said since its last turn and says something. */
export interface ChatAgent {
  /** What it calls itself; the source of its messages. */
  readonly name: string
  /** What it is good for, for those who choose who speaks. */
  readonly description: string
  /** Its turn. What it was already told is not taken in twice. */
  onMessages(messages: readonly ChatMessage[], options?: TurnOptions): Promise<AgentResponse>
  /** The same, telling what happens as it happens; the last event is `end`. Leaving the loop early ends the turn. */
  onMessagesStream(messages: readonly ChatMessage[], options?: TurnOptions): AsyncIterable<AgentStreamEvent>
  /** Forgets everything. */
  reset(): Promise<void>
  /** What it remembers, as plain JSON. */
  saveState(): Promise<AgentState>
  /** Remembers what was saved, and nothing else. @throws `INVALID_ARGUMENT` for a state of another version or kind */
  loadState(state: AgentState): Promise<void>
}

/** Options of a turn. */
export interface TurnOptions {
  /** Ends the turn: the call of the model and the program that runs. It rejects with `signal.reason`. */
  readonly signal?: AbortSignal
}

/** What an agent says, and what came of its code. */
export interface AgentResponse {
  /** What it says. */
  readonly message: IdentifiedMessage
  /** What came of the last code, one for each program; empty when there was none. */
  readonly results: readonly BlockResult[]
  /** Everything that was told meanwhile, in order. */
  readonly events: readonly AgentEvent[]
}

/** What `onMessagesStream` and `runStream` tell. */
export type AgentStreamEvent = AgentEvent | { readonly type: 'end'; readonly response: AgentResponse }

/** What an agent remembers. Plain JSON: it survives `JSON.stringify` and `JSON.parse`. */
export interface AgentState {
  /** The version of the format. */
  readonly version: 1
  /** Which kind of agent it is of. */
  readonly kind: string
  /** The conversation. */
  readonly messages: readonly IdentifiedMessage[]
  /** What marks the agent's own results in its memory. */
  readonly seal: string
}
