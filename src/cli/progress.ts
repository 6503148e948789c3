import type { Wait } from './executors.ts'
import { say, type CliIo } from './io.ts'

/** Starting is mostly quicker than this, and a spinner that flashes up says nothing. */
const PATIENCE_MS = 250

/** Says on a terminal what one is waiting for, until it is there. Anywhere else it writes a line about long waits, and of others nothing. */
export class Progress {
  readonly #io: CliIo
  #text = ''
  #task: string | undefined
  #timer: NodeJS.Timeout | undefined
  #spinner: { text: string; stop(): unknown } | undefined

  constructor(io: CliIo) {
    this.#io = io
  }

  /** What is being waited for from now on. */
  show(text: string): void {
    this.#text = text
    if (!isInteractive(this.#io)) return
    if (this.#spinner) this.#spinner.text = text
    else this.#timer ??= setTimeout(() => void this.#start(), PATIENCE_MS)
  }

  /** What takes so long that one wants to know how far it is. Where no terminal shows that, a line says once that it began. */
  showWait({ task, state }: Wait): void {
    const isNew = task !== this.#task
    this.#task = task
    if (isInteractive(this.#io)) this.show(`${task}: ${state}`)
    else if (isNew) say(this.#io, 'note', `${task} ...`)
  }

  /** The wait is over: the terminal belongs to the program. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#text = ''
    this.#spinner?.stop()
    this.#spinner = undefined
  }

  async #start(): Promise<void> {
    const { default: makeSpinner } = await import('yocto-spinner')
    // It may have been stopped while this was loaded.
    if (this.#text !== '')
      this.#spinner ??= makeSpinner({ text: this.#text, stream: this.#io.stderr as NodeJS.WriteStream, handleSignals: false }).start()
  }
}

function isInteractive({ stderr, env }: CliIo): boolean {
  return stderr.isTTY === true && env['TERM'] !== 'dumb' && env['CI'] === undefined
}
