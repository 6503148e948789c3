import type { CellDisplay, CellIo } from './kernel-backend.ts'
import { CappedBytes } from './capped-bytes.ts'

/** A cell that was run, with its outputs in the order in which they came. */
export interface CellRecord {
  readonly code: string
  /** The name of its language. */
  readonly language: string
  /** The name of the kernel that ran it. */
  readonly kernel: string
  /** The number that the kernel gave to it; `null` when it gave none. */
  readonly executionCount: number | null
  readonly outputs: readonly CellOutput[]
}

/** One output of a cell. Pieces of one stream that follow each other are one. */
export type CellOutput =
  | { readonly kind: 'stream'; readonly stream: 'output' | 'error'; readonly text: string }
  | { readonly kind: 'display'; readonly display: CellDisplay }
  | { readonly kind: 'raised'; readonly name: string; readonly message: string; readonly traceback: readonly string[] }

type Open =
  | { readonly kind: 'stream'; readonly stream: 'output' | 'error'; readonly kept: CappedBytes }
  | Exclude<CellOutput, { kind: 'stream' }>

/** Writes down what a cell shows, as a notebook would keep it, while it goes on to who listens. */
export class CellRecorder {
  readonly #cell: Pick<CellRecord, 'code' | 'language' | 'kernel'>
  readonly #outputBytes: number
  #outputs: Open[] = []
  #count: number | null = null
  #clearsNext = false

  /** @param outputBytes - how much is kept of each piece of a stream */
  constructor(cell: Pick<CellRecord, 'code' | 'language' | 'kernel'>, outputBytes: number) {
    this.#cell = cell
    this.#outputBytes = outputBytes
  }

  /** The same, heard by this one first. */
  listen(io: CellIo): CellIo {
    return {
      signal: io.signal,
      onStateLost: () => io.onStateLost(),
      onOutput: (chunk) => {
        this.#stream('output', chunk)
        io.onOutput(chunk)
      },
      onError: (chunk) => {
        this.#stream('error', chunk)
        io.onError(chunk)
      },
      onRaised: (error) => {
        this.#add({ kind: 'raised', ...error })
        io.onRaised(error)
      },
      onDisplay: (display) => {
        this.#display(display)
        io.onDisplay(display)
      },
      onClear: (wait) => {
        this.#clearsNext = wait
        if (!wait) this.#outputs = []
        io.onClear(wait)
      },
      onCount: (count) => {
        this.#count = count
        io.onCount(count)
      },
    }
  }

  finish(): CellRecord {
    const outputs = this.#outputs.map((output): CellOutput =>
      output.kind === 'stream' ? { kind: 'stream', stream: output.stream, text: output.kept.text() } : output,
    )
    return { ...this.#cell, executionCount: this.#count, outputs }
  }

  #stream(stream: 'output' | 'error', chunk: Uint8Array): void {
    this.#clearIfDue()
    const last = this.#outputs.at(-1)
    if (last?.kind === 'stream' && last.stream === stream) return last.kept.push(chunk)
    const kept = new CappedBytes(this.#outputBytes)
    kept.push(chunk)
    this.#outputs.push({ kind: 'stream', stream, kept })
  }

  #display(display: CellDisplay): void {
    if (display.kind !== 'update') return this.#add({ kind: 'display', display })
    this.#outputs = this.#outputs.map((output) =>
      output.kind === 'display' && output.display.id === display.id
        ? { kind: 'display', display: { ...display, kind: output.display.kind } }
        : output,
    )
  }

  #add(output: Open): void {
    this.#clearIfDue()
    this.#outputs.push(output)
  }

  #clearIfDue(): void {
    if (!this.#clearsNext) return
    this.#clearsNext = false
    this.#outputs = []
  }
}
