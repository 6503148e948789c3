import type { CliIo } from './io.ts'
import { OutputSink, ReaderGone } from './output-sink.ts'

/** The two streams of a program on their way to ours. */
export class ProgramOutput {
  readonly #io: CliIo
  readonly #output: OutputSink
  readonly #error: OutputSink
  #last: OutputSink | undefined

  constructor(io: CliIo) {
    this.#io = io
    this.#output = new OutputSink(io.stdout, io.signal)
    this.#error = new OutputSink(io.stderr, io.signal)
  }

  /** @throws {@link ReaderGone} when nobody reads it, which is what ends most programs in a pipeline */
  async writeOutput(text: string): Promise<void> {
    this.#last = this.#output
    await this.#output.write(text)
  }

  /** Error output that nobody reads is no reason to end. */
  async writeError(text: string): Promise<void> {
    this.#last = this.#error
    try {
      await this.#error.write(text)
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error
    }
  }

  /** Puts what we say next on a line of its own. */
  endLine(): void {
    const { stdout, stderr } = this.#io
    const shared = stdout.isTTY === true && stderr.isTTY === true
    const sink = shared ? this.#last : this.#error
    if (sink?.midLine === true) stderr.write('\n')
  }
}
