import { CodeExecutorError } from '../core/index.ts'
import { stayAliveFor } from './stay-alive.ts'

/** What is opened and closed: a backend, a server, a pool. `close` may come while `open` is still under way. */
export interface Openable {
  readonly name: string
  open(options: { readonly signal: AbortSignal }): Promise<void>
  close(): Promise<void>
  /** Makes everything fresh in place, where that is quicker. When it fails, the thing is closed. @defaultValue `close`, then `open` */
  renew?(options: { readonly signal: AbortSignal }): Promise<void>
}

/** How long `stop` waits for an opening that does not heed its signal; what it opens later is closed then. */
const STOP_PATIENCE_MS = 10_000

/**
 * Opens a thing once, however many ask for it; lets a failed opening be tried again; refuses use after stop; ends what
 * is under way before it closes. Work runs in an open place or not at all. This process stays alive while anybody waits for it.
 */
export class Lifecycle {
  readonly #target: Openable
  readonly #startupTimeoutMs: number
  readonly #active = new Map<AbortController, Promise<unknown>>()
  #isOpen = false
  #opening: { readonly promise: Promise<void>; readonly controller: AbortController } | undefined
  /** An opening that was given up and may still come to an end; the next one waits for it. */
  #givenUp: Promise<unknown> = Promise.resolve()
  /** What a closing that nobody waited for could not remove; `stop` tells it. */
  #left: CodeExecutorError<'CLEANUP_FAILED'> | undefined
  #openings = 0
  #restarting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(target: Openable, startupTimeoutMs: number) {
    this.#target = target
    this.#startupTimeoutMs = startupTimeoutMs
  }

  /** Resolves when the thing is open. A caller that gives up waiting does not stop the opening for the others. */
  start(signal?: AbortSignal): Promise<void> {
    return stayAliveFor(this.#untilReady(signal))
  }

  /** Does work in the open thing. `work` gets a controller that is also aborted when the thing is stopped or restarted. */
  use<T>(signal: AbortSignal | undefined, work: (controller: AbortController) => Promise<T>): Promise<T> {
    return stayAliveFor(this.#use(signal, work))
  }

  async #use<T>(signal: AbortSignal | undefined, work: (controller: AbortController) => Promise<T>): Promise<T> {
    while (!this.#isReady(signal)) await orAborted(this.#restarting ?? this.#open(), signal)
    // From here to the entry in the map nothing may wait, or a stop could slip in between.
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const promise = work(controller)
    this.#active.set(controller, promise)
    try {
      return await promise
    } finally {
      this.#active.delete(controller)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Ends the work under way, closes and opens again. @throws `EXECUTOR_STOPPED` also when stop overtakes it */
  async restart(): Promise<void> {
    this.assertUsable()
    this.#restarting ??= stayAliveFor(this.#reopen()).finally(() => {
      this.#restarting = undefined
    })
    return this.#restarting
  }

  /** Ends the work under way and closes, once. @throws `CLEANUP_FAILED` when something is left, or may be */
  stop(): Promise<void> {
    this.#stopping ??= stayAliveFor(this.#shutDown())
    return this.#stopping
  }

  /** @throws `EXECUTOR_STOPPED` */
  assertUsable(): void {
    if (this.#stopping) throw this.#stoppedError('was stopped; make a new one')
  }

  async #untilReady(signal: AbortSignal | undefined): Promise<void> {
    while (!this.#isReady(signal)) await orAborted(this.#restarting ?? this.#open(), signal)
  }

  /** @throws `signal.reason`, `EXECUTOR_STOPPED` */
  #isReady(signal: AbortSignal | undefined): boolean {
    signal?.throwIfAborted()
    this.assertUsable()
    return this.#isOpen && this.#restarting === undefined
  }

  #open(renews = false): Promise<void> {
    if (this.#opening === undefined) {
      const controller = new AbortController()
      const promise = this.#openInTime(controller, renews).finally(() => {
        this.#opening = undefined
      })
      this.#opening = { promise, controller }
      promise.catch(() => {}) // whoever waits gets the error; nobody may be waiting any more
    }
    return this.#opening.promise
  }

  async #openInTime(controller: AbortController, renews: boolean): Promise<void> {
    const { name } = this.#target
    const { signal } = controller
    const timer = setTimeout(() => controller.abort(this.#lateError()), this.#startupTimeoutMs)
    try {
      await orAborted(atMost(this.#startupTimeoutMs / 2, this.#givenUp), signal)
      const which = (this.#openings += 1)
      const opening = renews && this.#target.renew ? this.#target.renew({ signal }) : this.#target.open({ signal })
      try {
        await orAborted(opening, signal)
        this.#isOpen = true
      } catch (error) {
        // What it opens too late is closed, unless the next one was begun meanwhile and would be closed with it.
        this.#givenUp = Promise.allSettled([opening]).then(() => (which === this.#openings ? this.#closeQuietly() : undefined))
        await (signal.aborted ? this.#closeQuietly() : this.#givenUp)
        throw error
      }
    } catch (cause) {
      if (signal.aborted || CodeExecutorError.is(cause)) throw cause
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
    await Promise.allSettled([this.#opening?.promise])
    const renews = this.#isOpen && this.#target.renew !== undefined
    if (this.#isOpen && !renews) await this.#close()
    this.assertUsable()
    // From here the opening owns the thing: one that fails or is overtaken by stop closes it.
    this.#isOpen = false
    await this.#open(renews)
  }

  async #shutDown(): Promise<void> {
    const reason = this.#stoppedError('was stopped while this ran')
    const restarting = this.#restarting
    this.#opening?.controller.abort(reason)
    await Promise.allSettled([this.#opening?.promise])
    await this.#endActive(reason)
    await Promise.allSettled([restarting])
    if (this.#isOpen) await this.#close()
    if (!(await atMost(STOP_PATIENCE_MS, this.#givenUp))) throw this.#stillOpeningError()
    if (this.#left) throw this.#left
  }

  async #endActive(reason: unknown): Promise<void> {
    for (const controller of this.#active.keys()) controller.abort(reason)
    await Promise.allSettled(this.#active.values())
  }

  async #close(): Promise<void> {
    this.#isOpen = false
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
    try {
      await this.#target.close()
    } catch (cause) {
      if (CodeExecutorError.is(cause, 'CLEANUP_FAILED')) this.#left = cause
    }
  }

  #stillOpeningError(): CodeExecutorError<'CLEANUP_FAILED'> {
    const { name } = this.#target
    const message = `The ${name} executor was stopped while it started, and its start does not end. What it still makes is removed then, unless this process ends before.`
    return new CodeExecutorError('CLEANUP_FAILED', message, { executor: name, left: [] })
  }

  #lateError(): CodeExecutorError<'START_TIMEOUT'> {
    const { name } = this.#target
    const limitMs = this.#startupTimeoutMs
    const message = `The ${name} executor was not ready within ${limitMs} ms. Raise startupTimeoutMs, or see why it takes so long.`
    return new CodeExecutorError('START_TIMEOUT', message, { executor: name, limitMs })
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
  promise.catch(() => {}) // when the signal is first, nobody else listens
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

/** Whether the promise settled within the limit. */
async function atMost(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  const over = Promise.withResolvers<false>()
  const timer = setTimeout(() => over.resolve(false), limitMs)
  const inTime = await Promise.race([promise.then(() => true), over.promise])
  clearTimeout(timer)
  return inTime
}
