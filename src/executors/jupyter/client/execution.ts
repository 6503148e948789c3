import { withoutColours, type CellEnd, type CellIo } from '../../../engine/index.ts'
import { displayIdOf, readBundle, sizeOf } from './bundles.ts'
import type { InputLines } from './input-lines.ts'
import type { KernelMessage, Request } from './messages.ts'
import type { WidgetViews } from './widget-views.ts'

/** What a kernel takes for the end of its input: the character that a terminal sends. */
const END_OF_INPUT = '\u0004'
/** The most that the rich outputs of one cell may take of this process's memory. */
const MOST_DISPLAY_BYTES = 256 * 1024 ** 2

/** How the code of a cell ended, as the kernel says. */
export type CodeEnd = Extract<CellEnd, { kind: 'exited' | 'raised' }>

/**
 * One cell on its way: takes the messages that answer it and no others, and is over when the kernel has both replied and said
 * that it is idle, in whichever order.
 */
export class Execution {
  /** The end of the code. Rejects with what `fail` was given. */
  readonly ended: Promise<CodeEnd>
  readonly #done = Promise.withResolvers<CodeEnd>()
  readonly #io: CellIo
  readonly #stdin: InputLines
  readonly #answer: (request: Request) => void
  readonly #isSilent: boolean
  readonly #widgets: WidgetViews
  #end: CodeEnd | undefined
  #error: Extract<CodeEnd, { kind: 'raised' }> | undefined
  #isIdle = false
  #hasBegun = false
  #displayBytes = 0
  #saidFull = false

  constructor(io: CellIo, stdin: InputLines, answer: (request: Request) => void, isSilent: boolean, widgets: WidgetViews) {
    this.#io = io
    this.#stdin = stdin
    this.#answer = answer
    this.#isSilent = isSilent
    this.#widgets = widgets
    this.ended = this.#done.promise
    this.ended.catch(() => {}) // nobody may be waiting any more
  }

  /** The kernel or the way to it is gone. */
  fail(cause: unknown): void {
    this.#done.reject(cause)
  }

  /** Whether the kernel has said anything about it. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  onMessage(message: KernelMessage): void {
    this.#hasBegun = true
    switch (message.type) {
      case 'execute_reply':
        this.#onReply(message)
        break
      case 'status':
        if (message.content['execution_state'] === 'idle') this.#isIdle = true
        break
      case 'stream':
        if (message.printed?.stream === 'stdout') this.#io.onOutput(message.printed.bytes)
        else if (message.printed) this.#io.onError(message.printed.bytes)
        break
      case 'display_data':
        this.#show('display', message)
        break
      case 'execute_result':
        this.#show('result', message)
        break
      case 'update_display_data':
        this.#show('update', message)
        break
      case 'clear_output':
        this.#displayBytes = 0
        this.#widgets.clear()
        this.#io.onClear(message.content['wait'] === true)
        break
      case 'execute_input':
        this.#count(message)
        break
      case 'error':
        this.#onError(message)
        break
      case 'input_request':
        // Other channels may say what they like, but are not answered.
        if (message.channel === 'stdin') this.#onInputRequest(message)
        break
      default:
        break // comms and what protocols to come may bring
    }
    if (this.#end && this.#isIdle) this.#finish(this.#end)
  }

  #finish(end: CodeEnd): void {
    for (const display of this.#widgets.finish()) this.#io.onDisplay(display)
    this.#widgets.clear()
    this.#done.resolve(end)
  }

  #onReply(message: KernelMessage): void {
    this.#count(message)
    if (message.content['status'] === 'ok') {
      this.#end = { kind: 'exited', exitCode: 0 }
      return
    }
    // Most kernels say it on both channels, some only here.
    if (this.#error === undefined) this.#onError(message)
    this.#end = this.#error ?? { kind: 'exited', exitCode: 1 }
  }

  #onError({ content }: KernelMessage): void {
    const { ename, evalue, traceback } = content
    const lines = Array.isArray(traceback) ? traceback.filter((line): line is string => typeof line === 'string') : []
    const name = typeof ename === 'string' && ename !== '' ? ename : 'Error'
    const message = typeof evalue === 'string' ? evalue : ''
    const told = lines.length > 0 ? lines : [message === '' ? name : `${name}: ${message}`]
    this.#error = { kind: 'raised', name, message, traceback: withoutColours(told.join('\n')) }
    this.#io.onRaised({ name, message, traceback: told })
  }

  #show(kind: 'display' | 'result' | 'update', { content }: KernelMessage): void {
    if (this.#isSilent) return
    const bundle = readBundle(content)
    this.#displayBytes += sizeOf(bundle)
    if (this.#displayBytes <= MOST_DISPLAY_BYTES)
      return this.#io.onDisplay(this.#widgets.see({ kind, id: displayIdOf(content), ...bundle }))
    if (this.#saidFull) return
    this.#saidFull = true
    this.#io.onError(Buffer.from(`\n[... rich outputs beyond ${MOST_DISPLAY_BYTES} bytes left out ...]\n`))
  }

  #count({ content }: KernelMessage): void {
    const count = content['execution_count']
    if (typeof count === 'number') this.#io.onCount(count)
  }

  #onInputRequest({ header }: KernelMessage): void {
    const value = this.#stdin.next() ?? END_OF_INPUT
    this.#answer({ channel: 'stdin', type: 'input_reply', content: { status: 'ok', value }, parent: header })
  }
}
