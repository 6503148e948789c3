import {
  CodeExecutorError,
  ResourceExhaustedError,
  TimeoutError,
  type CodeExecutor,
  type CodeResult,
  type Termination,
} from '../core/index.ts'
import type { CellRecord } from '../engine/index.ts'
import { notebookOutputs } from './cell-outputs.ts'
import type { CodeCell, Notebook, NotebookCell } from './notebook.ts'
import type { RecordableExecutor } from './record-notebook.ts'
import { gatherWidgets } from './widgets.ts'

/** The tags of cells that nbclient, Jupyter's own program for this, heeds. */
const TAGS = {
  /** It is meant to fail, and the run goes on. */
  mayRaise: 'raises-exception',
  /** It is left out. */
  skip: 'skip-execution',
} as const

/** How a notebook is run. */
export interface RunNotebookOptions {
  /** The language of its code cells. @defaultValue what {@link notebookLanguage} says */
  readonly language?: string
  /** Time limit of each cell, in milliseconds. @defaultValue the executor's */
  readonly timeoutMs?: number
  /**
   * What a cell that raised an exception does: it ends the run (`'stop'`), the run goes on and has failed (`'go-on'`), or that
   * is no failure (`'allow'`). @defaultValue 'stop'
   */
  readonly onError?: 'stop' | 'go-on' | 'allow'
  /** Ends the run. */
  readonly signal?: AbortSignal
  /** Hears of each cell before and after it ran. What it throws ends the run. */
  readonly onProgress?: (progress: NotebookProgress) => void
}

/** Where a run is. */
export interface NotebookProgress {
  readonly state: 'begun' | 'succeeded' | 'failed' | 'skipped'
  /** The cell's place among all cells, from 0 on. */
  readonly index: number
  /** Its place among the code cells, from 1 on, and how many there are. */
  readonly number: number
  readonly of: number
  readonly cell: CodeCell
  /** How it ended; absent before and for one that was left out. */
  readonly termination?: Termination
  readonly durationMs?: number
}

/** A cell that failed and was not meant to. */
export interface FailedCell {
  /** Its place among all cells, from 0 on. */
  readonly index: number
  readonly termination: Termination
}

/** What came of a run. */
export interface NotebookRun {
  /** The notebook with the outputs of this run; a cell that was not reached has none. */
  readonly notebook: Notebook
  /** The cells that failed. */
  readonly failed: readonly FailedCell[]
  /** Whether every cell was reached. */
  readonly isComplete: boolean
}

/** The language of a notebook's code cells. @defaultValue python */
export function notebookLanguage({ metadata }: Notebook): string {
  return metadata.kernelspec?.language ?? metadata.language_info?.name ?? 'python'
}

/**
 * Runs the code cells of a notebook one after the other, each with its magics and shell escapes as it is. A cell that raises an
 * exception ends the run unless `onError` says otherwise or it has the tag `raises-exception`; one with the tag
 * `skip-execution` is left out and keeps its outputs. A time limit is a failure in any case. After a cell with which the kernel
 * was lost the run ends: what cells before it defined is gone.
 *
 * @throws what the executor throws when it fails itself; the signal's reason
 */
export async function runNotebook(
  notebook: Notebook,
  executor: Pick<CodeExecutor, 'executeCode'> & RecordableExecutor,
  options: RunNotebookOptions = {},
): Promise<NotebookRun> {
  const { language = notebookLanguage(notebook), onError = 'stop', onProgress = () => {} } = options
  const isCode = (cell: NotebookCell): cell is CodeCell => cell.cell_type === 'code'
  const cells: NotebookCell[] = notebook.cells.map((cell) => (isCode(cell) && !isSkipped(cell) ? fresh(cell) : cell))
  const of = cells.filter(isCode).length
  const failed: FailedCell[] = []
  let number = 0
  let isComplete = true
  for (const [index, cell] of cells.entries()) {
    if (!isCode(cell)) continue
    const place = { index, number: (number += 1), of, cell }
    if (isSkipped(cell)) {
      onProgress({ ...place, state: 'skipped' })
      continue
    }
    onProgress({ ...place, state: 'begun' })
    const { ran, result } = await runCell(cell, language, executor, options)
    const { success, termination, durationMs, stateLost } = result
    cells[index] = ran
    const mayRaise = termination.kind === 'raised' && (onError === 'allow' || hasTag(cell, TAGS.mayRaise))
    // A kernel that exited, with 0 even, has taken with it what the next cells need.
    const isFailure = stateLost === true || !(success || mayRaise)
    if (isFailure) failed.push({ index, termination })
    onProgress({ ...place, cell: ran, state: isFailure ? 'failed' : 'succeeded', termination, durationMs })
    isComplete = !isFailure || (onError !== 'stop' && stateLost !== true)
    if (!isComplete) break
  }
  return { notebook: gatherWidgets({ ...notebook, cells }), failed, isComplete }
}

async function runCell(
  cell: CodeCell,
  language: string,
  executor: Pick<CodeExecutor, 'executeCode'> & RecordableExecutor,
  { timeoutMs, signal }: RunNotebookOptions,
): Promise<{ readonly ran: CodeCell; readonly result: CodeResult }> {
  let record: CellRecord | undefined
  const end = executor.recordCells((each) => {
    if (each.code === cell.source) record = each
  })
  try {
    const limits = { ...(timeoutMs !== undefined && { timeoutMs }), ...(signal && { signal }) }
    const result = await resultOf(executor.executeCode(cell.source, language, limits))
    if (record === undefined) throw unrecorded()
    const outputs = [...notebookOutputs(record), ...explanation(result)]
    return { ran: { ...cell, execution_count: record.executionCount, outputs }, result }
  } finally {
    end()
  }
}

/** A limit is an end like others here: the notebook keeps what the cell showed. */
async function resultOf(run: Promise<CodeResult>): Promise<CodeResult> {
  try {
    return await run
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof ResourceExhaustedError) return error.result
    throw error
  }
}

/** What no kernel tells: a reader of the notebook sees why the cell has no end. */
function explanation({ success, termination, stateLost }: CodeResult): CodeCell['outputs'] {
  if ((success && stateLost !== true) || termination.kind === 'raised') return []
  const { ename, evalue } = explain(termination)
  return [{ output_type: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] }]
}

function explain(termination: Exclude<Termination, { kind: 'raised' }>): { readonly ename: string; readonly evalue: string } {
  switch (termination.kind) {
    case 'timed-out':
      return { ename: 'CellTimeoutError', evalue: `the cell ran longer than ${termination.limitMs} ms` }
    case 'out-of-memory':
      return { ename: 'DeadKernelError', evalue: `the kernel used more than ${termination.limitBytes} bytes of memory` }
    case 'exited':
      return { ename: 'DeadKernelError', evalue: `the kernel exited with ${termination.exitCode}` }
    case 'signaled':
      return { ename: 'DeadKernelError', evalue: `the kernel was ended by ${termination.signal}` }
    case 'too-many-processes':
      return { ename: 'DeadKernelError', evalue: `the kernel asked for more than ${termination.limit} processes` }
    case 'out-of-disk':
      return { ename: 'DeadKernelError', evalue: `the kernel wrote more than ${termination.limitBytes} bytes` }
  }
}

/** Empty cells are left out, as Jupyter does. */
function isSkipped(cell: CodeCell): boolean {
  return cell.source.trim() === '' || hasTag(cell, TAGS.skip)
}

function hasTag({ metadata }: CodeCell, tag: string): boolean {
  return metadata.tags?.includes(tag) ?? false
}

function fresh(cell: CodeCell): CodeCell {
  return { ...cell, execution_count: null, outputs: [] }
}

function unrecorded(): CodeExecutorError<'PROTOCOL_VIOLATION'> {
  const promise = 'an executor that feeds kernels records each cell before its run ends'
  return new CodeExecutorError('PROTOCOL_VIOLATION', `The executor broke a promise: ${promise}.`, { executor: 'notebook', promise })
}
