import { CodeExecutorError } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { AgentState } from './chat-agent.ts'
import type { IdentifiedMessage } from './message.ts'

/** The version that is written, and the only one that is read. */
export const STATE_VERSION = 1

/** @throws `INVALID_ARGUMENT` for what is no saved state, or one of another version or kind */
export function readState(state: AgentState, kind: string): AgentState {
  assertVersion(state, kind)
  const { messages, seal } = state
  if (!Array.isArray(messages) || !messages.every(isMessage)) throw invalid('state.messages', messages, 'is no list of saved messages')
  if (typeof seal !== 'string' || seal === '') throw invalid('state.seal', seal, 'is missing; save the state again')
  return { version: STATE_VERSION, kind, messages: messages.map(({ id, source, content }) => ({ id, source, content })), seal }
}

/** @throws `INVALID_ARGUMENT` */
export function assertVersion(state: unknown, kind: string): void {
  if (typeof state !== 'object' || state === null) throw invalid('state', state, 'is no saved state')
  const { version, kind: given } = state as { readonly version?: unknown; readonly kind?: unknown }
  if (version !== STATE_VERSION) {
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `The saved state has version ${JSON.stringify(version)}; this release reads version ${STATE_VERSION}. Save it again with this release, or load it with the one that wrote it.`,
      { argument: 'state.version', value: version },
    )
  }
  if (given !== kind) throw invalid('state.kind', given, `is of another kind; this one loads states of kind ${kind}`)
}

function isMessage(value: unknown): value is IdentifiedMessage {
  if (typeof value !== 'object' || value === null) return false
  const { id, source, content } = value as Record<string, unknown>
  return typeof id === 'string' && typeof source === 'string' && typeof content === 'string'
}
