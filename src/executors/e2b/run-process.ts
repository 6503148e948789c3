import type { CommandIo } from '../../engine/index.ts'
import type { ProcessEnd, ProcessService, StartRequest } from './client.ts'

/** As the package asks: a connection over which nothing came for so many seconds is otherwise taken for dead. */
const KEEPALIVE = { 'Keepalive-Ping-Interval': '50' }
/** How long a process may take to end after it was told to, if a request may take as long. */
const ENDING_MS = 15_000
const SIGTERM = 15
/** `not_found` of https://connectrpc.com/docs/protocol/#error-codes: there is no such process any more. */
const NOT_FOUND = 5

/** The stream of a process broke off, so that how it ended is not known. */
export class BrokenStream extends Error {
  /** Whether the process was seen to start. */
  readonly hasStarted: boolean

  constructor(cause: unknown, hasStarted: boolean) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.hasStarted = hasStarted
  }
}

/**
 * Runs a process as root and hands on its output, to its end. The signal has it told to end, and what it prints meanwhile is
 * handed on too.
 *
 * @param requestMs - how long the service may take to start it, and at most to end it
 * @throws `BrokenStream`
 */
export async function runProcess(service: ProcessService, request: StartRequest, io: CommandIo, requestMs: number): Promise<ProcessEnd> {
  const connection = new AbortController()
  const giveUpAfter = (delayMs: number, what: string): NodeJS.Timeout =>
    setTimeout(() => connection.abort(new Error(`The sandbox did not ${what} within ${delayMs} ms.`)), delayMs)
  let timer = giveUpAfter(requestMs, 'start a process')
  let pid: number | undefined
  const end = (): void => {
    if (pid === undefined) return // it will be told when it is there
    clearTimeout(timer)
    timer = giveUpAfter(Math.min(ENDING_MS, requestMs), 'end a process')
    tellToEnd(service, pid).catch((error: unknown) => connection.abort(error))
  }
  io.signal.addEventListener('abort', end, { once: true })
  try {
    const options = { headers: { Authorization: `Basic ${btoa('root:')}`, ...KEEPALIVE }, signal: connection.signal, timeoutMs: 0 }
    for await (const { event } of service.start(request, options)) {
      const { case: kind, value } = event?.event ?? { case: undefined }
      if (kind === 'start') {
        clearTimeout(timer)
        pid = value.pid
        if (io.signal.aborted) end()
      } else if (kind === 'data') {
        if (value.output.case === 'stdout') io.onOutput(value.output.value)
        else if (value.output.case === 'stderr') io.onError(value.output.value)
      } else if (kind === 'end') {
        return value
      }
    }
    throw new Error('The stream of a process ended before the process.')
  } catch (error) {
    throw new BrokenStream(connection.signal.aborted ? connection.signal.reason : error, pid !== undefined)
  } finally {
    clearTimeout(timer)
    io.signal.removeEventListener('abort', end)
    connection.abort()
  }
}

async function tellToEnd(service: ProcessService, pid: number): Promise<void> {
  try {
    const process = { selector: { case: 'pid', value: pid } } as const
    await service.sendSignal({ process, signal: SIGTERM }, { signal: AbortSignal.timeout(ENDING_MS) })
  } catch (error) {
    // What is over has told so on its stream.
    if (!(error instanceof Error && 'code' in error && error.code === NOT_FOUND)) throw error
  }
}
