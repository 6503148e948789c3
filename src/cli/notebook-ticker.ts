import { describeTermination } from '../core/index.ts'
import type { NotebookProgress } from '../notebook/index.ts'
import { paint, type CliIo } from './io.ts'

const BAR_WIDTH = 20
const DEFAULT_COLUMNS = 80
/** Goes to the start of the line and empties it (ECMA-48: CR, EL). */
const CLEAR_LINE = '\r\u001B[K'

/** Shows how far a notebook is: a bar on a terminal, a line for each cell elsewhere. */
export class NotebookTicker {
  readonly #io: CliIo
  readonly #isInteractive: boolean
  #hasBar = false

  constructor(io: CliIo) {
    this.#io = io
    this.#isInteractive = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb' && io.env['CI'] === undefined
  }

  tick(progress: NotebookProgress): void {
    if (this.#isInteractive) this.#draw(progress)
    else if (progress.state !== 'begun') this.#io.stderr.write(`${lineOf(progress)}\n`)
  }

  /** Takes the bar away. */
  stop(): void {
    if (this.#hasBar) this.#io.stderr.write(CLEAR_LINE)
    this.#hasBar = false
  }

  #draw(progress: NotebookProgress): void {
    const { state, number, of, cell } = progress
    const done = state === 'begun' ? number - 1 : number
    const filled = Math.round((done / of) * BAR_WIDTH)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
    const room = Math.max(0, (this.#io.stderr.columns ?? DEFAULT_COLUMNS) - BAR_WIDTH - 20)
    const [source = ''] = cell.source.trimStart().split('\n')
    if (state === 'failed') this.#io.stderr.write(`${CLEAR_LINE}${paint(this.#io.stderr, 'red', lineOf(progress))}\n`)
    this.#io.stderr.write(`${CLEAR_LINE}${paint(this.#io.stderr, 'cyan', bar)} ${done}/${of} ${printable(source).slice(0, room)}`)
    this.#hasBar = true
  }
}

function lineOf({ state, number, of, termination, durationMs }: NotebookProgress): string {
  const how = state === 'failed' && termination ? `failed: ${describeTermination(termination)}` : state
  const time = durationMs === undefined ? '' : ` in ${(durationMs / 1000).toFixed(1)} s`
  return `cell ${number} of ${of}: ${how}${time}`
}

/** Source may hold what a terminal would obey. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
}
