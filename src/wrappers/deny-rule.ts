import { types } from 'node:util'
import { assertKnownKeys } from '../core/index.ts'
import { invalid } from './checks.ts'

/** A file of a program, as a rule sees it. */
export interface CheckedSource {
  /** Its path; `undefined` for a program given as text. */
  readonly path: string | undefined
  /** Its content; bytes are read as UTF-8, and what is no UTF-8 becomes U+FFFD. */
  readonly text: string
  /** The canonical name of the language that the program was given as. */
  readonly language: string
}

/** Answers with the reason to refuse, or `undefined` or `false` to let it pass. What it throws passes through; nothing runs then. */
export type DenyFunction = (source: CheckedSource) => string | undefined | false

/** A pattern with a name for the error. */
export interface NamedDenyRule {
  /** What the error calls it. */
  readonly name: string
  /** What may not be there. */
  readonly pattern: RegExp | string
  /** Why not, or what to write instead: a sentence for whoever reads the error, often a model. */
  readonly message?: string
}

/** What may not be in a program: a pattern, a literal text, a named pattern, or a function that decides. */
export type DenyRule = RegExp | string | NamedDenyRule | DenyFunction

/** A rule after checking. */
export interface CompiledRule {
  readonly name: string
  /** Where and why it refuses, or `undefined`. */
  find(source: CheckedSource): Finding | undefined
}

/** Where a rule matched, and what it has to say about it. */
export interface Finding {
  /** Line, from 1. */
  readonly line: number
  readonly message: string | undefined
}

/** @throws `INVALID_ARGUMENT` for what can be no rule */
export function compileRule(rule: DenyRule, argument: string): CompiledRule {
  if (typeof rule === 'function') return fromFunction(rule, argument)
  if (typeof rule === 'string' || types.isRegExp(rule)) return fromPattern(rule, argument, String(rule), undefined)
  if (typeof rule !== 'object' || rule === null) {
    throw invalid(argument, rule, 'is no rule; a rule is a RegExp, a text, a function or { name, pattern, message? }')
  }
  assertKnownKeys(rule, ['name', 'pattern', 'message'], argument)
  const { name, pattern, message } = rule
  if (typeof name !== 'string' || name === '') throw invalid(`${argument}.name`, name, 'must be text')
  if (message !== undefined && typeof message !== 'string') throw invalid(`${argument}.message`, message, 'must be text')
  return fromPattern(pattern, `${argument}.pattern`, name, message)
}

function fromPattern(pattern: RegExp | string, argument: string, name: string, message: string | undefined): CompiledRule {
  const search = toSearch(pattern, argument)
  return {
    name,
    find({ text }) {
      const match = search(text)
      return match && { line: lineAt(text, firstVisible(text, match)), message }
    },
  }
}

interface Match {
  readonly start: number
  readonly end: number
}

function toSearch(pattern: RegExp | string, argument: string): (text: string) => Match | undefined {
  if (typeof pattern === 'string') {
    if (pattern === '') throw invalid(argument, pattern, 'is empty, so it is in every program')
    return (text) => toMatch(text.indexOf(pattern), pattern.length)
  }
  if (!types.isRegExp(pattern)) throw invalid(argument, pattern, 'must be a RegExp or a text')
  // With g or y a RegExp remembers where it stopped, and the next program would be searched from there.
  const stateless = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''))
  return (text) => {
    const match = stateless.exec(text)
    return match === null ? undefined : toMatch(match.index, match[0].length)
  }
}

function toMatch(start: number, length: number): Match | undefined {
  return start < 0 ? undefined : { start, end: start + length }
}

function fromFunction(decide: DenyFunction, argument: string): CompiledRule {
  return {
    name: decide.name === '' ? argument : decide.name,
    find(source) {
      const answer: unknown = decide(source)
      if (answer === undefined || answer === false) return undefined
      // A promise or `true` is a rule that means to refuse and would not be heard.
      if (typeof answer !== 'string') throw invalid(argument, answer, 'must answer with a text to refuse, or with undefined or false')
      return { line: 1, message: answer }
    },
  }
}

/** A match often begins with the blank lines before what it is about. */
function firstVisible(text: string, { start, end }: Match): number {
  const visible = text.slice(start, end).search(/\S/)
  return visible < 0 ? start : start + visible
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split(/\r\n|\n|\r/).length
}
