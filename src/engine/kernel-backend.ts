import type { DisplayData, Termination } from '../core/index.ts'
import type { Language } from '../languages/index.ts'
import type { ExecutorBackend } from './managed-executor.ts'

/** A place that feeds code to kernels: interpreters that keep their state between pieces of code. */
export interface KernelBackend extends ExecutorBackend {
  /**
   * Makes the kernel of a language ready, and returns its name. A kernel that died is replaced here.
   * @throws `LANGUAGE_UNAVAILABLE` with the kernels that exist
   */
  readyKernel(language: Language, signal: AbortSignal): Promise<string>
  /**
   * The kernel of a language, started or not.
   * @throws `LANGUAGE_UNAVAILABLE` with the kernels that exist
   */
  findKernel(language: Language): string
  /** Writes files below the kernels' working directory. */
  writeFiles(files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<void>
  /**
   * Runs a piece of code on a kernel of {@link readyKernel}. When `io.signal` fires the code is interrupted, or its kernel
   * killed: **it does not run any more when the promise settles**, whatever it settles with. Rejects only when the place
   * failed, never because the code did.
   */
  runCell(cell: Cell, io: CellIo): Promise<CellEnd>
}

/** A piece of code for a kernel. */
export interface Cell {
  /** The kernel's name. */
  readonly kernel: string
  readonly code: string
  /** What it reads on standard input; end of file at once when absent. */
  readonly stdin?: Uint8Array
  /** Whether the kernel is to treat it as none of the user's: it is not counted and shows no results. @defaultValue false */
  readonly silent?: boolean
}

/** Where a cell's output goes, and what ends it. */
export interface CellIo {
  onOutput(chunk: Uint8Array): void
  onError(chunk: Uint8Array): void
  /** A rich output, or a new content for those that were shown under an id. */
  onDisplay(display: CellDisplay): void
  /** An exception that nobody caught, as the kernel tells it: the lines of the traceback may have colours. */
  onRaised(error: RaisedError): void
  /** Everything that was shown is to be taken back; with `wait` only when something new is shown. */
  onClear(wait: boolean): void
  /** The number that the kernel gave to the cell. */
  onCount(count: number): void
  /** Hears that the kernel was replaced, and that the names of earlier cells are gone. */
  onStateLost(): void
  /** Ends the cell. */
  readonly signal: AbortSignal
}

/** An exception that ended a cell. */
export interface RaisedError {
  readonly name: string
  readonly message: string
  readonly traceback: readonly string[]
}

/** A rich output as a kernel tells it. */
export interface CellDisplay extends DisplayData {
  /** Shown by the code, the value of its last expression, or a new content for something that was shown before. */
  readonly kind: 'display' | 'result' | 'update'
  /** The id under which it can be updated. */
  readonly id: string | undefined
}

/** How a cell ended. Time limits are the engine's to tell. */
export type CellEnd = Exclude<Termination, { kind: 'timed-out' }>
