import { randomUUID } from 'node:crypto'
import { assertKnownKeys } from '../../core/index.ts'
import { invalid, readName } from '../checks.ts'

/** One message of a chat. */
export interface ChatMessage {
  /** Tells messages apart: an agent takes one of an id in once. @defaultValue a new one for each object */
  readonly id?: string
  /** Who says it: the name of an agent, or `user`. */
  readonly source: string
  /** What is said, as Markdown. */
  readonly content: string
}

/** A message after checking. */
export type IdentifiedMessage = Required<ChatMessage>

/** A task: what a user says, or the messages to begin with. */
export type Task = string | ChatMessage | readonly ChatMessage[]

/** The source of a task given as text. */
export const USER = 'user'

export function newMessage(source: string, content: string): IdentifiedMessage {
  return { id: randomUUID(), source, content }
}

/** Gives the same id to the same object each time, so that a history handed over again is recognised. */
export class MessageReader {
  readonly #ids = new WeakMap<ChatMessage, string>()

  /** @throws `INVALID_ARGUMENT` for a task that says nothing */
  readTask(task: Task): readonly IdentifiedMessage[] {
    if (typeof task === 'string') return [newMessage(USER, readName(task, 'task'))]
    const messages = this.read(Array.isArray(task) ? (task as readonly ChatMessage[]) : [task as ChatMessage], 'task')
    if (messages.every(({ content }) => content.trim() === '')) throw invalid('task', task, 'says nothing; give text or messages with text')
    return messages
  }

  /** @throws `INVALID_ARGUMENT` for what is no message */
  read(messages: readonly ChatMessage[], argument: string): readonly IdentifiedMessage[] {
    if (!Array.isArray(messages)) throw invalid(argument, messages, 'must be a list of messages')
    return messages.map((message: ChatMessage, index) => this.#readMessage(message, `${argument}[${index}]`))
  }

  #readMessage(message: ChatMessage, argument: string): IdentifiedMessage {
    assertKnownKeys(message, ['id', 'source', 'content'] satisfies (keyof ChatMessage)[], argument)
    const { source, content, id } = message
    readName(source, `${argument}.source`)
    if (typeof content !== 'string') throw invalid(`${argument}.content`, content, 'must be text')
    if (id !== undefined) return { id: readName(id, `${argument}.id`), source, content }
    const known = this.#ids.get(message) ?? randomUUID()
    this.#ids.set(message, known)
    return { id: known, source, content }
  }
}
