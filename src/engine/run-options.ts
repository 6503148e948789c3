import { assertKnownKeys, CodeExecutorError, EXECUTE_OPTION_NAMES, parseTimeout, type ExecuteOptions } from '../core/index.ts'
import { encode } from '../workspace/index.ts'

/** {@link ExecuteOptions} after checking, with the defaults applied. */
export interface RunOptions {
  readonly entryPoint: string | undefined
  readonly args: readonly string[]
  readonly stdin: Uint8Array | undefined
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** @throws `INVALID_ARGUMENT` */
export function readRunOptions(options: ExecuteOptions, defaultTimeoutMs: number): RunOptions {
  assertKnownKeys(options, EXECUTE_OPTION_NAMES, 'options')
  const { signal, stdin } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('options.signal', signal, 'must be an AbortSignal')
  return {
    entryPoint: options.entryPoint,
    args: readWords(options.args ?? [], 'options.args'),
    stdin: stdin === undefined || stdin instanceof Uint8Array ? stdin : encode(assertText(stdin, 'options.stdin'), 'options.stdin'),
    env: readEnvironment(options.env ?? {}, 'options.env'),
    timeoutMs: options.timeoutMs === undefined ? defaultTimeoutMs : parseTimeout(options.timeoutMs, 'options.timeoutMs'),
  }
}

/** Names and values that a process can have. @throws `INVALID_ARGUMENT` */
export function readEnvironment(env: Readonly<Record<string, string>>, argument: string): Readonly<Record<string, string>> {
  if (typeof env !== 'object' || env === null || Array.isArray(env) || env instanceof Map) {
    throw invalid(argument, env, 'must be an object of names and values')
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || name.includes('\0') || !name.isWellFormed()) {
      throw invalid(argument, name, `has the name ${JSON.stringify(name)}; a name is not empty and has no =, no NUL and no lone surrogate`)
    }
    assertWord(value, `${argument}.${name}`)
  }
  return env
}

function readWords(words: readonly string[], argument: string): readonly string[] {
  if (!Array.isArray(words)) throw invalid(argument, words, 'must be a list of texts')
  // Not forEach, which skips holes.
  for (const [index, word] of words.entries()) assertWord(word, `${argument}[${index}]`)
  return words
}

function assertWord(word: string, argument: string): void {
  if (assertText(word, argument).includes('\0')) throw invalid(argument, word, 'has a NUL, which no argument and no variable can hold')
  encode(word, argument)
}

function assertText(value: unknown, argument: string): string {
  if (typeof value !== 'string') throw invalid(argument, value, 'must be text')
  return value
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
