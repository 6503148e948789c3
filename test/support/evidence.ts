import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { ErrorCode } from '../../src/core/index.ts'

/** One line of what a test run leaves for its summary. */
export type EvidenceRecord = SubjectRecord | { readonly kind: 'error-code'; readonly code: ErrorCode }

export interface SubjectRecord {
  /** A check is something that holds tests against the world outside, where that is at hand. */
  readonly kind: 'executor' | 'language' | 'check'
  readonly name: string
  readonly status: 'exercised' | 'unavailable'
  /** Why it is unavailable, as the end of a sentence that starts with "because". */
  readonly reason?: string
}

/** Tells the summary that a test ran on an executor or a language, or with a check, or why none could. */
export function recordSubject(subject: SubjectRecord): void {
  append(subject)
}

/** Tells the summary that an error with this code was really thrown. */
export function recordErrorCode(code: ErrorCode): void {
  append({ kind: 'error-code', code })
}

/** Appends to a file of this process alone, so that test files running side by side never write into each other's lines. */
function append(record: EvidenceRecord): void {
  const directory = process.env['POLYRUN_EVIDENCE']
  // A test file that is run by itself has no summary to write for.
  if (directory === undefined || directory === '') return
  appendFileSync(join(directory, `${process.pid}-${threadId}.jsonl`), `${JSON.stringify(record)}\n`)
}
