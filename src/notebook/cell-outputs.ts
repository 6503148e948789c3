import type { CellOutput, CellRecord } from '../engine/index.ts'
import type { MimeBundle, NotebookOutput } from './notebook.ts'

/** What a run of a cell showed, as a notebook keeps it. */
export function notebookOutputs({ outputs, executionCount }: Pick<CellRecord, 'outputs' | 'executionCount'>): NotebookOutput[] {
  return outputs.map((output) => notebookOutput(output, executionCount))
}

function notebookOutput(output: CellOutput, executionCount: number | null): NotebookOutput {
  switch (output.kind) {
    case 'stream':
      return { output_type: 'stream', name: output.stream === 'output' ? 'stdout' : 'stderr', text: output.text }
    case 'raised':
      return { output_type: 'error', ename: output.name, evalue: output.message, traceback: output.traceback }
    case 'display': {
      const { kind, data, metadata } = output.display
      const shown = { data: mimeBundle(data), metadata }
      if (kind === 'result') return { output_type: 'execute_result', execution_count: executionCount, ...shown }
      return { output_type: 'display_data', ...shown }
    }
  }
}

/** Bytes become base64, as everywhere in notebooks. */
function mimeBundle(data: Readonly<Record<string, unknown>>): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([type, content]) => [
      type,
      content instanceof Uint8Array ? Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64') : content,
    ]),
  )
}
