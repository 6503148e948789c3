import { isJsonType, type MimeBundle, type Notebook, type NotebookCell, type NotebookOutput } from './notebook.ts'

/** A notebook as the text of an `.ipynb` file, the way Jupyter writes it: sorted keys, one blank of indent, text as a list of lines. */
export function formatNotebook(notebook: Notebook): string {
  const content = { ...notebook, cells: notebook.cells.map(cellOf) }
  return `${JSON.stringify(sorted(content), undefined, 1)}\n`
}

function cellOf(cell: NotebookCell): unknown {
  const source = linesOf(cell.source)
  if (cell.cell_type === 'code') return { ...cell, source, outputs: cell.outputs.map(outputOf) }
  if (cell.attachments === undefined) return { ...cell, source }
  const attachments = Object.entries(cell.attachments).map(([name, bundle]) => [name, bundleOf(bundle)])
  return { ...cell, source, attachments: Object.fromEntries(attachments) as unknown }
}

function outputOf(output: NotebookOutput): unknown {
  if (output.output_type === 'stream') return { ...output, text: linesOf(output.text) }
  return 'data' in output ? { ...output, data: bundleOf(output.data) } : output
}

function bundleOf(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => [
      type,
      typeof content === 'string' && !isJsonType(type) ? inFile(type, content) : content,
    ]),
  )
}

/** Base64 has no lines that anybody reads. */
function inFile(type: string, content: string): string | string[] {
  return /^(?:text\/|image\/svg|application\/javascript)/.test(type) ? linesOf(content) : content
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? []
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
}
