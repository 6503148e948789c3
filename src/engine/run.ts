import type { CodeResult, DisplayData, ExecutionEvent, Phase, Termination } from '../core/index.ts'
import { CappedBytes } from './capped-bytes.ts'

/** What a program may be told to do and asked for while it runs; every executor family feeds one of these. */
export class Run {
  readonly signal: AbortSignal
  readonly #startedAt = performance.now()
  readonly #output: OutputStream
  readonly #error: OutputStream
  readonly #display: DisplayData[] = []
  readonly #listener: ((event: ExecutionEvent) => void) | undefined
  #phase: Phase = 'run'

  constructor(signal: AbortSignal, outputBytes: number, listener?: (event: ExecutionEvent) => void) {
    this.signal = signal
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
  readonly writeOutput = (chunk: Uint8Array): void => this.#output.push(chunk)

  /** Standard error came. The chunk's memory may be used again after the call. */
  readonly writeError = (chunk: Uint8Array): void => this.#error.push(chunk)

  /** A rich output came. */
  addDisplay(data: DisplayData): void {
    this.#display.push(data)
    this.#listener?.({ type: 'display', data })
  }

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
      display: this.#display,
      omittedBytes: { output: this.#output.kept.omittedBytes, error: this.#error.kept.omittedBytes },
      durationMs: performance.now() - this.#startedAt,
    }
  }
}

/** One stream of a program: kept with both ends for the result, told up to the cap to whoever listens. */
class OutputStream {
  readonly kept: CappedBytes
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #tell: ((text: string) => void) | undefined
  #leftToTell: number

  constructor(limitBytes: number, tell: ((text: string) => void) | undefined) {
    this.kept = new CappedBytes(limitBytes)
    this.#leftToTell = limitBytes
    this.#tell = tell
  }

  push(chunk: Uint8Array): void {
    this.kept.push(chunk)
    if (this.#tell === undefined || this.#leftToTell === 0) return
    const told = chunk.subarray(0, this.#leftToTell)
    this.#leftToTell -= told.byteLength
    const text = this.#decoder.decode(told, { stream: true })
    if (text !== '') this.#tell(text)
  }

  end(): void {
    if (this.#tell === undefined) return
    // Past the cap the decoder may hold the first half of a character that was cut, which is no error of the program.
    const rest = this.#decoder.decode()
    if (rest !== '' && this.kept.omittedBytes === 0) this.#tell(rest)
  }
}
