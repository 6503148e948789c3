import type { CodeResult } from '../core/index.ts'
import type { IdentifiedMessage } from './chat/message.ts'
import type { Program, SkippedBlock } from './code-blocks/index.ts'
import type { ApprovalDecision, ApprovalRequest } from './execution/approval.ts'
import type { BlockResult } from './execution/block-result.ts'

/**
 * What agents tell while they work. `source` is the agent; `attempt` counts the model's attempts from 1; `block` is the place
 * of a program among those of the attempt, from 0.
 */
export type AgentEvent =
  /** A piece of what the model says. */
  | { readonly type: 'generation-delta'; readonly source: string; readonly attempt: number; readonly text: string }
  /** There is code to be run, and what of the text is left alone. */
  | {
      readonly type: 'code-proposed'
      readonly source: string
      readonly attempt: number
      readonly programs: readonly Program[]
      readonly skipped: readonly SkippedBlock[]
    }
  /** Somebody is asked whether code may run. */
  | { readonly type: 'approval-requested'; readonly source: string; readonly attempt: number; readonly request: ApprovalRequest }
  /** What they answered. */
  | { readonly type: 'approval-answered'; readonly source: string; readonly attempt: number; readonly decision: ApprovalDecision }
  /** A program begins. */
  | {
      readonly type: 'execution-start'
      readonly source: string
      readonly attempt: number
      readonly block: number
      readonly program: Program
    }
  /** A piece of what a program prints. */
  | {
      readonly type: 'output-delta'
      readonly source: string
      readonly attempt: number
      readonly block: number
      readonly stream: 'output' | 'error'
      readonly text: string
    }
  /** A program is over, or will not run. */
  | {
      readonly type: 'execution-end'
      readonly source: string
      readonly attempt: number
      readonly block: number
      readonly result: BlockResult
    }
  /** The model gets another attempt, the one with this number. */
  | { readonly type: 'retry'; readonly source: string; readonly attempt: number; readonly reason: string }
  /** Something was prepared for the code: packages installed, functions put in place. */
  | { readonly type: 'setup'; readonly source: string; readonly command: string; readonly result: CodeResult }
  /** An agent speaks. */
  | { readonly type: 'message'; readonly source: string; readonly message: IdentifiedMessage }

/** Hears an event. */
export type EventListener = (event: AgentEvent) => void
