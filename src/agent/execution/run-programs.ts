import { CodeExecutorError, type CodeExecutor, type CodeResult, type ErrorCode, type ExecuteOptions } from '../../core/index.ts'
import type { IdentifiedMessage } from '../chat/message.ts'
import type { Program } from '../code-blocks/index.ts'
import type { EventListener } from '../events.ts'
import { askApproval, readDecision, type Approval, type ApprovalFunction } from './approval.ts'
import { hasSucceeded, type BlockResult } from './block-result.ts'

/** How programs are run, the same for all of an agent. */
export interface RunSettings {
  readonly agent: string
  readonly executor: CodeExecutor
  readonly approve: ApprovalFunction | undefined
  readonly approvePer: 'block' | 'answer'
  /** Options of every run. */
  readonly executeOptions: Pick<ExecuteOptions, 'timeoutMs' | 'env'>
}

/** What belongs to one attempt. */
export interface RunContext {
  readonly attempt: number
  readonly context: readonly IdentifiedMessage[]
  readonly signal: AbortSignal
  readonly emit: EventListener
}

/** What an executor says about a program and not about itself: whoever wrote the program may do better. */
const REFUSALS: readonly ErrorCode[] = [
  'LANGUAGE_UNKNOWN',
  'LANGUAGE_UNAVAILABLE',
  'INVALID_ARGUMENT',
  'INVALID_PATH',
  'CODE_REJECTED',
  'CAPABILITY_UNSUPPORTED',
  'FILE_NOT_FOUND',
  'FILE_TOO_LARGE',
  'BACKEND_REJECTED',
]

/**
 * Runs programs in order until one does not succeed; one result for each.
 * @throws what the executor throws about itself, what `approve` throws, `signal.reason`
 */
export async function runPrograms(programs: readonly Program[], settings: RunSettings, run: RunContext): Promise<readonly BlockResult[]> {
  const asked = settings.approvePer === 'answer' ? await approval(programs, settings, run) : undefined
  const results: BlockResult[] = []
  for (const [block, program] of programs.entries()) {
    const isOn = results.every(hasSucceeded)
    const decided = isOn ? (pick(asked, block) ?? (await approval([program], settings, run))) : undefined
    const result = await runOne(program, block, decided, settings, run)
    results.push(result)
    run.emit({ type: 'execution-end', source: settings.agent, attempt: run.attempt, block, result })
  }
  return results
}

/** The part of a decision about all programs that is about one of them. */
function pick(asked: Approval | undefined, block: number): Approval | undefined {
  if (!asked?.approved) return asked
  return { approved: true, programs: asked.programs.slice(block, block + 1) }
}

async function approval(programs: readonly Program[], settings: RunSettings, run: RunContext): Promise<Approval> {
  const { agent, approve, executor, executeOptions } = settings
  const { attempt, context, emit, signal } = run
  if (approve === undefined) return readDecision(true, programs)
  const { timeoutMs } = executeOptions
  const limits = { ...executor.limits, ...(timeoutMs !== undefined && { timeoutMs }) }
  const request = { agent, programs, executor: { name: executor.name, capabilities: executor.capabilities }, limits, context }
  emit({ type: 'approval-requested', source: agent, attempt, request })
  const decision = await askApproval(approve, request, signal)
  const read = readDecision(decision, programs)
  emit({ type: 'approval-answered', source: agent, attempt, decision })
  return read
}

async function runOne(
  program: Program,
  block: number,
  decided: Approval | undefined,
  settings: RunSettings,
  run: RunContext,
): Promise<BlockResult> {
  if (decided === undefined) return { status: 'not-run', program }
  if (!decided.approved) return { status: 'denied', program, reason: decided.reason }
  const [approved = { program, edited: false }] = decided.programs
  run.emit({ type: 'execution-start', source: settings.agent, attempt: run.attempt, block, program: approved.program })
  try {
    return { status: 'ran', ...approved, result: await follow(approved.program, block, settings, run) }
  } catch (error) {
    if (run.signal.aborted || !isRefusal(error)) throw error
    return { status: 'refused', program: approved.program, error }
  }
}

function isRefusal(error: unknown): error is CodeExecutorError {
  // An option of the agent, such as a variable that cannot be, is for its owner to correct.
  if (CodeExecutorError.is(error, 'INVALID_ARGUMENT') && error.details.argument.startsWith('options.')) return false
  return REFUSALS.some((code) => CodeExecutorError.is(error, code))
}

async function follow(
  { language, source, entryPoint }: Program,
  block: number,
  { agent, executor, executeOptions }: RunSettings,
  { attempt, emit, signal }: RunContext,
): Promise<CodeResult> {
  signal.throwIfAborted()
  const options = { ...executeOptions, signal, ...(entryPoint !== undefined && { entryPoint }) }
  for await (const event of executor.streamCode(source, language, options)) {
    if (event.type === 'end') return event.result
    if (event.type === 'output-delta') emit({ type: 'output-delta', source: agent, attempt, block, stream: 'output', text: event.text })
    if (event.type === 'error-delta') emit({ type: 'output-delta', source: agent, attempt, block, stream: 'error', text: event.text })
  }
  const promise = 'a stream ends with an end event'
  throw new CodeExecutorError('PROTOCOL_VIOLATION', `The ${executor.name} executor broke a promise: ${promise}.`, {
    executor: executor.name,
    promise,
  })
}
