import { CodeExecutorError } from '../core/index.ts'
import { MAX_SOURCE_BYTES } from '../workspace/index.ts'
import { invalid } from './errors.ts'
import type { CliIo } from './io.ts'

/** How long a pipe may stay silent before it counts as one that nobody writes to. */
export const SILENT_PIPE_MS = 10_000

/**
 * Reads our standard input to its end.
 * @param silentMs - gives up when not even a first byte came by then; waits for ever when left out
 * @throws `INVALID_ARGUMENT` for a silent pipe, `FILE_TOO_LARGE`, or the reason of `io.signal`
 */
export async function readInput(io: CliIo, silentMs?: number): Promise<Uint8Array> {
  const { stdin, signal } = io
  signal.throwIfAborted()
  const chunks: Buffer[] = []
  let sizeBytes = 0
  const ended = Promise.withResolvers<void>()
  const timer = silentMs === undefined ? undefined : setTimeout(() => ended.reject(silent(silentMs)), silentMs)
  const onData = (chunk: string | Buffer): void => {
    clearTimeout(timer)
    chunks.push(Buffer.from(chunk))
    sizeBytes += chunk.length
    if (sizeBytes > MAX_SOURCE_BYTES) ended.reject(tooLarge(sizeBytes))
  }
  const onAbort = (): void => ended.reject(signal.reason)
  stdin.on('data', onData)
  stdin.on('end', ended.resolve)
  stdin.on('close', ended.resolve)
  stdin.on('error', ended.reject)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await ended.promise
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    stdin.off('data', onData)
    stdin.pause()
  }
}

/**
 * An open pipe that nobody writes to is what many programs leave to the ones they start. Going on without it would give
 * a wrong result where a slow program is at the other end, and waiting would hang where nobody is.
 */
function silent(silentMs: number): CodeExecutorError<'INVALID_ARGUMENT'> {
  return invalid(
    '--stdin',
    undefined,
    `Standard input is an open pipe, and nothing came for ${silentMs / 1000} s. Give --no-stdin to run without it, or --stdin - to wait as long as it takes.`,
  )
}

function tooLarge(sizeBytes: number): CodeExecutorError<'FILE_TOO_LARGE'> {
  const message = `Standard input has more than ${MAX_SOURCE_BYTES} bytes, and it is read to its end first. Save it to a file that the program opens.`
  return new CodeExecutorError('FILE_TOO_LARGE', message, { path: '-', sizeBytes, limitBytes: MAX_SOURCE_BYTES })
}
