import type { Capability, CodeSource, ExecutorLimits } from '../../core/index.ts'
import { orAborted } from '../abort.ts'
import type { IdentifiedMessage } from '../chat/message.ts'
import { invalid } from '../checks.ts'
import type { Program } from '../code-blocks/index.ts'

/** What somebody is asked to let run. */
export interface ApprovalRequest {
  /** The agent that asks. */
  readonly agent: string
  /** The programs in the order in which they would run: code or files, language, entry point. One of them when asked per block. */
  readonly programs: readonly Program[]
  /** Where they would run. */
  readonly executor: { readonly name: string; readonly capabilities: ReadonlySet<Capability> }
  /** What they may use; `undefined` where the executor cannot tell. `timeoutMs` is the agent's where it has one. */
  readonly limits: Partial<ExecutorLimits>
  /** The conversation that led here; with no model the messages in which the code stands. */
  readonly context: readonly IdentifiedMessage[]
}

/** Yes or no, why, and what to run instead. */
export type ApprovalDecision =
  | boolean
  | {
      readonly approved: boolean
      /** Why; a denial's reason is told to the model. */
      readonly reason?: string
      /** Runs instead of what was proposed; a list when several programs were asked about. The model is told. */
      readonly edited?: CodeSource | readonly CodeSource[]
    }

/** Decides whether code may run. What it throws goes to the caller of the agent, and nothing runs. */
export type ApprovalFunction = (
  request: ApprovalRequest,
  options: { readonly signal: AbortSignal },
) => ApprovalDecision | Promise<ApprovalDecision>

/** A decision after checking. */
export type Approval =
  | { readonly approved: true; readonly programs: readonly { readonly program: Program; readonly edited: boolean }[] }
  | { readonly approved: false; readonly reason: string }

/** The decision as it was given. An answer that never comes is waited for until the signal fires. @throws `signal.reason` */
export async function askApproval(approve: ApprovalFunction, request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision> {
  signal.throwIfAborted()
  return orAborted(Promise.resolve(approve(request, { signal })), signal)
}

/** @throws `INVALID_ARGUMENT` for what is no decision: nothing runs on a doubt */
export function readDecision(decision: ApprovalDecision, programs: readonly Program[]): Approval {
  const { approved, reason, edited } = typeof decision === 'boolean' ? { approved: decision } : decisionObject(decision)
  if (typeof approved !== 'boolean') throw notADecision(decision)
  if (!approved)
    return { approved: false, reason: typeof reason === 'string' && reason.trim() !== '' ? reason.trim() : 'no reason was given' }
  if (edited === undefined) return { approved: true, programs: programs.map((program) => ({ program, edited: false })) }
  const sources = Array.isArray(edited) ? (edited as readonly CodeSource[]) : [edited as CodeSource]
  if (sources.length !== programs.length) {
    throw invalid('approve', decision, `answered with ${sources.length} edited programs for ${programs.length}; give one for each`)
  }
  return { approved: true, programs: programs.map((program, index) => edit(program, sources[index])) }
}

function edit(program: Program, source: CodeSource | undefined): { readonly program: Program; readonly edited: boolean } {
  if (source === undefined || source === program.source) return { program, edited: false }
  if (typeof source !== 'string') return { program: { ...program, source }, edited: true }
  // A file keeps its name when its text is edited.
  const named = program.entryPoint
  return { program: { ...program, source: named === undefined ? source : { ...filesOf(program.source), [named]: source } }, edited: true }
}

function filesOf(source: CodeSource): Readonly<Record<string, string | Uint8Array>> {
  return typeof source === 'string' ? {} : source
}

function decisionObject(decision: Exclude<ApprovalDecision, boolean>): Exclude<ApprovalDecision, boolean> {
  if (typeof decision === 'object' && decision !== null) return decision
  throw notADecision(decision)
}

function notADecision(decision: unknown): Error {
  return invalid('approve', decision, 'must answer with true, false or { approved, reason }')
}
