import {
  CodeExecutorError,
  type BackgroundCommand,
  type CommandOutput,
  type CommandPosition,
  type CommandResult,
} from '../../core/index.ts'
import { orAborted } from '../lifecycle.ts'
import { OutputTail } from './output-tail.ts'

/** What a command in the background works with. */
export interface BackgroundRun {
  /** Fires when it is to be killed. */
  readonly killed: AbortSignal
  onOutput(chunk: Uint8Array): void
  onError(chunk: Uint8Array): void
  onOmitted(stream: 'output' | 'error', bytes: number): void
}

/** A command that runs beside others, and what it printed. */
export class RunningCommand implements BackgroundCommand {
  readonly id: string
  readonly command: string
  readonly #output: OutputTail
  readonly #error: OutputTail
  readonly #killing = new AbortController()
  readonly #over: Promise<CommandResult>
  #status: BackgroundCommand['status'] = 'running'
  #result: CommandResult | undefined

  /** `work` runs it to its end. */
  constructor(id: string, command: string, outputBytes: number, work: (run: BackgroundRun) => Promise<CommandResult>) {
    this.id = id
    this.command = command
    this.#output = new OutputTail(outputBytes)
    this.#error = new OutputTail(outputBytes)
    const onOutput = (chunk: Uint8Array): void => this.#output.push(chunk)
    const onError = (chunk: Uint8Array): void => this.#error.push(chunk)
    const onOmitted = (stream: 'output' | 'error', bytes: number): void => (stream === 'output' ? this.#output : this.#error).omit(bytes)
    this.#over = this.#watch(work({ killed: this.#killing.signal, onOutput, onError, onOmitted }))
    this.#over.catch(() => {}) // nobody may be waiting
  }

  get status(): BackgroundCommand['status'] {
    return this.#status
  }

  get result(): CommandResult | undefined {
    return this.#result
  }

  read(since: CommandPosition = { output: 0, error: 0 }): CommandOutput {
    const [output, error] = [position(since, 'output'), position(since, 'error')]
    const isOver = this.#status !== 'running'
    const [ofOutput, ofError] = [this.#output.since(output, isOver), this.#error.since(error, isOver)]
    return {
      output: ofOutput.text,
      error: ofError.text,
      lostBytes: { output: ofOutput.lostBytes, error: ofError.lostBytes },
      next: { output: ofOutput.next, error: ofError.next },
      status: this.#status,
    }
  }

  wait({ signal }: { readonly signal?: AbortSignal } = {}): Promise<CommandResult> {
    return orAborted(this.#over, signal)
  }

  kill(): Promise<CommandResult> {
    this.#killing.abort()
    return this.#over
  }

  async #watch(work: Promise<CommandResult>): Promise<CommandResult> {
    try {
      const result = await work
      this.#result = result
      this.#status = 'ended'
      return result
    } catch (error) {
      this.#status = 'failed'
      throw error
    } finally {
      this.#output.end()
      this.#error.end()
    }
  }
}

function position(since: CommandPosition, stream: keyof CommandPosition): number {
  const value: unknown = typeof since === 'object' && since !== null ? since[stream] : undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  const message = `since.${stream} must be a whole number that is not negative: take next of the read before.`
  throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: `since.${stream}`, value })
}
