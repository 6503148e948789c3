import type { CodeExecutor } from '../../core/index.ts'
import { withoutColours } from '../../engine/index.ts'
import {
  formatNotebook,
  parseNotebook,
  runNotebook,
  type CodeCell,
  type Notebook,
  type NotebookRun,
  type RecordableExecutor,
} from '../../notebook/index.ts'
import { invalid } from '../errors.ts'
import { loadExecutor, placeSettings, type PlaceSettings } from '../executors.ts'
import { exitCodeOf } from '../exit-codes.ts'
import { given } from '../given.ts'
import { say, type CliIo } from '../io.ts'
import { NotebookTicker } from '../notebook-ticker.ts'
import { readProgramFiles } from '../program-files.ts'
import { Progress } from '../progress.ts'
import { checkWritable, writeWhole } from '../write-whole.ts'

/** The flags of `polyrun notebook run`. */
export interface NotebookFlags extends PlaceSettings {
  readonly executor: string
  readonly output?: string
  readonly timeout?: number
  readonly memory?: number
  readonly keepGoing?: boolean
  readonly allowErrors?: boolean
  readonly language?: string
  readonly workdir?: string
}

/** A notebook that trains a model takes its time, and whoever does not want to wait can press Ctrl-C. */
const NO_LIMIT_MS = 2_147_483_647
/** What each stream of a cell may be in the notebook. */
const OUTPUT_BYTES = 16 * 1024 ** 2

/** Runs a notebook, writes it with its outputs, and returns the exit code that says how it went. */
export async function runNotebookFile(file: string, flags: NotebookFlags, io: CliIo): Promise<number> {
  const notebook = readNotebookFile(file, io)
  const { output, timeout = NO_LIMIT_MS, memory, workdir } = flags
  if (output !== undefined && output !== '-') await checkWritable(output, io.cwd)
  const progress = new Progress(io)
  const ticker = new NotebookTicker(io)
  try {
    const adapter = await loadExecutor(flags.executor)
    await using executor = adapter.create(
      {
        ...placeSettings(flags.executor, flags),
        ...given({ workDir: workdir }),
        timeoutMs: timeout,
        limits: { ...given({ memory }), outputBytes: OUTPUT_BYTES },
      },
      { warn: (warning) => say(io, 'note', warning), wait: (wait) => progress.showWait(wait) },
    )
    assertRecords(executor, flags.executor)
    progress.show('starting the kernel')
    await executor.start({ signal: io.signal })
    progress.stop()
    const run = await runNotebook(notebook, executor, {
      ...given({ language: flags.language }),
      onError: flags.allowErrors === true ? 'allow' : flags.keepGoing === true ? 'go-on' : 'stop',
      signal: io.signal,
      onProgress: (each) => ticker.tick(each),
    })
    ticker.stop()
    await write(run.notebook, output, io)
    return tellEnd(run, io)
  } finally {
    ticker.stop()
    progress.stop()
  }
}

function readNotebookFile(file: string, io: CliIo): Notebook {
  const [found] = readProgramFiles([file], io.cwd)
  try {
    return parseNotebook(Buffer.from(found?.content ?? []).toString('utf8'))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw invalid('FILE', file, message.replace(/^The file /, `${file} `).replaceAll('FILE.ipynb', file))
  }
}

function assertRecords<T extends CodeExecutor>(executor: T, name: string): asserts executor is T & RecordableExecutor {
  if ('recordCells' in executor) return
  throw invalid('--executor', name, `The ${name} executor has no kernels. Take --executor jupyter or docker-jupyter.`)
}

async function write(notebook: Notebook, output: string | undefined, io: CliIo): Promise<void> {
  if (output === undefined) return
  const text = formatNotebook(notebook)
  if (output === '-') io.stdout.write(text)
  else await writeWhole(output, text, io.cwd)
}

function tellEnd({ notebook, failed }: NotebookRun, io: CliIo): number {
  for (const { index } of failed) say(io, 'failure', describeFailure(notebook, index))
  const [first] = failed
  // A cell that exited with 0 took its kernel with it all the same.
  return first === undefined ? 0 : exitCodeOf(first.termination) || 1
}

function describeFailure(notebook: Notebook, index: number): string {
  const cell = notebook.cells[index] as CodeCell
  const errors = cell.outputs.filter((output) => output.output_type === 'error')
  const [error] = errors.slice(-1)
  const traceback = withoutColours(error?.traceback.join('\n') ?? '')
  return `cell ${index + 1} (id ${cell.id}) failed: ${error?.ename ?? ''}: ${error?.evalue ?? ''}\n${traceback}`
}
