import { assertKnownKeys } from '../../core/index.ts'
import { assertVersion, STATE_VERSION } from '../chat/agent-state.ts'
import type { RunOptions } from '../chat/base-agent.ts'
import type { AgentResponse, AgentState, ChatAgent } from '../chat/chat-agent.ts'
import { eventStream } from '../chat/event-stream.ts'
import { MessageReader, type IdentifiedMessage } from '../chat/message.ts'
import { Turns } from '../chat/turns.ts'
import { assertSignal, invalid } from '../checks.ts'
import type { AgentEvent, EventListener } from '../events.ts'
import type { Termination } from './termination.ts'

/** Options of {@link RoundRobinGroupChat}. */
export interface RoundRobinOptions {
  /** Who speaks, in this order. No two have the same name. */
  readonly participants: readonly ChatAgent[]
  /** When it is over. */
  readonly termination: Termination
}

/** What came of a task. */
export interface TeamResult {
  /** The task and everything that was said about it. */
  readonly messages: readonly IdentifiedMessage[]
  /** Why it is over. */
  readonly stopReason: string
  /** Everything that was told meanwhile, in order. */
  readonly events: readonly AgentEvent[]
}

/** What `runStream` of a team tells; the last event is `end`. */
export type TeamStreamEvent = AgentEvent | { readonly type: 'end'; readonly result: TeamResult }

/** What a team remembers, as plain JSON. */
export interface TeamState {
  readonly version: 1
  readonly kind: 'RoundRobinGroupChat'
  /** How many turns were taken; it decides whose turn is next. */
  readonly turns: number
  readonly messages: readonly IdentifiedMessage[]
  /** How many of the messages each participant has heard. */
  readonly heard: Readonly<Record<string, number>>
  readonly participants: Readonly<Record<string, AgentState>>
}

const KIND = 'RoundRobinGroupChat'

/**
 * A chat in which agents speak in turn. Each hears what was said since its last turn. A turn that throws ends the run and counts
 * as not taken; a later run goes on from there.
 */
export class RoundRobinGroupChat {
  readonly #participants: readonly ChatAgent[]
  readonly #termination: Termination
  readonly #reader = new MessageReader()
  readonly #queue = new Turns()
  #messages: readonly IdentifiedMessage[] = []
  #heard = new Map<string, number>()
  #turns = 0

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: RoundRobinOptions) {
    assertKnownKeys(options, ['participants', 'termination'] satisfies (keyof RoundRobinOptions)[], 'options')
    this.#participants = readParticipants(options.participants)
    if (typeof options.termination?.reason !== 'function') {
      throw invalid('termination', options.termination, 'is missing; without one, such as maxMessages(20), the chat would not end')
    }
    this.#termination = options.termination
  }

  /** Does a task to its end. @throws `INVALID_ARGUMENT` for a task that says nothing, what a participant throws, `signal.reason` */
  async run({ task, signal }: RunOptions): Promise<TeamResult> {
    assertSignal(signal)
    return this.#run(this.#reader.readTask(task), signal ?? new AbortController().signal, () => {})
  }

  /** The same, telling what happens as it happens. Leaving the loop early ends the turn under way. */
  runStream({ task, signal }: RunOptions): AsyncIterable<TeamStreamEvent> {
    return eventStream<TeamStreamEvent>(async (left, push) => {
      assertSignal(signal)
      const either = signal === undefined ? left : AbortSignal.any([left, signal])
      push({ type: 'end', result: await this.#run(this.#reader.readTask(task), either, push) })
    })
  }

  /** Forgets everything, and so do the participants. */
  async reset(): Promise<void> {
    await this.#queue.take(new AbortController().signal, async () => {
      for (const participant of this.#participants) await participant.reset()
      this.#messages = []
      this.#heard = new Map()
      this.#turns = 0
    })
  }

  /** What the team and its participants remember. */
  async saveState(): Promise<TeamState> {
    return this.#queue.take(new AbortController().signal, async () => {
      const participants = await Promise.all(this.#participants.map(async (each) => [each.name, await each.saveState()] as const))
      return {
        version: STATE_VERSION,
        kind: KIND,
        turns: this.#turns,
        messages: this.#messages,
        heard: Object.fromEntries(this.#heard),
        participants: Object.fromEntries(participants),
      }
    })
  }

  /** Remembers what was saved, and nothing else. @throws `INVALID_ARGUMENT` for a state of another version, kind or team */
  async loadState(state: TeamState): Promise<void> {
    assertVersion(state, KIND)
    const names = this.#participants.map(({ name }) => name)
    if (Object.keys(state.participants).toSorted().join('\n') !== names.toSorted().join('\n')) {
      throw invalid('state.participants', Object.keys(state.participants), `is of another team; this one has ${names.join(', ')}`)
    }
    await this.#queue.take(new AbortController().signal, async () => {
      for (const participant of this.#participants) {
        const saved = state.participants[participant.name]
        if (saved) await participant.loadState(saved)
      }
      this.#messages = state.messages
      this.#heard = new Map(Object.entries(state.heard))
      this.#turns = state.turns
    })
  }

  async #run(task: readonly IdentifiedMessage[], signal: AbortSignal, listener: EventListener): Promise<TeamResult> {
    return this.#queue.take(signal, async () => {
      const events: AgentEvent[] = []
      const emit: EventListener = (event) => {
        events.push(event)
        listener(event)
      }
      const known = new Set(this.#messages.map(({ id }) => id))
      this.#messages = [...this.#messages, ...task.filter(({ id }) => !known.has(id))]
      const said: IdentifiedMessage[] = []
      for (;;) {
        said.push(await this.#turn(signal, emit))
        const stopReason = this.#termination.reason(said)
        if (stopReason !== undefined) return { messages: [...task, ...said], stopReason, events }
      }
    })
  }

  async #turn(signal: AbortSignal, emit: EventListener): Promise<IdentifiedMessage> {
    signal.throwIfAborted()
    const speaker = this.#participants[this.#turns % this.#participants.length]
    if (!speaker) throw invalid('participants', [], 'are missing')
    const news = this.#messages.slice(this.#heard.get(speaker.name) ?? 0)
    const { message } = await follow(speaker, news, signal, emit)
    this.#messages = [...this.#messages, message]
    this.#heard.set(speaker.name, this.#messages.length)
    this.#turns += 1
    return message
  }
}

async function follow(
  speaker: ChatAgent,
  news: readonly IdentifiedMessage[],
  signal: AbortSignal,
  emit: EventListener,
): Promise<AgentResponse> {
  for await (const event of speaker.onMessagesStream(news, { signal })) {
    if (event.type === 'end') return event.response
    emit(event)
  }
  throw invalid('participants', speaker.name, 'has one whose turn ended without an answer; its last event must be end')
}

function readParticipants(participants: readonly ChatAgent[]): readonly ChatAgent[] {
  if (!Array.isArray(participants) || participants.length === 0) throw invalid('participants', participants, 'must be a list of agents')
  const names = participants.map((each: Partial<ChatAgent> | null | undefined) => {
    if (typeof each?.onMessagesStream !== 'function' || typeof each.name !== 'string')
      throw invalid('participants', each, 'has one that is no agent')
    return each.name
  })
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw invalid('participants', twice, `has two agents that are called ${JSON.stringify(twice)}; names tell them apart`)
  return participants
}
