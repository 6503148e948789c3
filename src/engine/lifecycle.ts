import { CodeExecutorError } from '../core/index.ts'

/** What is opened and closed: a backend, a server, a pool. */
export interface Openable {
  readonly name: string
  open(options: { readonly signal: AbortSignal }): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a thing once, however many ask for it; lets a failed opening be tried again; refuses use after stop; ends what
 * is under way before it closes.
 */
export class Lifecycle {
  readonly #target: Openable
  readonly #startupTimeoutMs: number
  readonly #active = new Map<AbortController, Promise<unknown>>()
  #opening: { readonly promise: Promise<void>; readonly controller: AbortController } | undefined
  #opened = false
  #stopping: Promise<void> | undefined
  #restarting: Promise<void> | undefined

  constructor(target: Openable, startupTimeoutMs: number) {
    this.#target = target
    this.#startupTimeoutMs = startupTimeoutMs
  }

  /** Resolves when the thing is open. A caller that gives up waiting does not stop the opening for the others. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.assertUsable()
    if (this.#restarting) await orAborted(this.#restarting, signal)
    if (this.#opened) return
    await orAborted(this.#open(), signal)
    this.assertUsable()
  }

  /** Does work in the open thing. `work` gets a signal that also fires when the thing is stopped or restarted. */
  async use<T>(signal: AbortSignal | undefined, work: (controller: AbortController) => Promise<T>): Promise<T> {
    if (!this.#opened || this.#restarting || this.#stopping) await this.start(signal)
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    const promise = work(controller)
    this.#active.set(controller, promise)
    try {
      return await promise
    } finally {
      this.#active.delete(controller)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Ends the work under way, closes and opens again. */
  async restart(): Promise<void> {
    this.assertUsable()
    this.#restarting ??= this.#reopen().finally(() => {
      this.#restarting = undefined
    })
    return this.#restarting
  }

  /** Ends the work under way and closes, once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#shutDown()
    return this.#stopping
  }

  /** @throws `EXECUTOR_STOPPED` */
  assertUsable(): void {
    if (this.#stopping) throw this.#stoppedError('was stopped; make a new one')
  }

  async #open(): Promise<void> {
    if (this.#opening === undefined) {
      const controller = new AbortController()
      const promise = this.#openInTime(controller).finally(() => {
        this.#opening = undefined
      })
      this.#opening = { promise, controller }
      promise.catch(() => {}) // whoever waits gets the error; nobody may be waiting any more
    }
    return this.#opening.promise
  }

  async #openInTime(controller: AbortController): Promise<void> {
    const { name } = this.#target
    const limitMs = this.#startupTimeoutMs
    const late = new CodeExecutorError(
      'START_TIMEOUT',
      `The ${name} executor was not ready within ${limitMs} ms. Raise startupTimeoutMs, or see why it takes so long.`,
      {
        executor: name,
        limitMs,
      },
    )
    const timer = setTimeout(() => controller.abort(late), limitMs)
    const opening = this.#target.open({ signal: controller.signal })
    try {
      await orAborted(opening, controller.signal)
      this.#opened = true
    } catch (cause) {
      await this.#closeQuietly()
      if (controller.signal.aborted) {
        // An opening that does not heed its signal may still succeed later; what it opened then is closed.
        opening.then(
          () => this.#closeQuietly(),
          () => {},
        )
        throw controller.signal.reason
      }
      if (CodeExecutorError.is(cause)) throw cause
      throw new CodeExecutorError(
        'BACKEND_UNREACHABLE',
        `The ${name} executor could not be started: ${messageOf(cause)}`,
        { executor: name },
        { cause },
      )
    } finally {
      clearTimeout(timer)
    }
  }

  async #reopen(): Promise<void> {
    await this.#endActive(this.#stoppedError('was restarted while this ran'))
    if (this.#opening) await this.#opening.promise.catch(() => {})
    if (this.#opened) await this.#close()
    if (this.#stopping === undefined) await this.#open()
  }

  async #shutDown(): Promise<void> {
    const reason = this.#stoppedError('was stopped while this ran')
    this.#opening?.controller.abort(reason)
    await Promise.allSettled([this.#opening?.promise])
    await this.#endActive(reason)
    await Promise.allSettled([this.#restarting])
    if (this.#opened) await this.#close()
  }

  async #endActive(reason: unknown): Promise<void> {
    for (const controller of this.#active.keys()) controller.abort(reason)
    await Promise.allSettled(this.#active.values())
  }

  async #close(): Promise<void> {
    this.#opened = false
    try {
      await this.#target.close()
    } catch (cause) {
      if (CodeExecutorError.is(cause)) throw cause
      const { name } = this.#target
      throw new CodeExecutorError(
        'CLEANUP_FAILED',
        `The ${name} executor could not be closed: ${messageOf(cause)}`,
        { executor: name, left: [] },
        { cause },
      )
    }
  }

  async #closeQuietly(): Promise<void> {
    await Promise.allSettled([this.#target.close()])
  }

  #stoppedError(what: string): CodeExecutorError<'EXECUTOR_STOPPED'> {
    const { name } = this.#target
    return new CodeExecutorError('EXECUTOR_STOPPED', `The ${name} executor ${what}.`, { executor: name })
  }
}

/** What an unknown thrown thing says. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** The promise, or the signal's reason if that comes first. Leaves no listener behind. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
