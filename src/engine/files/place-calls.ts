import { FileProblem, type FileFailureCode, type StoreCall } from '../../files/index.ts'
import type { CommandPlace } from '../command-place.ts'
import type { CommandExit } from '../command-backend.ts'

/** How long a command for files may take. */
const LIMIT_MS = 60_000
/** Scripts answer in bytes and not in words of some language. */
const ENV = { LC_ALL: 'C' }

/** A command for files. */
export interface FileCommand {
  readonly argv: readonly [string, ...string[]]
  readonly stdin?: Uint8Array
  /** See `Command`. */
  readonly isOwnScript?: boolean
  /** The path that the call is about, for problems. */
  readonly path: string
  /** @defaultValue 60_000 */
  readonly limitMs?: number
  /** Takes the output; `false` ends the command. */
  onOutput(chunk: Uint8Array): boolean | void
}

/** How it ended: by itself, or because nothing more was wanted. */
export type FileCommandEnd = CommandExit | { readonly kind: 'enough' } | { readonly kind: 'too slow' }

/** Runs commands for files in a place, each with an end. */
export async function runFileCommand(place: CommandPlace, command: FileCommand, call: StoreCall): Promise<FileCommandEnd> {
  const controller = new AbortController()
  const [enough, late] = [Symbol('enough'), Symbol('late')]
  const timer = setTimeout(() => controller.abort(late), command.limitMs ?? LIMIT_MS)
  const onAbort = (): void => controller.abort(call.signal?.reason)
  call.signal?.addEventListener('abort', onAbort, { once: true })
  if (call.signal?.aborted) onAbort()
  const { signal } = controller
  let omittedBytes = 0
  const onOmitted = (stream: 'output' | 'error', bytes: number): void => void (omittedBytes += stream === 'output' ? bytes : 0)
  const onOutput = (chunk: Uint8Array): void => {
    if (!signal.aborted && command.onOutput(chunk) === false) controller.abort(enough)
  }
  try {
    const { argv, stdin, isOwnScript = false } = command
    const exit = await place.run(
      { argv, env: ENV, isOwnScript, ...(stdin && { stdin }) },
      { onOutput, onError: () => {}, onOmitted, isOutputWhole: true, signal },
    )
    if (omittedBytes > 0) throw new FileProblem('too_large', command.path, 'was not handed over whole by this place')
    if (!signal.aborted) return exit
  } catch (error) {
    if (!signal.aborted || (signal.reason !== enough && signal.reason !== late)) throw error
  } finally {
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', onAbort)
  }
  call.signal?.throwIfAborted()
  return { kind: signal.reason === enough ? 'enough' : 'too slow' }
}

/** Runs a script of the place's shell, and gives the words after `ok` and the bytes after the first line. @throws FileProblem */
export async function runFileScript(
  place: CommandPlace,
  script: string,
  { path, args, stdin, take }: { path: string; args: readonly string[]; stdin?: Uint8Array; take?: (chunk: Uint8Array) => boolean | void },
  call: StoreCall,
): Promise<string> {
  let head: Buffer | undefined = Buffer.alloc(0)
  let first = ''
  const onOutput = (chunk: Uint8Array): boolean | void => {
    if (head === undefined) return take?.(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf(10)
    if (end < 0) return
    first = head.toString('utf8', 0, end)
    const rest = head.subarray(end + 1)
    head = undefined
    return rest.byteLength > 0 ? take?.(rest) : undefined
  }
  const argv = ['/bin/sh', '-c', script, 'files', ...args] as const
  const end = await runFileCommand(place, { argv, path, isOwnScript: true, ...(stdin && { stdin }), onOutput }, call)
  if (end.kind === 'too slow') throw new FileProblem('timed_out', path, 'was not reached in time')
  if (end.kind === 'out-of-disk') throw new FileProblem('no_space', path, 'was not written: no space is left')
  const [word = '', code = '', ...rest] = first.split(' ')
  if (word === 'ok') return first.slice('ok '.length)
  if (word === 'no') throw new FileProblem(code as FileFailureCode, path, rest.join(' '))
  throw new Error(`a shell for files ended with ${JSON.stringify(end)} and said ${JSON.stringify(first)}`)
}
