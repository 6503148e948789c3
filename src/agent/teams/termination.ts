import { invalid, readCount, readName } from '../checks.ts'
import type { IdentifiedMessage } from '../chat/message.ts'

/** Says when a team is done. It sees what was said since the task, the task not among it, and keeps no state. */
export interface Termination {
  /** Why it is over; `undefined` when it goes on. */
  reason(messages: readonly IdentifiedMessage[]): string | undefined
  /** Over when either says so. */
  or(other: Termination): Termination
  /** Over when both say so, about the same messages. */
  and(other: Termination): Termination
}

/** What a user's condition answers: whether it is over, or why. */
export type TerminationFunction = (messages: readonly IdentifiedMessage[]) => boolean | string | undefined

/** Over after this many messages. @throws `INVALID_ARGUMENT` */
export function maxMessages(count: number): Termination {
  const most = readCount(count, 'count', 1, 1)
  return make(({ length }) => (length >= most ? `${length} messages were said; the most is ${most}` : undefined))
}

/** Over when somebody says this text. With `sources` only they count: programs print what they like. @throws `INVALID_ARGUMENT` */
export function textMention(text: string, { sources }: { readonly sources?: readonly string[] } = {}): Termination {
  readName(text, 'text')
  return make((messages) => {
    const found = messages.find(({ source, content }) => (sources?.includes(source) ?? true) && content.includes(text))
    return found && `${found.source} said ${JSON.stringify(text)}`
  })
}

/** Over when a function says so. @throws `INVALID_ARGUMENT` */
export function terminateWhen(isOver: TerminationFunction): Termination {
  if (typeof isOver !== 'function') throw invalid('isOver', isOver, 'must be a function')
  return make((messages) => {
    const answer = isOver(messages)
    return typeof answer === 'string' ? answer : answer === true ? 'the condition holds' : undefined
  })
}

function make(reason: Termination['reason']): Termination {
  return {
    reason,
    or: (other) => make((messages) => reason(messages) ?? other.reason(messages)),
    and: (other) =>
      make((messages) => {
        const [one, two] = [reason(messages), other.reason(messages)]
        return one === undefined || two === undefined ? undefined : `${one}, and ${two}`
      }),
  }
}
