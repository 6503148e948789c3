import { assertSignal, readName } from '../checks.ts'
import type { AgentEvent, EventListener } from '../events.ts'
import type { BlockResult } from '../execution/block-result.ts'
import { readState, STATE_VERSION } from './agent-state.ts'
import type { AgentResponse, AgentState, AgentStreamEvent, ChatAgent, TurnOptions } from './chat-agent.ts'
import { assertFromOutside, Conversation } from './conversation.ts'
import { eventStream } from './event-stream.ts'
import { MessageReader, newMessage, type ChatMessage, type IdentifiedMessage, type Task } from './message.ts'
import { Seal } from './seal.ts'
import { Turns } from './turns.ts'

/** A task for one agent. */
export interface RunOptions extends TurnOptions {
  /** What to do: text from the user, or messages. */
  readonly task: Task
}

/** What a turn is made of. */
export interface Turn {
  /** What the agent had not heard yet. */
  readonly news: readonly IdentifiedMessage[]
  /** Fires when nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** Tells what happens. */
  readonly emit: EventListener
}

/** What came of a turn. */
export interface TurnOutcome {
  /** What the agent says. */
  readonly text: string
  /** What came of code, if any ran. */
  readonly results: readonly BlockResult[]
}

/**
 * What all agents do the same way: one turn after the other, a memory in which nothing is twice, events, abort, state. A turn
 * that throws leaves the memory as it was, so the same call may be made again.
 */
export abstract class BaseChatAgent implements ChatAgent {
  readonly name: string
  readonly description: string
  /** What the agent remembers. */
  protected readonly conversation: Conversation
  /** What marks its own results. */
  protected readonly seal = new Seal()
  /** Ends every turn, for good. */
  protected readonly ended = new AbortController()
  readonly #reader = new MessageReader()
  readonly #turns = new Turns()

  protected constructor(name: string, description: string) {
    this.name = readName(name, 'name')
    this.description = readName(description, 'description')
    this.conversation = new Conversation(this.name)
  }

  /** The kind of its saved states. */
  protected abstract readonly kind: string

  /** One turn; the news are in the conversation already. */
  protected abstract respond(turn: Turn): Promise<TurnOutcome>

  /** Does a task to its end. @throws `INVALID_ARGUMENT` for a task that says nothing, `MODEL_FAILED`, what executors throw, `signal.reason` */
  async run({ task, signal }: RunOptions): Promise<AgentResponse> {
    return this.#turn(this.#reader.readTask(task), signal)
  }

  /** The same, telling what happens as it happens; the last event is `end`. Leaving the loop early ends the work. */
  runStream({ task, signal }: RunOptions): AsyncIterable<AgentStreamEvent> {
    return this.#stream(() => this.#reader.readTask(task), signal)
  }

  async onMessages(messages: readonly ChatMessage[], { signal }: TurnOptions = {}): Promise<AgentResponse> {
    return this.#turn(this.#reader.read(messages, 'messages'), signal)
  }

  onMessagesStream(messages: readonly ChatMessage[], { signal }: TurnOptions = {}): AsyncIterable<AgentStreamEvent> {
    return this.#stream(() => this.#reader.read(messages, 'messages'), signal)
  }

  /** Forgets everything. Waits for a turn under way. */
  async reset(): Promise<void> {
    await this.#turns.take(NEVER, () => this.onReset())
  }

  async saveState(): Promise<AgentState> {
    return this.#turns.take(NEVER, () =>
      Promise.resolve({ version: STATE_VERSION, kind: this.kind, messages: this.conversation.messages, seal: this.seal.word }),
    )
  }

  async loadState(state: AgentState): Promise<void> {
    const { messages, seal } = readState(state, this.kind)
    await this.#turns.take(NEVER, () => {
      this.conversation.restore(messages)
      this.seal.restore(seal)
      return Promise.resolve()
    })
  }

  /** What there is to forget. */
  protected onReset(): Promise<void> {
    this.conversation.clear()
    return Promise.resolve()
  }

  #stream(read: () => readonly IdentifiedMessage[], signal: AbortSignal | undefined): AsyncIterable<AgentStreamEvent> {
    return eventStream<AgentStreamEvent>(async (left, push) => {
      assertSignal(signal)
      const either = signal === undefined ? left : AbortSignal.any([left, signal])
      push({ type: 'end', response: await this.#turn(read(), either, push) })
    })
  }

  async #turn(messages: readonly IdentifiedMessage[], given: AbortSignal | undefined, listener?: EventListener): Promise<AgentResponse> {
    assertSignal(given)
    assertFromOutside(messages)
    const signal = given === undefined ? this.ended.signal : AbortSignal.any([given, this.ended.signal])
    return this.#turns.take(signal, async () => {
      signal.throwIfAborted()
      const before = this.conversation.messages
      const events: AgentEvent[] = []
      const emit: EventListener = (event) => {
        events.push(event)
        listener?.(event)
      }
      try {
        const news = this.conversation.add(...this.seal.stripMessages(messages))
        const { text, results } = await this.respond({ news, signal, emit })
        signal.throwIfAborted()
        const message = newMessage(this.name, this.seal.strip(text))
        this.conversation.add(message)
        emit({ type: 'message', source: this.name, message })
        return { message, results, events }
      } catch (error) {
        this.conversation.restore(before)
        throw error
      }
    })
  }
}

const NEVER = new AbortController().signal
