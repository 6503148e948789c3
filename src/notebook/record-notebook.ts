import type { CellRecord, KernelExecutor } from '../engine/index.ts'
import { CellIds } from './cell-id.ts'
import { notebookOutputs } from './cell-outputs.ts'
import { FORMAT, type Notebook } from './notebook.ts'
import { gatherWidgets } from './widgets.ts'

/** What is recorded from: every executor that feeds kernels. */
export type RecordableExecutor = Pick<KernelExecutor, 'recordCells'>

/** Writes down what an executor's kernels run, to make a notebook of. */
export class NotebookRecording implements Disposable {
  readonly #cells: CellRecord[] = []
  readonly #ids = new CellIds()
  readonly #idOf = new WeakMap<CellRecord, string>()
  readonly #end: () => void

  constructor(executor: RecordableExecutor) {
    this.#end = executor.recordCells((cell) => {
      this.#cells.push(cell)
      this.#idOf.set(cell, this.#ids.take())
    })
  }

  /**
   * A notebook of every cell that ended since the recording began, in order and with its outputs. It has the kernel of the
   * first cell; a cell of another language says so in `metadata.language`, since a notebook has one kernel.
   */
  toNotebook(): Notebook {
    const first = this.#cells[0]
    return gatherWidgets({
      ...FORMAT,
      metadata: first
        ? {
            kernelspec: { name: first.kernel, display_name: first.kernel, language: first.language },
            language_info: { name: first.language },
          }
        : {},
      cells: this.#cells.map((cell) => ({
        cell_type: 'code',
        id: this.#idOf.get(cell) ?? '',
        metadata: cell.language === first?.language ? {} : { language: cell.language },
        source: cell.code,
        execution_count: cell.executionCount,
        outputs: notebookOutputs(cell),
      })),
    })
  }

  /** Ends the recording. */
  [Symbol.dispose](): void {
    this.#end()
  }
}

/** Begins to write down what an executor's kernels run. */
export function recordNotebook(executor: RecordableExecutor): NotebookRecording {
  return new NotebookRecording(executor)
}
