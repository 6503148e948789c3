/**
 * A notebook of the format 4.5, as plain data (https://nbformat.readthedocs.io/en/latest/format_description.html). Text that
 * files hold as lists of lines is one text here.
 */
export interface Notebook {
  readonly nbformat: 4
  readonly nbformat_minor: number
  /** The kernel and the language, among what any program may keep here. */
  readonly metadata: NotebookMetadata
  readonly cells: readonly NotebookCell[]
}

/** What a notebook says about itself, as far as it is read here. */
export interface NotebookMetadata {
  readonly kernelspec?: { readonly name: string; readonly display_name: string; readonly language?: string }
  readonly language_info?: { readonly name: string }
  readonly [key: string]: unknown
}

/** One cell, by `cell_type`. */
export type NotebookCell = CodeCell | TextCell

/** A cell that a kernel runs. */
export interface CodeCell extends CellParts {
  readonly cell_type: 'code'
  /** The number that the kernel gave to its last run. */
  readonly execution_count: number | null
  readonly outputs: readonly NotebookOutput[]
}

/** A cell that is read only. */
export interface TextCell extends CellParts {
  readonly cell_type: 'markdown' | 'raw'
  /** Files that its text shows: name to MIME bundle. */
  readonly attachments?: Readonly<Record<string, MimeBundle>>
}

interface CellParts {
  /** What names the cell within its notebook: 1 to 64 letters, digits, dashes and underscores. */
  readonly id: string
  readonly metadata: CellMetadata
  readonly source: string
}

/** What a cell says about itself, as far as it is read here. */
export interface CellMetadata {
  readonly tags?: readonly string[]
  readonly [key: string]: unknown
}

/** MIME type to content: text, base64 for binary types, any value for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>

/** What a run of a cell left, by `output_type`. */
export type NotebookOutput =
  | { readonly output_type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | { readonly output_type: 'display_data'; readonly data: MimeBundle; readonly metadata: Readonly<Record<string, unknown>> }
  | {
      readonly output_type: 'execute_result'
      readonly execution_count: number | null
      readonly data: MimeBundle
      readonly metadata: Readonly<Record<string, unknown>>
    }
  | { readonly output_type: 'error'; readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] }

/** The format that is written. */
export const FORMAT = { nbformat: 4, nbformat_minor: 5 } as const

/** Whether a type holds any value of JSON, and no text. */
export function isJsonType(type: string): boolean {
  return /^application\/(?:.*\+)?json$/i.test(type.split(';', 1)[0] ?? '')
}
