import type { CommandRefusal } from '../../core/index.ts'

/** A command's words, or why only a shell could make words of it. */
export type CommandWords = { readonly words: readonly string[] } | { readonly refusal: CommandRefusal; readonly reason: string }

/** Outside quotes these separate commands, redirect, or group. */
const OPERATOR = /[;<>|&()`\n\r]/
/** What a shell puts something else in the place of, when `$` comes before it. */
const EXPANDED_AFTER_DOLLAR = /[A-Za-z0-9_{(@*#?!$-]/
/** Outside quotes `$'` and `$"` are quotes of their own to some shells. */
const QUOTE = /['"]/

/**
 * Makes words of a command as a POSIX shell does (Shell Command Language, 2.2 and 2.3), as long as it has nothing but words
 * and quotes. Patterns of file names are left as they are, since nothing expands them.
 */
export function commandWords(text: string): CommandWords {
  const reader = new WordReader(trimmed(text))
  try {
    reader.read()
  } catch (error) {
    if (error instanceof ShellSyntax) return { refusal: 'shell_syntax', reason: error.message }
    throw error
  }
  const [first] = reader.words
  if (first === undefined) return { refusal: 'empty_command', reason: 'it is empty' }
  if (first.includes('=')) return { refusal: 'shell_assignment', reason: `${JSON.stringify(first)} sets a variable` }
  return { words: reader.words }
}

class ShellSyntax extends Error {}

class WordReader {
  readonly words: string[] = []
  readonly #text: string
  #at = 0
  /** The word that is being read; quotes alone begin one, too. */
  #word: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  read(): void {
    while (this.#at < this.#text.length) this.#readPlain(this.#next())
    this.#endWord()
  }

  #readPlain(letter: string): void {
    if (letter === ' ' || letter === '\t') return this.#endWord()
    if (letter === "'") return this.#readSingle()
    if (letter === '"') return this.#readDouble()
    if (letter === '\\') return this.#add(this.#escaped())
    if (OPERATOR.test(letter)) throw new ShellSyntax(`it has ${shown(letter)} outside quotes`)
    if (letter === '#' && this.#word === undefined) throw new ShellSyntax('it has a comment')
    if (letter === '~' && this.#word === undefined) throw new ShellSyntax('it has ~ at the beginning of a word, which nothing expands')
    if (letter === '$') this.#assertLiteralDollar(QUOTE)
    this.#add(letter)
  }

  #readSingle(): void {
    const end = this.#text.indexOf("'", this.#at)
    if (end < 0) throw new ShellSyntax("it has a ' without another one")
    this.#add(this.#text.slice(this.#at, end))
    this.#at = end + 1
  }

  #readDouble(): void {
    this.#add('')
    for (let letter = this.#next(); letter !== '"'; letter = this.#next()) {
      if (letter === '') throw new ShellSyntax('it has a " without another one')
      if (letter === '`') throw new ShellSyntax('it has a backtick in double quotes, and nothing is substituted')
      if (letter === '$') this.#assertLiteralDollar()
      this.#add(letter === '\\' ? this.#escapedInDouble() : letter)
    }
  }

  #escaped(): string {
    const letter = this.#next()
    if (letter === '') throw new ShellSyntax('it ends with a backslash')
    if (letter === '\n') throw new ShellSyntax('it goes on after a line break')
    return letter
  }

  #escapedInDouble(): string {
    const letter = this.#text.charAt(this.#at)
    if (letter === '\n') throw new ShellSyntax('it goes on after a line break')
    if (letter === '' || !'$`"\\'.includes(letter)) return '\\'
    this.#at += 1
    return letter
  }

  #assertLiteralDollar(orElse?: RegExp): void {
    const after = this.#text.charAt(this.#at)
    if (EXPANDED_AFTER_DOLLAR.test(after) || orElse?.test(after)) throw new ShellSyntax(`it has $${after}, and nothing is expanded`)
  }

  /** The next letter, or nothing at the end. */
  #next(): string {
    const letter = this.#text.charAt(this.#at)
    this.#at += 1
    return letter
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text
  }

  #endWord(): void {
    if (this.#word !== undefined) this.words.push(this.#word)
    this.#word = undefined
  }
}

/** Without the blanks and line breaks around it. A regular expression would take long for many blanks in the middle. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && ' \t\n'.includes(text.charAt(start))) start += 1
  while (end > start && ' \t\n'.includes(text.charAt(end - 1)) && text.charAt(end - 2) !== '\\') end -= 1
  return text.slice(start, end)
}

function shown(letter: string): string {
  return letter === '\n' || letter === '\r' ? 'a line break' : letter
}
