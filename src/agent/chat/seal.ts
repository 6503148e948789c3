import { randomBytes } from 'node:crypto'
import type { IdentifiedMessage } from './message.ts'

/**
 * A word that only the agent and its model know. Results carry it, so that neither a user nor a program nor another agent can
 * make up a result: wherever the word comes from outside, it is taken out.
 */
export class Seal {
  #word = randomBytes(6).toString('hex')

  get word(): string {
    return this.#word
  }

  restore(word: string): void {
    this.#word = word
  }

  /** Text without the word. */
  strip(text: string): string {
    return text.replaceAll(this.#word, 'seal')
  }

  stripMessages(messages: readonly IdentifiedMessage[]): readonly IdentifiedMessage[] {
    return messages.map((message) => ({ ...message, content: this.strip(message.content) }))
  }
}
