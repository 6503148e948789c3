import type { ImageProgress } from '../executors/docker/images/image-progress.ts'
import type { CliIo } from './io.ts'
import { Progress } from './progress.ts'

const BAR_CELLS = 16
const DEFAULT_COLUMNS = 80
/** For the spinner in front of the line. */
const MARGIN = 4
/** A line of a Dockerfile may go on and on. */
const PLAIN_COLUMNS = 160

/** Shows how far an image is: a bar and the last line of the log on a terminal, a line per step anywhere else. */
export class ImageTicker implements Disposable {
  readonly #io: CliIo
  readonly #name: string
  readonly #progress: Progress
  #step: number | undefined

  constructor(io: CliIo, name: string) {
    this.#io = io
    this.#name = name
    this.#progress = new Progress(io)
  }

  show(progress: ImageProgress): void {
    const columns = this.#io.stderr.columns ?? DEFAULT_COLUMNS
    this.#progress.show(tickerLine(this.#name, progress, columns - MARGIN))
    const isNewStep = progress.step !== this.#step
    this.#step = progress.step
    if (isNewStep && this.#io.stderr.isTTY !== true)
      this.#io.stderr.write(`${shorten(`${this.#name}: ${progress.status}`, PLAIN_COLUMNS)}\n`)
  }

  [Symbol.dispose](): void {
    this.#progress.stop()
  }
}

/** One line of at most so many columns: the name, how many steps are done, and what the engine says. */
export function tickerLine(name: string, { step, steps, status, currentBytes, totalBytes }: ImageProgress, columns: number): string {
  const bar = step === undefined || steps === undefined ? '' : ` ${drawBar(step - 1, steps)} ${step}/${steps}`
  const bytes = currentBytes === undefined || totalBytes === undefined ? '' : ` ${megabytes(currentBytes)} of ${megabytes(totalBytes)} MB`
  return shorten(`${name}${bar} ${status}${bytes}`, columns)
}

function shorten(text: string, columns: number): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line
}

function drawBar(done: number, of: number): string {
  const full = Math.round((done / of) * BAR_CELLS)
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
