import { CodeExecutorError } from '../../core/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { GroupSpec } from './client.ts'
import { EXECUTOR, failureBehind, wasRefused } from './explain.ts'
import type { Groups } from './groups.ts'
import type { GroupProgress } from './options.ts'
import { Pace } from './pace.ts'
import { readMoment, said, type GroupMoment } from './watch-group.ts'

/** How long a request that asks for a group may go on when nobody wants the group any more. */
const PUT_PATIENCE_MS = 10_000
/** Azure may fail to answer now and then. */
const MOST_FAILURES = 5

/** What a group is started with. */
export interface StartRequest {
  readonly groups: Groups
  readonly prefix: string
  readonly locations: readonly [string, ...string[]]
  readonly image: string
  readonly spec: (location: string) => GroupSpec
  /** Deletes a group that did not come up. Never rejects. */
  readonly remove: (group: StartedGroup) => Promise<void>
  readonly tell: (progress: GroupProgress) => void
  /** How long it may take from the request to the first word of the runner, in milliseconds. */
  readonly startupTimeoutMs: number
  readonly signal: AbortSignal
}

/** A group that was asked for. */
export interface StartedGroup {
  readonly name: string
  readonly location: string
}

/**
 * Asks for a group in the first region that has room and waits until its container runs, or has run. When this throws, nothing
 * is left of it.
 * @throws what Azure said; `START_TIMEOUT`; `signal.reason`
 */
export async function startGroup(request: StartRequest): Promise<StartedGroup> {
  const { locations } = request
  const startedAt = performance.now()
  let refusal: unknown
  for (const [index, location] of locations.entries()) {
    const name = `${request.prefix}-${randomName(6)}`
    let isRefused = false
    try {
      await ask(request, name, location, startedAt).catch((error: unknown) => {
        isRefused = wasRefused(error)
        throw error
      })
      await untilRunning(request, name, location, startedAt)
      return { name, location }
    } catch (error) {
      if (!isRefused) await request.remove({ name, location })
      refusal = error
      if (index === locations.length - 1 || failureBehind(error)?.elsewhere !== true) throw error
    }
  }
  throw refusal
}

/** The request is let finish where it can be, so that no group comes into being after it was deleted. */
async function ask({ groups, spec, signal, tell }: StartRequest, name: string, location: string, startedAt: number): Promise<void> {
  signal.throwIfAborted()
  tell({ group: name, location, state: 'creating', elapsedMs: performance.now() - startedAt })
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => void (timer = setTimeout(() => late.abort(signal.reason), PUT_PATIENCE_MS))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await groups.create(name, spec(location), late.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  signal.throwIfAborted()
}

async function untilRunning(
  { groups, image, signal, tell, startupTimeoutMs }: StartRequest,
  name: string,
  location: string,
  startedAt: number,
): Promise<void> {
  const pace = new Pace()
  let state: GroupProgress['state'] = 'creating'
  let moment: GroupMoment | undefined
  let failures = 0
  for (;;) {
    try {
      moment = readMoment(name, image, await groups.get(name, signal))
      failures = 0
    } catch (error) {
      failures += 1
      if (signal.aborted || failures > MOST_FAILURES || !CodeExecutorError.is(error, 'BACKEND_UNREACHABLE')) throw error
    }
    const next: GroupProgress['state'] = moment === undefined ? state : stateOf(moment)
    if (next !== state) tell({ group: name, location, state: next, elapsedMs: performance.now() - startedAt })
    state = next
    if (next === 'running') return
    if (performance.now() - startedAt > startupTimeoutMs) throw late(name, state, moment, startupTimeoutMs)
    await pace.wait(signal)
  }
}

function stateOf({ container, isPulling, isPulled }: GroupMoment): 'creating' | 'pulling' | 'starting' | 'running' {
  if (container.state === 'Running' || container.state === 'Terminated') return 'running'
  if (isPulled) return 'starting'
  return isPulling ? 'pulling' : 'creating'
}

function late(name: string, state: string, moment: GroupMoment | undefined, limitMs: number): CodeExecutorError {
  const message = `The container group ${name} was still ${state} after ${limitMs} ms (${said(moment?.events ?? [])}). Raise startupTimeoutMs, take a smaller image or another region.`
  return new CodeExecutorError('START_TIMEOUT', message, { executor: EXECUTOR, limitMs })
}
