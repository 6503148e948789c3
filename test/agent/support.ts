import { onTestFinished } from 'vitest'
import {
  CodeExecutorAgent,
  type AgentEvent,
  type CodeExecutorAgentOptions,
  type ModelFunction,
  type ModelMessage,
} from '../../src/agent/index.ts'
import type { CodeExecutor } from '../../src/core/index.ts'

export const FENCE = '```'

/** A fenced block. */
export function block(code: string, info = 'python'): string {
  return `${FENCE}${info}\n${code}\n${FENCE}`
}

/** What a scripted model does at a call: says this, fails with this, or does as it is told. */
export type Line = string | Error | ModelFunction

/** A model that says its lines one after the other, in pieces, and keeps what it was asked. */
export interface ScriptedModel extends ModelFunction {
  readonly calls: (readonly ModelMessage[])[]
}

export function scripted(...lines: readonly Line[]): ScriptedModel {
  const calls: (readonly ModelMessage[])[] = []
  const model: ModelFunction = (messages, options) => {
    calls.push(messages)
    const line = lines[calls.length - 1]
    if (line === undefined) throw new Error(`call ${calls.length} was not expected`)
    if (typeof line === 'function') return line(messages, options)
    return line instanceof Error ? Promise.reject(line) : inPieces(line)
  }
  return Object.assign(model, { calls })
}

async function* inPieces(text: string): AsyncGenerator<string, void, undefined> {
  const size = Math.max(1, Math.ceil(text.length / 5))
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

/** A model that never answers and does not care about signals. */
export const hangingModel: ModelFunction = () => {
  const alive = setInterval(() => {}, 60_000)
  onTestFinished(() => clearInterval(alive))
  return new Promise(() => {})
}

/** An agent over an executor, with yes to everything unless the options say otherwise. */
export function makeAgent(codeExecutor: CodeExecutor, options: Partial<CodeExecutorAgentOptions> = {}): CodeExecutorAgent {
  return new CodeExecutorAgent({ name: 'coder', codeExecutor, approve: () => true, ...options })
}

export function typesOf(events: readonly { readonly type: string }[]): string[] {
  return events.map(({ type }) => type)
}

/** The events of one type. */
export function eventsOf<Type extends AgentEvent['type']>(
  events: readonly AgentEvent[],
  type: Type,
): Extract<AgentEvent, { readonly type: Type }>[] {
  return events.filter((event): event is Extract<AgentEvent, { readonly type: Type }> => event.type === type)
}

export async function collect<Event>(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of stream) events.push(event)
  return events
}
