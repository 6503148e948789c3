import type { CodeExecutorError, CodeResult } from '../../core/index.ts'
import type { Program } from '../code-blocks/index.ts'

/** What came of one program. */
export type BlockResult =
  /** It ran; `edited` says whether a person changed it before. */
  | { readonly status: 'ran'; readonly program: Program; readonly edited: boolean; readonly result: CodeResult }
  /** A person did not let it run. This is no failure of the program. */
  | { readonly status: 'denied'; readonly program: Program; readonly reason: string }
  /** The executor would not run this program: a language it lacks, a bad path, a rule against it. */
  | { readonly status: 'refused'; readonly program: Program; readonly error: CodeExecutorError }
  /** One before it did not succeed. */
  | { readonly status: 'not-run'; readonly program: Program }

/** What came of all programs together. */
export type Verdict = 'succeeded' | 'failed' | 'denied'

export function hasSucceeded(result: BlockResult): boolean {
  return result.status === 'ran' && result.result.success
}

export function judge(results: readonly BlockResult[]): Verdict {
  if (results.some(({ status }) => status === 'denied')) return 'denied'
  return results.every(hasSucceeded) ? 'succeeded' : 'failed'
}
