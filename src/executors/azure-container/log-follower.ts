import { CodeExecutorError } from '../../core/index.ts'
import type { GroupView } from './client.ts'
import { EXECUTOR } from './explain.ts'
import { CONTAINER } from './group-spec.ts'
import type { Groups } from './groups.ts'
import { Pace } from './pace.ts'
import type { FrameReader, RunnerEnd } from './runner/frames.ts'
import { readMoment, said } from './watch-group.ts'

/** Lines that are asked for when few are expected. */
const FEW_LINES = 200
/** More than this were new the last time: the whole log may be. */
const MANY_LINES = 100
/** Looks at the log between two looks at the group. */
const LOOKS = 4
/** Azure may fail to answer now and then. */
const MOST_FAILURES = 5

/** What is read, and when to stop. */
export interface Following {
  readonly groups: Groups
  readonly name: string
  readonly image: string
  readonly reader: FrameReader
  readonly signal: AbortSignal
  /** How long after the first word of the runner its last one must have come, in milliseconds. */
  readonly limitMs: number
}

/** How a run was seen to be over: by the runner's last words, or without them. */
export type FollowedEnd =
  | { readonly kind: 'told'; readonly end: RunnerEnd }
  | { readonly kind: 'overdue' }
  | { readonly kind: 'out-of-memory' }

/**
 * Reads a log while its container runs, until the runner's last words.
 * @throws `BACKEND_LOST` when the container was restarted or ended without them, or the group is gone; `signal.reason`
 */
export async function followLog(following: Following): Promise<FollowedEnd> {
  const { groups, name, image, reader, signal, limitMs } = following
  const pace = new Pace()
  let tail: number | undefined
  let begun: number | undefined
  let failures = 0
  for (let look = 1; ; look += 1) {
    try {
      const news = await readOnce(following, tail)
      tail = news > MANY_LINES ? undefined : FEW_LINES
      if (news > 0) pace.quicken()
      if (reader.isRestarted) throw lost(name, 'its container was started a second time, so that the program may have run twice')
      if (reader.end !== undefined) return { kind: 'told', end: reader.end }
      if (look % LOOKS === 0 || !reader.hasBegun) {
        const ended = await endWithoutWords(following, await groups.get(name, signal), image)
        if (ended !== undefined) return ended
      }
      failures = 0
    } catch (error) {
      failures += 1
      if (signal.aborted || failures > MOST_FAILURES || !CodeExecutorError.is(error, 'BACKEND_UNREACHABLE')) throw error
    }
    if (reader.hasBegun) begun ??= performance.now()
    if (begun !== undefined && performance.now() - begun > limitMs) return { kind: 'overdue' }
    await pace.wait(signal)
  }
}

/** Reads what is new. Asks for the whole log when something is missing before the last lines. @returns how many lines were new */
export async function readOnce({ groups, name, reader, signal }: Omit<Following, 'image' | 'limitMs'>, tail?: number): Promise<number> {
  const lines = wholeLines(await groups.logs(name, CONTAINER, tail, signal))
  if (tail !== undefined && reader.missesSomethingBefore(lines))
    return reader.push(wholeLines(await groups.logs(name, CONTAINER, undefined, signal)))
  return reader.push(lines)
}

async function endWithoutWords(following: Following, view: GroupView, image: string): Promise<FollowedEnd | undefined> {
  const { name, reader } = following
  const { container, restarts, events } = readMoment(name, image, view)
  if (restarts > 0) throw lost(name, 'its container was started again, so that the program may have run twice')
  if (container.state !== 'Terminated') return undefined
  // What it said last may not have been there a moment ago.
  await readOnce(following)
  if (reader.end !== undefined) return { kind: 'told', end: reader.end }
  if (container.detailStatus === 'OOMKilled') return { kind: 'out-of-memory' }
  const how = `its container ended with ${container.exitCode ?? 'no exit code'} (${container.detailStatus ?? ''}) before the runner's last words: ${said(events)}`
  if (reader.hasBegun) throw lost(name, how)
  throw new CodeExecutorError('BACKEND_REJECTED', `The container group ${name} did not begin: ${how}. Take an image that has /bin/sh.`, {
    executor: EXECUTOR,
    reason: how,
  })
}

/** The text's lines but for a last one that is not whole yet. */
function wholeLines(text: string | undefined): readonly string[] {
  return text === undefined
    ? []
    : text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.trimEnd())
}

function lost(name: string, how: string): CodeExecutorError {
  const message = `The container group ${name} was lost: ${how}. Run it again if it may run twice.`
  return new CodeExecutorError('BACKEND_LOST', message, { executor: EXECUTOR })
}
