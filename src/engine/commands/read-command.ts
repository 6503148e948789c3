import {
  assertKnownKeys,
  CodeExecutorError,
  parseTimeout,
  type BackgroundOptions,
  type CommandOptions,
  type CommandSource,
} from '../../core/index.ts'
import type { CommandLine } from '../../languages/index.ts'
import { assertRelativePath, encode } from '../../workspace/index.ts'
import { readEnvironment } from '../run-options.ts'
import { NotStarted } from './not-started.ts'

/** A command after checking, before it is known how it is run. */
export interface CommandCall {
  readonly command: string | CommandLine
  readonly env: Readonly<Record<string, string>>
  /** Below the working directory, from there or absolute; `.` is that itself. */
  readonly cwd: string
  readonly stdin: Uint8Array | undefined
}

const BACKGROUND_OPTION_NAMES = ['cwd', 'env', 'stdin', 'timeoutMs'] as const satisfies readonly (keyof BackgroundOptions)[]
const OPTION_NAMES = [...BACKGROUND_OPTION_NAMES, 'signal'] as const satisfies readonly (keyof CommandOptions)[]
/** MAX_ARG_STRLEN of Linux, with the NUL at the end: the longest single argument or variable. */
const LONGEST_WORD_BYTES = 128 * 1024 - 1
/** The usual limit for all of them together, less what a launcher adds. */
const ALL_WORDS_BYTES = 2 * 1024 ** 2 - 128 * 1024
const POINTER_BYTES = 8

/** Holds that the calling code made sense; what a model may have written is looked at by {@link readCommand}. @throws `INVALID_ARGUMENT` */
export function assertCommandCall(command: CommandSource, options: CommandOptions, isBackground: boolean): void {
  assertKnownKeys(options, isBackground ? BACKGROUND_OPTION_NAMES : OPTION_NAMES, 'options')
  const { cwd, env, stdin, timeoutMs, signal } = options
  if (typeof command !== 'string' && !isTextList(command)) throw invalid('command', command, 'must be a text or a list of texts')
  if (cwd !== undefined && typeof cwd !== 'string') throw invalid('options.cwd', cwd, 'must be a path')
  if (env !== undefined && !(isRecord(env) && isTextList(Object.values(env)))) {
    throw invalid('options.env', env, 'must be an object of names and texts')
  }
  if (stdin !== undefined && typeof stdin !== 'string' && !(stdin instanceof Uint8Array)) {
    throw invalid('options.stdin', stdin, 'must be text or bytes')
  }
  if (timeoutMs !== undefined) parseTimeout(timeoutMs, 'options.timeoutMs')
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('options.signal', signal, 'must be an AbortSignal')
}

/** @throws {@link NotStarted} for what no process can be given */
export function readCommand(command: CommandSource, { cwd = '.', env = {}, stdin }: CommandOptions): CommandCall {
  return mendable(() => {
    readEnvironment(env, 'env')
    const line = typeof command === 'string' ? readText(command) : readList(command)
    assertFits(typeof line === 'string' ? [line] : line, env)
    return {
      command: line,
      env: { ...env },
      cwd: readDirectory(cwd),
      stdin: typeof stdin === 'string' ? encode(stdin, 'stdin') : stdin,
    }
  })
}

function readText(text: string): string {
  assertWord(text, 'command')
  return text
}

function readList(words: readonly string[]): CommandLine {
  const [program = '', ...args] = words
  if (program === '') throw new NotStarted('invalid_argument', 'The command is empty: its first word names the program.')
  for (const [index, word] of words.entries()) assertWord(word, `command[${index}]`)
  return [program, ...args]
}

function readDirectory(cwd: string): string {
  const plain = cwd.replace(/^(?:\.\/+)+(?=.)/, '').replace(/(?<=.)\/+$/, '')
  // Whether an absolute one is below the working directory is known there.
  if (plain !== '.') assertRelativePath(plain.startsWith('/') ? plain.slice(1) : plain)
  return plain
}

function assertWord(word: string, what: string): void {
  encode(word, what)
  if (word.includes('\0')) throw new NotStarted('invalid_argument', `The ${what} has a NUL, which no argument can hold.`)
}

function assertFits(words: readonly string[], env: Readonly<Record<string, string>>): void {
  const sizes = [...words, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].map((word) => Buffer.byteLength(word) + 1)
  const total = sizes.reduce((sum, size) => sum + size + POINTER_BYTES, 0)
  if (total <= ALL_WORDS_BYTES && sizes.every((size) => size <= LONGEST_WORD_BYTES)) return
  const most = `${LONGEST_WORD_BYTES} bytes in one piece and ${ALL_WORDS_BYTES} together`
  const message = `The command is too long: ${total} bytes with its variables, where ${most} are taken. Write long text to a file, or give it as standard input.`
  throw new NotStarted('invalid_argument', message)
}

/** What is refused as an argument elsewhere is something to be mended here: a model wrote it. */
function mendable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (CodeExecutorError.is(error, 'INVALID_ARGUMENT') || CodeExecutorError.is(error, 'INVALID_PATH')) {
      throw new NotStarted('invalid_argument', error.message)
    }
    throw error
  }
}

function isTextList(list: unknown): boolean {
  return Array.isArray(list) && Array.from(list).every((each) => typeof each === 'string')
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}
