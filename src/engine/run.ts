import type { CodeResult, DisplayData, ExecutionEvent, Phase, Termination } from '../core/index.ts'
import { CappedBytes } from './capped-bytes.ts'

/** What a program may be told to do and asked for while it runs; every executor family feeds one of these. */
export class Run {
  readonly signal: AbortSignal
  readonly #startedAt = performance.now()
  readonly #output: OutputStream
  readonly #error: OutputStream
  #display: Shown[] = []
  readonly #listener: ((event: ExecutionEvent) => void) | undefined
  /** From now on whoever runs the program holds its time limit, and says when that ended it. */
  readonly holdDeadline: () => void
  #phase: Phase = 'run'
  #stateLost = false
  #clearsNext = false

  constructor(signal: AbortSignal, outputBytes: number, listener?: (event: ExecutionEvent) => void, holdDeadline: () => void = () => {}) {
    this.signal = signal
    this.holdDeadline = holdDeadline
    this.#listener = listener
    this.#output = new OutputStream(outputBytes, listener && ((text) => listener({ type: 'output-delta', text })))
    this.#error = new OutputStream(outputBytes, listener && ((text) => listener({ type: 'error-delta', text })))
  }

  /** A phase begins. */
  startPhase(phase: Phase): void {
    this.#phase = phase
    this.#listener?.({ type: 'phase-start', phase })
  }

  /** Standard output came. The chunk's memory may be used again after the call. */
  readonly writeOutput = (chunk: Uint8Array): void => {
    if (this.#clearsNext) this.clear()
    this.#output.push(chunk)
  }

  /** Standard error came. The chunk's memory may be used again after the call. */
  readonly writeError = (chunk: Uint8Array): void => {
    if (this.#clearsNext) this.clear()
    this.#error.push(chunk)
  }

  /** Bytes of a stream, at this point of it, never came. */
  readonly omit = (stream: 'output' | 'error', bytes: number): void => (stream === 'output' ? this.#output : this.#error).omit(bytes)

  /** A rich output came; it can be replaced by its id. */
  addDisplay(data: DisplayData, id?: string): void {
    if (this.#clearsNext) this.clear()
    this.#display.push({ data, id })
    this.#listener?.({ type: 'display', data, ...(id !== undefined && { id }) })
  }

  /** What was shown under an id, in this run or an earlier one, has a new content. The result of an earlier run stays as it was. */
  replaceDisplay(id: string, data: DisplayData): void {
    this.#display = this.#display.map((shown) => (shown.id === id ? { data, id } : shown))
    this.#listener?.({ type: 'display', data, replaces: id })
  }

  /** Takes back what was shown; with `whenNext` only when something new is. */
  clear(whenNext = false): void {
    this.#clearsNext = whenNext
    if (whenNext) return
    this.#display = []
    this.#output.clear()
    this.#error.clear()
    this.#listener?.({ type: 'clear' })
  }

  /** What earlier runs left in the place is gone. */
  readonly loseState = (): void => void (this.#stateLost = true)

  /** The program ended; nothing may be written after this. */
  finish(termination: Termination): CodeResult {
    this.#output.end()
    this.#error.end()
    const exitCode = termination.kind === 'exited' ? termination.exitCode : termination.kind === 'raised' ? 1 : null
    return {
      output: this.#output.kept.text(),
      error: this.#error.kept.text(),
      exitCode,
      success: exitCode === 0,
      termination,
      phase: this.#phase,
      display: this.#display.map(({ data }) => data),
      omittedBytes: { output: this.#output.kept.omittedBytes, error: this.#error.kept.omittedBytes },
      durationMs: performance.now() - this.#startedAt,
      ...(this.#stateLost && { stateLost: true }),
    }
  }
}

interface Shown {
  readonly data: DisplayData
  readonly id: string | undefined
}

/** One stream of a program: kept with both ends for the result, told up to the cap to whoever listens. */
class OutputStream {
  readonly #limitBytes: number
  #kept: CappedBytes
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #tell: ((text: string) => void) | undefined
  #leftToTell: number

  constructor(limitBytes: number, tell: ((text: string) => void) | undefined) {
    this.#limitBytes = limitBytes
    this.#kept = new CappedBytes(limitBytes)
    this.#leftToTell = limitBytes
    this.#tell = tell
  }

  get kept(): CappedBytes {
    return this.#kept
  }

  /** Forgets what came. What was told counts on, or a program could tell without end. */
  clear(): void {
    this.#kept = new CappedBytes(this.#limitBytes)
    this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  }

  push(chunk: Uint8Array): void {
    this.kept.push(chunk)
    if (this.#tell === undefined || this.#leftToTell === 0) return
    const told = chunk.subarray(0, this.#leftToTell)
    this.#leftToTell -= told.byteLength
    const text = this.#decoder.decode(told, { stream: true })
    if (text !== '') this.#tell(text)
  }

  /** Takes note of bytes that never came. What is told goes on after them. */
  omit(bytes: number): void {
    this.kept.omit(bytes)
    this.#leftToTell = Math.max(0, this.#leftToTell - bytes)
  }

  end(): void {
    if (this.#tell === undefined) return
    // Past the cap the decoder may hold the first half of a character that was cut, which is no error of the program.
    const rest = this.#decoder.decode()
    if (rest !== '' && this.kept.omittedBytes === 0) this.#tell(rest)
  }
}
