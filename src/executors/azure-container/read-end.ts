import { constants } from 'node:os'
import { CodeExecutorError } from '../../core/index.ts'
import type { WholeProgramExit } from '../../engine/index.ts'
import { EXECUTOR } from './explain.ts'
import type { RunnerEnd } from './runner/frames.ts'

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

/** What the limits were that may have ended a run. */
export interface RunLimits {
  readonly timeoutMs: number
  readonly memoryBytes: number
}

/** What the runner's last words mean. @throws `INVALID_PATH`, `BACKEND_REJECTED` when there was no program */
export function readEnd(end: RunnerEnd, { timeoutMs, memoryBytes }: RunLimits): WholeProgramExit {
  if (end.kind === 'missing') return { kind: 'no-way' }
  if (end.kind === 'refused') throw refusal(end.reason)
  if (end.timedOut) return { kind: 'timed-out', limitMs: timeoutMs }
  const failed = end.status !== 0
  if (failed && end.memoryKills > 0) return { kind: 'out-of-memory', limitBytes: memoryBytes }
  if (end.signaled) return { kind: 'signaled', signal: SIGNALS.get(end.status - 128) ?? `signal ${end.status - 128}` }
  return { kind: 'exited', exitCode: end.status }
}

function refusal(reason: string): CodeExecutorError {
  if (reason.startsWith('link ')) {
    const path = reason.slice('link '.length)
    return new CodeExecutorError('INVALID_PATH', `${path} is a link that a program left; nothing is written through it. Remove it first.`, {
      path,
      reason: 'it is a link',
    })
  }
  return new CodeExecutorError('BACKEND_REJECTED', `The container refused to run it: ${reason}. Take an image that has what it names.`, {
    executor: EXECUTOR,
    reason,
  })
}
