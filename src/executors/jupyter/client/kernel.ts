import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../../core/index.ts'
import { orAborted, type Cell, type CellEnd, type CellIo } from '../../../engine/index.ts'
import type { KernelDeath, KernelWatch } from '../jupyter-server.ts'
import type { KernelChannel } from './channel.ts'
import { Execution, type CodeEnd } from './execution.ts'
import { InputLines } from './input-lines.ts'
import type { KernelMessage, Request } from './messages.ts'
import { WidgetViews } from './widget-views.ts'
import { WidgetModels } from './widgets.ts'

/** What a kernel is made with. */
export interface KernelParts {
  readonly id: string
  /** The name of its kernelspec. */
  readonly name: string
  /** What errors call the executor. */
  readonly executor: string
  readonly channel: KernelChannel
  readonly watch: KernelWatch | undefined
  /** Asks the server to interrupt it. */
  readonly interrupt: () => Promise<void>
  /** Asks the server to forget it; it is dead or ends by that. */
  readonly forget: () => Promise<void>
  /** Why the server is lost, where that is known. */
  readonly whyLost: () => Promise<string | undefined>
  readonly interruptGraceMs: number
}

/** How long what a dead kernel said may still be on its way. */
const LAST_WORDS_MS = 150
/** How long the death of a kernel may take to be seen from outside, after the server has told of it. */
const EXPLANATION_MS = 300
/** How long a cell's end may take to be told after the kernel has answered a question that came behind it. */
const FENCE_MS = 1_000
const DURING_A_CELL = 'while a cell ran. Whether the cell came to its end is not known'

/** A kernel that is running, for one cell after the other. Once it is dead or lost it stays so, and another one is made. */
export class Kernel {
  readonly id: string
  readonly name: string
  readonly #parts: KernelParts
  readonly #dead = Promise.withResolvers<KernelDeath>()
  readonly #widgets = new WidgetModels()
  #state: 'alive' | 'dead' = 'alive'
  #killed: Promise<void> | undefined
  #ended: Promise<void> | undefined
  #current: { requestId: string; readonly request: Request; readonly execution: Execution } | undefined
  #fence: string | undefined

  constructor(parts: KernelParts) {
    this.id = parts.id
    this.name = parts.name
    this.#parts = parts
    void parts.watch?.died.then((death) => this.#die(death))
  }

  get isAlive(): boolean {
    return this.#state === 'alive'
  }

  /**
   * Runs a cell. After an abort it is interrupted, and killed when that does not help in time.
   * @throws `BACKEND_LOST` when the server or the way to it is gone
   */
  async run(cell: Cell, io: CellIo): Promise<CellEnd> {
    await orAborted(this.#parts.channel.settled(), io.signal)
    io.signal.throwIfAborted()
    if (!this.isAlive) throw await this.#lostError(new Error('the connection did not come back'), 'before a cell was sent. It did not run')
    const execution = this.#send(cell, io)
    const aborted = Promise.withResolvers<'aborted'>()
    const onAbort = (): void => aborted.resolve('aborted')
    io.signal.addEventListener('abort', onAbort, { once: true })
    try {
      const first = await Promise.race([execution.ended, this.#dead.promise, aborted.promise])
      if (first === 'aborted') return await this.#interrupt(execution, io)
      return await this.#explain(first, io)
    } finally {
      io.signal.removeEventListener('abort', onAbort)
      this.#current = undefined
      this.#fence = undefined
    }
  }

  /** Kills it, and what it started, where its processes can be reached; {@link end} is still to come. */
  kill(): Promise<void> {
    this.#parts.channel.close()
    if (this.#state === 'alive') this.#state = 'dead'
    this.#killed ??= this.#parts.watch?.kill() ?? Promise.resolve()
    return this.#killed
  }

  /** Ends it at once; it is gone when it settles, as far as that can be seen. */
  async end(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    await this.kill()
    await this.#parts.watch?.release()
    try {
      await this.#parts.forget()
    } catch (cause) {
      // Where its processes could be reached they are gone, whatever the server makes of that. And a server that went with the
      // kernel, or was ended because of it, has nothing to forget.
      if (this.#parts.watch === undefined && (await this.#parts.whyLost()) === undefined) throw cause
    }
  }

  onMessage(message: KernelMessage): void {
    if (message.type === 'status' && message.channel === 'iopub') {
      const state = message.content['execution_state']
      // The server tells these; a kernel that it starts again by itself has nothing of the former one but the id.
      if (state === 'restarting' || state === 'autorestarting' || state === 'dead') return void this.#onToldDead()
    }
    if (message.channel === 'iopub' && message.type.startsWith('comm_')) this.#widgets.onMessage(message)
    if (this.#current !== undefined && message.parentId === this.#current.requestId) this.#current.execution.onMessage(message)
    else if (this.#fence !== undefined && message.parentId === this.#fence && message.type === 'kernel_info_reply') void this.#onFence()
  }

  /** What was said while the connection was cut may be lost, the end of the cell among it. A question behind the cell finds out. */
  onRestored(): void {
    if (this.#current === undefined) return
    try {
      this.#fence = this.#parts.channel.send({ channel: 'shell', type: 'kernel_info_request', content: {} })
    } catch {
      // cut again, and then this is called again
    }
  }

  async onLost(cause: Error): Promise<void> {
    this.#state = 'dead'
    this.#current?.execution.fail(await this.#lostError(cause, DURING_A_CELL))
  }

  async #lostError(cause: Error, when: string): Promise<CodeExecutorError<'BACKEND_LOST'>> {
    const { executor, whyLost } = this.#parts
    const reason = (await whyLost().catch(() => undefined)) ?? cause.message
    return new CodeExecutorError('BACKEND_LOST', `The connection to the kernel was lost ${when}: ${reason}`, { executor }, { cause })
  }

  #send({ code, stdin, silent = false }: Cell, io: CellIo): Execution {
    const { channel } = this.#parts
    const execution = new Execution(io, new InputLines(stdin), (request) => channel.send(request), silent, new WidgetViews(this.#widgets))
    const content = { code, silent, store_history: !silent, user_expressions: {}, allow_stdin: true, stop_on_error: false }
    const request: Request = { channel: 'shell', type: 'execute_request', content }
    this.#current = { requestId: channel.send(request), request, execution }
    return execution
  }

  async #interrupt(execution: Execution, io: CellIo): Promise<CellEnd> {
    // Of an executor that stops or restarts nothing is to stay.
    const graceMs = CodeExecutorError.is(io.signal.reason, 'EXECUTOR_STOPPED') ? 0 : this.#parts.interruptGraceMs
    const grace = new AbortController()
    const over = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
    try {
      void this.#parts.interrupt().catch(() => {}) // a server that cannot do that is dealt with below
      const end = await Promise.race([execution.ended, this.#dead.promise, over])
      if (end !== undefined && (end.kind === 'exited' || end.kind === 'raised') && this.#state === 'alive') return end
    } catch {
      // lost: whatever runs there ends with the kernel
    } finally {
      grace.abort()
    }
    io.onStateLost()
    await this.end()
    return { kind: 'signaled', signal: 'SIGKILL' }
  }

  /** What the end means: the code's own, or the kernel's death. */
  async #explain(end: CodeEnd | KernelDeath, io: CellIo): Promise<CellEnd> {
    if (this.#state === 'alive') return end as CodeEnd
    io.onStateLost()
    // The last that it printed may be behind the news of its death.
    await delay(LAST_WORDS_MS)
    if (end.kind === 'out-of-memory' || end.kind === 'too-many-processes') return end
    // A kernel goes with its server, and its death may be seen first.
    if ((await this.#parts.whyLost()) !== undefined) throw await this.#lostError(new Error('the kernel died'), DURING_A_CELL)
    if (end.kind !== 'unknown') return end
    const message = `the kernel ${this.name} died while the cell ran; how is not known here`
    const traceback = `DeadKernelError: ${message}`
    io.onRaised({ name: 'DeadKernelError', message, traceback: [traceback] })
    return { kind: 'raised', name: 'DeadKernelError', message, traceback }
  }

  async #onToldDead(): Promise<void> {
    // Who looks at the process knows more, and a moment later at the latest.
    if (this.#parts.watch) await delay(EXPLANATION_MS)
    this.#die({ kind: 'unknown' })
  }

  #sendAgain(request: Request): void {
    if (this.#current === undefined) return
    try {
      this.#current.requestId = this.#parts.channel.send(request)
    } catch {
      // cut once more, and asked about once more when it is back
    }
  }

  #die(death: KernelDeath): void {
    if (this.#state !== 'alive') return
    this.#state = 'dead'
    this.#dead.resolve(death)
  }

  async #onFence(): Promise<void> {
    const current = this.#current
    await delay(FENCE_MS)
    if (current === undefined || this.#current !== current) return
    const { execution, request } = current
    // Nothing at all was said of it, and servers keep what is said: it went into a connection that was cut already.
    if (!execution.hasBegun) return this.#sendAgain(request)
    const message =
      'The connection to the kernel was cut while a cell ran, and its end was told meanwhile and is lost. The kernel is in order.'
    execution.fail(new CodeExecutorError('BACKEND_LOST', message, { executor: this.#parts.executor }))
  }
}
