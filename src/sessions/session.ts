import { assertKnownKeys, CodeExecutorError, type CodeExecutor } from '../core/index.ts'
import type { Copied, Downloaded, ExecutorFiles, TransferFailure, Uploaded } from '../files/index.ts'

/** Options of {@link openSession}. */
export interface SessionOptions {
  /** Where the session works. It belongs to the session, which stops it at its end. */
  readonly executor: CodeExecutor
  /**
   * Files of this machine that are there from the beginning: paths, or patterns such as `data/*.csv`. A session one of whose
   * files cannot be brought does not open.
   */
  readonly inputFiles?: string | readonly string[]
  /** Where outputs are saved at the end, on this machine. @defaultValue they are not saved */
  readonly outputDir?: string
  /** Gives up opening; later it ends the session, and outputs are not saved. */
  readonly signal?: AbortSignal
}

/** Options of {@link Session.openChild}. */
export interface ChildSessionOptions {
  /** Where the child works; it stops this executor at its end. @defaultValue the parent's own place: nothing is copied */
  readonly executor?: CodeExecutor
  /** Files and directories of the parent that the child gets under the same paths. */
  readonly inputFiles?: string | readonly string[]
  /** Ends the child. */
  readonly signal?: AbortSignal
}

/** What became of a session's outputs. Nothing is thrown for one of them. */
export interface SessionReport {
  /** Saved on this machine, or with a child arrived at its parent; `target` is where. */
  readonly saved: readonly { readonly path: string; readonly target: string; readonly sizeBytes: number }[]
  readonly failed: readonly TransferFailure[]
}

/** An executor with files of its own. */
export type FileExecutor = CodeExecutor & { readonly files: ExecutorFiles }

/** Somebody's work in one place, from the files that come in to those that go out. */
export interface Session extends AsyncDisposable {
  readonly executor: FileExecutor
  readonly files: ExecutorFiles
  /** What was brought at the beginning. */
  readonly inputs: readonly { readonly source: string; readonly path: string; readonly sizeBytes: number }[]
  /**
   * Names the files and directories that the session is for. They are handed over at its end: copied, never moved.
   * Answers with those that are not there, and declares nothing then.
   */
  declareOutputs(paths: string | readonly string[]): Promise<readonly TransferFailure[]>
  /** A session within this one, that ends with it at the latest. Its outputs come here. @throws like {@link openSession} */
  openChild(options?: ChildSessionOptions): Promise<Session>
  /** Hands over the outputs and ends everything. Idempotent; `Symbol.asyncDispose` is this. */
  close(): Promise<SessionReport>
}

const NOTHING: SessionReport = { saved: [], failed: [] }

/**
 * Opens a session: starts the executor and brings the files.
 * @throws `CAPABILITY_UNSUPPORTED` for an executor without files, `FILE_NOT_FOUND` for an input that is not there,
 * `BACKEND_REJECTED` for one that the place does not take, what starting throws, `signal.reason`. The executor is stopped then.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  assertKnownKeys(options, ['executor', 'inputFiles', 'outputDir', 'signal'] satisfies (keyof SessionOptions)[], 'options')
  const { inputFiles = [], outputDir, signal } = options
  const executor = withFiles(options.executor)
  return opening(executor, signal, async () => {
    const brought = inputFiles.length === 0 ? { uploaded: [], failed: [] } : await executor.files.upload(inputFiles, { signal })
    assertAll(executor, brought.failed)
    const handOver = async (paths: readonly string[]): Promise<SessionReport> =>
      outputDir === undefined ? notSaved(paths) : executor.files.download(paths, outputDir)
    return new OpenSession(executor, brought.uploaded, handOver, () => executor.stop(), signal)
  })
}

class OpenSession implements Session {
  readonly executor: FileExecutor
  readonly inputs: Uploaded['uploaded']
  readonly #handOver: (paths: readonly string[]) => Promise<SessionReport>
  readonly #end: () => Promise<void>
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => void this.close().catch(() => {})
  readonly #outputs = new Set<string>()
  readonly #children = new Set<Session>()
  #closing: Promise<SessionReport> | undefined

  constructor(
    executor: FileExecutor,
    inputs: Uploaded['uploaded'],
    handOver: (paths: readonly string[]) => Promise<SessionReport>,
    end: () => Promise<void>,
    signal: AbortSignal | undefined,
  ) {
    this.executor = executor
    this.inputs = inputs
    this.#handOver = handOver
    this.#end = end
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.#onAbort()
  }

  get files(): ExecutorFiles {
    return this.executor.files
  }

  async declareOutputs(paths: string | readonly string[]): Promise<readonly TransferFailure[]> {
    this.#assertOpen()
    const missing: TransferFailure[] = []
    const found: string[] = []
    for (const path of listOf(paths)) {
      const answer = await this.files.stat(path)
      if (answer.ok) found.push(answer.path)
      else missing.push({ path, code: answer.code, message: answer.message })
    }
    if (missing.length === 0) for (const path of found) this.#outputs.add(path)
    return missing
  }

  async openChild(options: ChildSessionOptions = {}): Promise<Session> {
    this.#assertOpen()
    assertKnownKeys(options, ['executor', 'inputFiles', 'signal'] satisfies (keyof ChildSessionOptions)[], 'options')
    const child =
      options.executor === undefined ? await this.#openShared(options) : await this.#openApart(withFiles(options.executor), options)
    this.#children.add(child)
    return child
  }

  close(): Promise<SessionReport> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The same place: outputs are where they should be already. */
  async #openShared({ inputFiles = [], signal }: ChildSessionOptions): Promise<Session> {
    const inputs: Uploaded['uploaded'][number][] = []
    for (const path of listOf(inputFiles)) {
      const answer = await this.files.stat(path, { signal })
      if (!answer.ok) assertAll(this.executor, [{ path, code: answer.code, message: answer.message }])
      else inputs.push({ source: path, path: answer.path, sizeBytes: answer.sizeBytes })
    }
    const arrived = async (paths: readonly string[]): Promise<SessionReport> => ({ saved: await this.#sizes(paths), failed: [] })
    return new OpenSession(this.executor, inputs, arrived, () => Promise.resolve(), signal)
  }

  #openApart(executor: FileExecutor, { inputFiles = [], signal }: ChildSessionOptions): Promise<Session> {
    return opening(executor, signal, async () => {
      const paths = listOf(inputFiles)
      const { copied, failed }: Copied =
        paths.length === 0 ? { copied: [], failed: [] } : await this.files.copyTo(executor, paths, { signal })
      assertAll(executor, failed)
      const inputs = copied.map(({ path, target, sizeBytes }) => ({ source: path, path: target, sizeBytes }))
      const handOver = async (outputs: readonly string[]): Promise<SessionReport> => {
        const back = await executor.files.copyTo(this.executor, outputs)
        return { saved: back.copied, failed: back.failed }
      }
      return new OpenSession(executor, inputs, handOver, () => executor.stop(), signal)
    })
  }

  async #sizes(paths: readonly string[]): Promise<SessionReport['saved']> {
    const answers = await Promise.all(paths.map((path) => this.files.stat(path)))
    return answers.flatMap((answer) => (answer.ok ? [{ path: answer.path, target: answer.path, sizeBytes: answer.sizeBytes }] : []))
  }

  async #close(): Promise<SessionReport> {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    try {
      // What children made may be an output of this one.
      await Promise.allSettled([...this.#children].map((child) => child.close()))
      const outputs = [...this.#outputs]
      if (outputs.length === 0 || this.#signal?.aborted) return NOTHING
      return await this.#handOver(outputs).catch((error: unknown) => allFailed(outputs, error))
    } finally {
      await this.#end()
    }
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    const { name } = this.executor
    throw new CodeExecutorError('EXECUTOR_STOPPED', 'The session was closed. Open a new one.', { executor: name })
  }
}

/** Starts the executor for a session, and stops it when the session cannot be opened. */
async function opening(executor: CodeExecutor, signal: AbortSignal | undefined, open: () => Promise<Session>): Promise<Session> {
  try {
    signal?.throwIfAborted()
    await executor.start(signal === undefined ? {} : { signal })
    return await open()
  } catch (error) {
    await executor.stop().catch(() => {}) // the first error says more
    throw error
  }
}

/** @throws `CAPABILITY_UNSUPPORTED` */
function withFiles(executor: CodeExecutor): FileExecutor {
  const { files } = executor as Partial<FileExecutor>
  if (files !== undefined && typeof files.upload === 'function') return executor as FileExecutor
  const missing = 'it has no files that can be brought and saved; take one that runs commands'
  throw new CodeExecutorError('CAPABILITY_UNSUPPORTED', `The ${executor.name} executor cannot have a session: ${missing}.`, {
    executor: executor.name,
    capability: 'files',
    missing,
  })
}

/** @throws `FILE_NOT_FOUND`, `BACKEND_REJECTED` */
function assertAll(executor: CodeExecutor, [first, ...others]: Downloaded['failed']): void {
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` ${others.length} more failed, too.`
  const message = `The session cannot be opened without its files. ${first.path}: ${first.message}${more}`
  if (first.code === 'file_not_found') throw new CodeExecutorError('FILE_NOT_FOUND', message, { path: first.path })
  throw new CodeExecutorError('BACKEND_REJECTED', message, { executor: executor.name, reason: `${first.path}: ${first.message}` })
}

function notSaved(paths: readonly string[]): SessionReport {
  return {
    saved: [],
    failed: paths.map((path) => ({ path, code: 'invalid_argument', message: 'The session has no outputDir to save it in.' })),
  }
}

/** An executor that went away takes its outputs along; that is told, and ends nobody's work. */
function allFailed(paths: readonly string[], error: unknown): SessionReport {
  const message = error instanceof Error ? error.message : String(error)
  return { saved: [], failed: paths.map((path) => ({ path, code: 'file_not_found', message })) }
}

function listOf(paths: string | readonly string[]): readonly string[] {
  return typeof paths === 'string' ? [paths] : paths
}
