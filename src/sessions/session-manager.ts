import { assertKnownKeys, CodeExecutorError, parseTimeout } from '../core/index.ts'
import type { Session, SessionReport } from './session.ts'

/** Options of {@link createSessionManager}. */
export interface SessionManagerOptions {
  /** Opens the session of a user, mostly with `openSession`. It is called once for those who ask at the same time. */
  readonly open: (id: string, options: { readonly signal: AbortSignal }) => Promise<Session>
  /** A session that nobody used for so long is closed, in milliseconds. @defaultValue 3_600_000 */
  readonly idleTimeoutMs?: number
  /** The most sessions at the same time. One that is idle makes room, longest idle first. @defaultValue 100 */
  readonly maxSessions?: number
  /** Hears what became of the outputs of a session that was closed, or why it could not be closed cleanly. */
  readonly onRelease?: (id: string, outcome: { readonly report: SessionReport } | { readonly error: unknown }) => void
}

/** Sessions of many users, one for each id. */
export interface SessionManager extends AsyncDisposable {
  /**
   * Does something in the session of an id, which is opened if it is not there. It is not closed as idle meanwhile.
   * @throws what `work` and `open` throw, `BACKEND_REJECTED` when there are `maxSessions` and all are in use, `EXECUTOR_STOPPED`
   */
  use<T>(id: string, work: (session: Session) => Promise<T>): Promise<T>
  /** Closes the session of an id; waits for nobody who uses it. `false` when there is none. */
  release(id: string): Promise<boolean>
  /** Closes what was idle for too long now, and says how many. It happens by itself, too. */
  releaseIdle(): Promise<number>
  /** Whether an id has a session. */
  has(id: string): boolean
  /** How many sessions there are. */
  readonly size: number
  /** Closes all, for good, and says how many. Idempotent; `Symbol.asyncDispose` is this. */
  shutdown(): Promise<number>
}

const DEFAULTS = { idleTimeoutMs: 3_600_000, maxSessions: 100 }

/** A manager of sessions, one for each user, that closes what nobody uses. @throws `INVALID_ARGUMENT` */
export function createSessionManager(options: SessionManagerOptions): SessionManager {
  const names = ['open', 'idleTimeoutMs', 'maxSessions', 'onRelease'] satisfies (keyof SessionManagerOptions)[]
  assertKnownKeys(options, names, 'options')
  const { open, idleTimeoutMs = DEFAULTS.idleTimeoutMs, maxSessions = DEFAULTS.maxSessions, onRelease } = options
  if (typeof open !== 'function') throw invalid('options.open', open, 'must be a function that opens a session')
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1)
    throw invalid('options.maxSessions', maxSessions, 'must be a whole number above 0')
  return new Manager(open, parseTimeout(idleTimeoutMs, 'options.idleTimeoutMs'), maxSessions, onRelease)
}

/** One session, from the first who asks for it to its end. */
interface Entry {
  readonly opening: Promise<Session>
  /** Gives up opening. It is not heard any more when the session is open: what it made is to be saved then. */
  readonly controller: AbortController
  isOpen: boolean
  users: number
  idleSince: number
}

class Manager implements SessionManager {
  readonly #open: SessionManagerOptions['open']
  readonly #idleTimeoutMs: number
  readonly #maxSessions: number
  readonly #onRelease: SessionManagerOptions['onRelease']
  readonly #entries = new Map<string, Entry>()
  /** Sessions on their way out; a new one of the same id waits for them. */
  readonly #closing = new Map<string, Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #shutDown: Promise<number> | undefined

  constructor(
    open: SessionManagerOptions['open'],
    idleTimeoutMs: number,
    maxSessions: number,
    onRelease: SessionManagerOptions['onRelease'],
  ) {
    this.#open = open
    this.#idleTimeoutMs = idleTimeoutMs
    this.#maxSessions = maxSessions
    this.#onRelease = onRelease
  }

  get size(): number {
    return this.#entries.size
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  async use<T>(id: string, work: (session: Session) => Promise<T>): Promise<T> {
    if (typeof id !== 'string' || id === '') throw invalid('id', id, 'must be text with something in it')
    const entry = await this.#enter(id)
    try {
      return await work(await entry.opening)
    } catch (error) {
      // A place that is gone is of no use to the next one either.
      if (CodeExecutorError.is(error, 'EXECUTOR_STOPPED') && this.#entries.get(id) === entry) await this.release(id)
      throw error
    } finally {
      entry.users -= 1
      entry.idleSince = Date.now()
      this.#watch()
    }
  }

  async release(id: string): Promise<boolean> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return false
    await this.#close(id, entry)
    return true
  }

  async releaseIdle(): Promise<number> {
    const now = Date.now()
    const idle = [...this.#entries].filter(([, { users, idleSince }]) => users === 0 && now - idleSince >= this.#idleTimeoutMs)
    await Promise.all(idle.map(([id, entry]) => this.#close(id, entry)))
    return idle.length
  }

  shutdown(): Promise<number> {
    this.#shutDown ??= this.#closeAll()
    return this.#shutDown
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  async #enter(id: string): Promise<Entry> {
    for (;;) {
      this.#assertUsable()
      const present = this.#entries.get(id)
      const leaving = this.#closing.get(id)
      if (present === undefined && leaving !== undefined) await leaving
      else if (present === undefined && this.#entries.size >= this.#maxSessions) await this.#makeRoom()
      else {
        // From here on nothing may wait, or it could be closed as idle in between.
        const entry = present ?? this.#begin(id)
        entry.users += 1
        return entry
      }
    }
  }

  #begin(id: string): Entry {
    const controller = new AbortController()
    const opening = Promise.resolve().then(() => this.#open(id, { signal: controller.signal }))
    const entry: Entry = { opening, controller, isOpen: false, users: 0, idleSince: Date.now() }
    this.#entries.set(id, entry)
    // A session that does not open is none, and the next one who asks tries again.
    opening.then(
      () => (entry.isOpen = true),
      () => this.#entries.get(id) === entry && this.#entries.delete(id),
    )
    return entry
  }

  async #makeRoom(): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0).toSorted(([, a], [, b]) => a.idleSince - b.idleSince)
    const [longest] = idle
    if (longest) return this.#close(...longest)
    const reason = `there are ${this.#maxSessions} sessions, and all are in use`
    throw new CodeExecutorError('BACKEND_REJECTED', `No session can be opened: ${reason}. Try again later, or raise maxSessions.`, {
      executor: 'sessions',
      reason,
    })
  }

  async #close(id: string, entry: Entry): Promise<void> {
    if (this.#entries.get(id) === entry) this.#entries.delete(id)
    const closed = this.#end(id, entry).finally(() => {
      if (this.#closing.get(id) === closed) this.#closing.delete(id)
    })
    this.#closing.set(id, closed)
    await closed
  }

  async #end(id: string, { opening, controller, isOpen }: Entry): Promise<void> {
    if (!isOpen) controller.abort(new CodeExecutorError('EXECUTOR_STOPPED', `The session ${id} was released.`, { executor: 'sessions' }))
    const session = await opening.catch(() => undefined)
    if (session === undefined) return
    const outcome = await session.close().then(
      (report) => ({ report }),
      (error: unknown) => ({ error }),
    )
    this.#onRelease?.(id, outcome)
  }

  async #closeAll(): Promise<number> {
    clearTimeout(this.#timer)
    const all = [...this.#entries]
    await Promise.all(all.map(([id, entry]) => this.#close(id, entry)))
    await Promise.all(this.#closing.values())
    return all.length
  }

  /** Looks again when the first one may be idle for too long. The timer keeps nobody alive. */
  #watch(): void {
    if (this.#shutDown !== undefined) return
    clearTimeout(this.#timer)
    const idle = [...this.#entries.values()].filter(({ users }) => users === 0)
    if (idle.length === 0) return
    const next = Math.min(...idle.map(({ idleSince }) => idleSince)) + this.#idleTimeoutMs
    this.#timer = setTimeout(() => void this.releaseIdle().then(() => this.#watch()), Math.max(0, next - Date.now()))
    this.#timer.unref()
  }

  #assertUsable(): void {
    if (this.#shutDown === undefined) return
    throw new CodeExecutorError('EXECUTOR_STOPPED', 'The session manager was shut down. Make a new one.', { executor: 'sessions' })
  }
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
