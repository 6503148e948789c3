import { CodeExecutorError } from '../core/index.ts'
import type { Turn, TurnOutcome } from './chat/base-agent.ts'
import { EXECUTION_SOURCE, type Conversation } from './chat/conversation.ts'
import { newMessage } from './chat/message.ts'
import type { Seal } from './chat/seal.ts'
import { describeSkipped, isMistake, toPrograms } from './code-blocks/index.ts'
import type { AgentSettings } from './code-executor-options.ts'
import { judge, type BlockResult } from './execution/block-result.ts'
import { describeFailure, describeResults } from './execution/describe-results.ts'
import { runPrograms } from './execution/run-programs.ts'
import { askModel } from './model/ask-model.ts'
import type { ModelFunction, ModelMessage } from './model/model.ts'
import { REFLECT, sealMark, systemMessage } from './system-message.ts'

/** What a turn with a model works on. */
export interface Solving {
  readonly settings: AgentSettings
  readonly model: ModelFunction
  readonly conversation: Conversation
  readonly seal: Seal
  /** Puts in place what the code needs; does nothing from the second time on. */
  readonly prepare: () => Promise<void>
}

/** What one attempt came to. */
type Attempt =
  /** The turn is over: the model wrote no code, or its code is done and nobody is asked for words. */
  | { readonly kind: 'answer'; readonly outcome: TurnOutcome }
  /** The code did what it should, or nobody may or can try again. */
  | { readonly kind: 'done'; readonly results: readonly BlockResult[]; readonly text: string }
  /** Worth another attempt. */
  | { readonly kind: 'failed'; readonly reason: string; readonly giveUp: () => Attempt }

/**
 * A turn with a model: it writes code, the code runs, and on an error the model goes on with the error before it, as often as
 * it may. Then it answers in words. One call of the model for each attempt and one for the answer; none to decide anything.
 */
export async function solveWithModel(turn: Turn, solving: Solving): Promise<TurnOutcome> {
  const { settings } = solving
  for (let attempt = 1; ; attempt += 1) {
    const made = await makeAttempt(turn, solving, attempt)
    const isLast = attempt > settings.maxRetriesOnError
    const end = made.kind === 'failed' && isLast ? made.giveUp() : made
    if (end.kind === 'answer') return end.outcome
    if (end.kind === 'done') return answer(turn, solving, attempt, end)
    turn.emit({ type: 'retry', source: settings.name, attempt: attempt + 1, reason: end.reason })
  }
}

async function makeAttempt(turn: Turn, solving: Solving, attempt: number): Promise<Attempt> {
  const { settings, conversation } = solving
  const { name, run } = settings
  const text = await ask(turn, solving, attempt, conversation.toModelMessages())
  if (text.trim() === '') return { kind: 'failed', reason: 'the model answered nothing', giveUp: () => failEmpty(name) }
  const code = settings.extract(text)
  const mistakes = code.skipped.filter(isMistake)
  const programs = toPrograms(code, settings)
  if (programs.length > 0 || code.skipped.length > 0) {
    turn.emit({ type: 'code-proposed', source: name, attempt, programs, skipped: code.skipped })
  }
  if (programs.length === 0 && mistakes.length === 0) return { kind: 'answer', outcome: { text, results: [] } }
  if (programs.length === 0) {
    const told = mistakes.map(describeSkipped).join('\n')
    const before = conversation.messages
    conversation.add(newMessage(name, text))
    tell(solving, told)
    const giveUp = (): Attempt => {
      conversation.restore(before) // its text is the answer, and is remembered as that
      return { kind: 'answer', outcome: { text: `${text}\n\n${told}`, results: [] } }
    }
    return { kind: 'failed', reason: told, giveUp }
  }
  conversation.add(newMessage(name, text))
  await solving.prepare()
  const context = conversation.messages
  const results = await runPrograms(programs, run, { attempt, context, signal: turn.signal, emit: turn.emit })
  const told = describeResults(results, mistakes, { maxOutputChars: settings.maxOutputChars, capabilities: run.executor.capabilities })
  tell(solving, told)
  const done = { kind: 'done', results, text: told } as const
  return judge(results) === 'failed' ? { kind: 'failed', reason: describeFailure(results), giveUp: () => done } : done
}

/** The model's words on the last results; the results themselves when it has none, or is not asked. */
async function answer(
  turn: Turn,
  solving: Solving,
  attempt: number,
  { results, text }: Extract<Attempt, { readonly kind: 'done' }>,
): Promise<TurnOutcome> {
  if (!solving.settings.reflect) return { text, results }
  const messages = solving.conversation.toModelMessages()
  const last = messages.at(-1)
  const asking: readonly ModelMessage[] = last
    ? [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${REFLECT}` }]
    : messages
  const words = await ask(turn, solving, attempt, asking)
  return { text: words.trim() === '' ? text : words, results }
}

async function ask(
  { signal, emit }: Turn,
  { settings, model, seal }: Solving,
  attempt: number,
  messages: readonly ModelMessage[],
): Promise<string> {
  const { name, modelTimeoutMs } = settings
  const system = systemMessage(settings, seal.word)
  return askModel(model, [...(system === undefined ? [] : [{ role: 'system', content: system } as const]), ...messages], {
    agent: name,
    signal,
    modelTimeoutMs,
    onDelta: (text) => emit({ type: 'generation-delta', source: name, attempt, text }),
  })
}

/** Puts a result into the conversation, marked as one. */
function tell({ conversation, seal }: Solving, text: string): void {
  conversation.add(newMessage(EXECUTION_SOURCE, `${sealMark(seal.word)}\n\n${seal.strip(text)}`))
}

function failEmpty(agent: string): never {
  throw new CodeExecutorError('MODEL_FAILED', `The model of the agent ${agent} answered nothing. Ask again, or ask otherwise.`, { agent })
}
