import { readFileSync } from 'node:fs'
import { ChildProcessBackend } from '../../../docs/examples/custom-backend.ts'
import { CodeExecutorError, type ErrorCode, type ExecutionEvent } from '../../../src/core/index.ts'
import { CommandExecutor } from '../../../src/engine/index.ts'
import { recordErrorCode } from '../../support/evidence.ts'

/** An executor that really runs programs. */
export function realExecutor(): CommandExecutor {
  return new CommandExecutor(new ChildProcessBackend())
}

/** What a promise rejects with. Fails when it does not reject. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('value' in outcome) throw new Error(`it resolved: ${JSON.stringify(outcome.value)}`)
  return outcome.error
}

/** The error of that code that a promise rejects with, told to the summary. Fails for every other outcome. */
export async function coded<Code extends ErrorCode>(promise: Promise<unknown>, code: Code): Promise<CodeExecutorError<Code>> {
  return asCoded(await errorOf(promise), code)
}

/** The error of that code that a function throws, likewise. */
export function codedThrow<Code extends ErrorCode>(action: () => unknown, code: Code): CodeExecutorError<Code> {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  return asCoded(thrown, code)
}

function asCoded<Code extends ErrorCode>(error: unknown, code: Code): CodeExecutorError<Code> {
  if (!CodeExecutorError.is(error, code)) throw new Error(`not ${code}: ${String(error)}`, { cause: error })
  recordErrorCode(code)
  return error
}

/** All events of a stream. */
export async function eventsOf(stream: AsyncIterable<ExecutionEvent>): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

/** Lets everything go on that is ready to. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Whether a process runs. One that is dead and not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
