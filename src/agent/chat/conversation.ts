import { invalid } from '../checks.ts'
import { USER, type IdentifiedMessage } from './message.ts'
import type { ModelMessage } from '../model/model.ts'

/** What an agent remembers: everything said to it, by it, and what came of its code. No message is in it twice. */
export class Conversation {
  #messages: readonly IdentifiedMessage[] = []
  #ids: ReadonlySet<string> = new Set()
  readonly #owner: string

  /** @param owner - the agent whose memory this is; what it said itself is the assistant's part */
  constructor(owner: string) {
    this.#owner = owner
  }

  get messages(): readonly IdentifiedMessage[] {
    return this.#messages
  }

  /** Takes in what is not there yet, and returns that. */
  add(...messages: readonly IdentifiedMessage[]): readonly IdentifiedMessage[] {
    const ids = new Set(this.#ids)
    const added = messages.filter(({ id }) => !ids.has(id) && ids.add(id))
    this.#messages = [...this.#messages, ...added]
    this.#ids = ids
    return added
  }

  clear(): void {
    this.restore([])
  }

  /** Forgets everything but these. */
  restore(messages: readonly IdentifiedMessage[]): void {
    this.#messages = messages
    this.#ids = new Set(messages.map(({ id }) => id))
  }

  /** As a model reads it. Who speaks is said where it is neither the user nor the agent. @throws `INVALID_ARGUMENT` when nothing was said */
  toModelMessages(): readonly ModelMessage[] {
    const messages = this.#inRoles()
    if (messages.length === 0) throw invalid('messages', [], 'say nothing; there is nothing to answer')
    return messages
  }

  #inRoles(): readonly ModelMessage[] {
    return this.#messages
      .filter(({ content }) => content.trim() !== '')
      .map(({ source, content }) =>
        source === this.#owner
          ? { role: 'assistant', content }
          : { role: 'user', content: source === USER || source.startsWith(EXECUTION_SOURCE) ? content : `${source} says:\n\n${content}` },
      )
  }
}

/** The source of results in an agent's memory. No message from outside may have it. */
export const EXECUTION_SOURCE = 'polyrun:execution'

/** @throws `INVALID_ARGUMENT` for messages that claim to be results */
export function assertFromOutside(messages: readonly IdentifiedMessage[]): void {
  const forged = messages.find(({ source }) => source.startsWith(EXECUTION_SOURCE))
  if (forged) throw invalid('source', forged.source, 'is what agents call their own results; take another name')
}
