import type { Notebook, NotebookCell } from './notebook.ts'

const WIDGET_STATE = 'application/vnd.jupyter.widget-state+json'

/**
 * Moves the models of widgets from where they were shown to where a notebook has them: once, in its metadata. Those that are
 * there already stay.
 * @see https://ipywidgets.readthedocs.io/en/stable/embedding.html
 */
export function gatherWidgets(notebook: Notebook): Notebook {
  const found: Record<string, unknown> = {}
  const cells = notebook.cells.map((cell) => withoutState(cell, found))
  if (Object.keys(found).length === 0) return notebook
  const widgets = recordOf(notebook.metadata['widgets'])
  const before = recordOf(recordOf(widgets[WIDGET_STATE])['state'])
  const state = { version_major: 2, version_minor: 0, state: { ...before, ...found } }
  return { ...notebook, cells, metadata: { ...notebook.metadata, widgets: { ...widgets, [WIDGET_STATE]: state } } }
}

function withoutState(cell: NotebookCell, found: Record<string, unknown>): NotebookCell {
  if (cell.cell_type !== 'code') return cell
  const outputs = cell.outputs.map((output) => {
    if (!('data' in output) || !(WIDGET_STATE in output.data)) return output
    const { [WIDGET_STATE]: shown, ...data } = output.data
    Object.assign(found, recordOf(recordOf(shown)['state']))
    return { ...output, data }
  })
  return { ...cell, outputs }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
