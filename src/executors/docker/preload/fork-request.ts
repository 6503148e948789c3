import { CodeExecutorError } from '../../../core/index.ts'
import type { Command } from '../../../engine/index.ts'

/** The secrets of the protocol have as many characters. */
export const SECRET_BYTES = 32

/** A command for a fork server: `argv` is the interpreter, the script and its arguments. No input and empty input are the same. */
export interface ForkRequest extends Command {
  /** The directory in which the program begins, absolute. */
  readonly cwd: string
  /** What is written to the script's file first. @defaultValue it is there */
  readonly source?: Uint8Array
  /** The mask of permissions of new files. @defaultValue the server's */
  readonly umask?: number
}

/** A request as the server reads it, see `FORK_SERVER`. @throws `INVALID_ARGUMENT` for a NUL, which no process can be given */
export function encodeRequest(request: ForkRequest, begin: string, end: string): Buffer {
  const { argv, env, cwd, umask, stdin = new Uint8Array(), source = new Uint8Array() } = request
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const words = [cwd, umask?.toString(8) ?? '', String(argv.length - 1), ...argv.slice(1), ...variables]
  const odd = words.find((word) => word.includes('\0'))
  if (odd !== undefined) {
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `No process can be given a NUL character, which is in ${JSON.stringify(odd)}. Take it out.`,
      {
        argument: 'command',
        value: odd,
      },
    )
  }
  const fields = Buffer.from([begin, ...words].join('\0'))
  const parts = [fields, stdin, source]
  return Buffer.concat([encodeLengths(parts), ...parts, Buffer.from(end)])
}

/** The lengths of the three parts that a request begins with, in 8 hexadecimal digits each. */
export function encodeLengths(parts: readonly Uint8Array[]): Buffer {
  const [fields = 0, input = 0, source = 0] = parts.map(({ byteLength }) => byteLength)
  return Buffer.from([fields, input, source].map((length) => length.toString(16).padStart(8, '0')).join(''))
}
