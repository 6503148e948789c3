import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { CodeExecutorError } from '../../core/index.ts'
import type { CommandLine } from '../../languages/index.ts'
import { messageOf } from '../lifecycle.ts'
import { quoteLiterally } from '../shell-words.ts'
import { commandWords } from './command-words.ts'
import { NotStarted } from './not-started.ts'

/** How many patterns a refusal names. */
const MOST_NAMED = 20
/** Letters of a refused command that a refusal repeats. */
const MOST_SHOWN = 200
/**
 * The commands that may run. A text is made words of without a shell, and the words, quoted again, have to match a pattern as a
 * whole. Patterns are matched in linear time, so none of them can hang.
 */
export class AllowList {
  readonly #patterns: readonly RE2JS[]
  readonly #named: string

  /** @throws `INVALID_ARGUMENT` for what is no pattern, or one that cannot be matched in linear time */
  constructor(patterns: readonly (RegExp | string)[]) {
    if (!Array.isArray(patterns)) throw invalid('allowedCommands', patterns, 'must be a list of regular expressions')
    this.#patterns = patterns.map((pattern: unknown, index) => compile(pattern, `allowedCommands[${index}]`))
    const named = patterns.slice(0, MOST_NAMED).map((pattern) => (typeof pattern === 'string' ? pattern : pattern.source))
    const more = this.#patterns.length > MOST_NAMED ? `, and ${this.#patterns.length - MOST_NAMED} more` : ''
    this.#named = named.length === 0 ? 'no command is allowed' : `allowed are commands that match ${named.join(' , ')}${more}`
  }

  /** The words of a command that is allowed. @throws {@link NotStarted} with the reason */
  check(command: string | CommandLine, env: Readonly<Record<string, string>>): CommandLine {
    const found = typeof command === 'string' ? commandWords(command) : { words: command }
    const line = typeof command === 'string' ? command : quoteAll(command)
    if ('refusal' in found) throw refused(line, found.refusal, found.reason)
    const [name] = Object.keys(env)
    if (name !== undefined) throw refused(line, 'shell_assignment', `the variable ${name} is given with it`)
    const quoted = quoteAll(found.words)
    if (!this.#patterns.some((pattern) => pattern.matches(quoted))) throw refused(line, 'no_pattern_match', this.#named)
    const [program = '', ...args] = found.words
    return [program, ...args]
  }
}

/** A command line that a POSIX shell reads back as these words. */
export function quoteAll(words: readonly string[]): string {
  return words.map(quoteLiterally).join(' ')
}

function refused(line: string, refusal: NonNullable<NotStarted['refusal']>, reason: string): NotStarted {
  const command = line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}...` : line
  return new NotStarted('command_not_allowed', `The command is not allowed: ${reason}. It was: ${command}`, refusal)
}

function compile(pattern: unknown, argument: string): RE2JS {
  if (typeof pattern !== 'string' && !(pattern instanceof RegExp)) throw invalid(argument, pattern, 'must be a regular expression')
  if (pattern instanceof RegExp && /[gydv]/.test(pattern.flags)) {
    throw invalid(argument, pattern, 'is matched as a whole: leave out the flags g, y, d and v')
  }
  // Loaded when there is something to match, since it takes as long to load as everything else together.
  const { RE2JS: Engine } = createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS }
  try {
    return Engine.compile(Engine.translateRegExp(pattern))
  } catch (cause) {
    const reason = `cannot be used: ${messageOf(cause)}. The syntax is that of RE2, without look-around and back references`
    throw invalid(argument, pattern, reason, { cause })
  }
}

function invalid(argument: string, value: unknown, reason: string, options?: ErrorOptions): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value }, options)
}
