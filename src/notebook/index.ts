export { formatNotebook } from './format-notebook.ts'
export type { CellMetadata, CodeCell, MimeBundle, Notebook, NotebookCell, NotebookMetadata, NotebookOutput, TextCell } from './notebook.ts'
export { parseNotebook, readNotebook } from './parse-notebook.ts'
export { recordNotebook, type NotebookRecording, type RecordableExecutor } from './record-notebook.ts'
export {
  notebookLanguage,
  runNotebook,
  type FailedCell,
  type NotebookProgress,
  type NotebookRun,
  type RunNotebookOptions,
} from './run-notebook.ts'
