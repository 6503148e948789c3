import type { LanguageName } from '../../core/index.ts'

/** A fenced block that can be run. */
export interface CodeBlock {
  /** The canonical name of its language: `python` for a fence that says `Py3`. */
  readonly language: LanguageName
  /** What stands between the fences, without their indentation and the markers of quotes around them. */
  readonly code: string
  /** The file it names, in the info string or in a comment on its first line. It is not checked yet: executors refuse bad paths. */
  readonly file: string | undefined
  /** What else the info string says: `title="x"` is `{ title: 'x' }`. */
  readonly attributes: Readonly<Record<string, string>>
  /** The line of the opening fence, counted from 1. */
  readonly line: number
}

/** Why a fenced block is not run. */
export type SkipReason =
  /** Its tag names a format, not a programming language: `json`, `text`, `diff`. */
  | 'data'
  /** It has no tag. */
  | 'untagged'
  /** Nobody knows a language of that name. */
  | 'unknown-language'
  /** The language is known, and not among those that were allowed. */
  | 'not-allowed'
  /** Its closing fence is missing, so the end of the code may be missing too. */
  | 'unclosed'
  /** It opens another fence inside and the fences of the text do not come out even, so nobody knows where the code ends. */
  | 'nested-fence'
  /** It is indented by four or more columns, which makes its fences a part of the text. */
  | 'indented'
  /** There is nothing in it. */
  | 'empty'

/** A block that is left alone, and why. */
export interface SkippedBlock {
  readonly reason: SkipReason
  /** The language as it was written; empty when there was none. */
  readonly tag: string
  readonly code: string
  readonly file: string | undefined
  readonly line: number
}

/** Whether the writer of a block would want to hear that it was left alone, since it looks like a mistake. */
export function isMistake({ reason }: SkippedBlock): boolean {
  return MISTAKES.includes(reason)
}

const MISTAKES: readonly SkipReason[] = ['unknown-language', 'not-allowed', 'unclosed', 'nested-fence', 'indented']

/** One sentence on a block that was left alone and what would have it run. */
export function describeSkipped({ reason, tag, line }: SkippedBlock): string {
  const shown = JSON.stringify(tag.slice(0, 40))
  const why = {
    data: `${shown} is no programming language`,
    untagged: 'its fence names no language; write one after the opening fence',
    'unknown-language': `nobody knows the language ${shown}`,
    'not-allowed': `${shown} is not among the allowed languages`,
    unclosed: 'its closing fence is missing; send the whole block again',
    'nested-fence': 'a line of its code closes its fence; fence it with more backticks than the code has',
    indented: 'it is indented by four or more columns; start its fences at the margin',
    empty: 'it is empty',
  } as const satisfies Record<SkipReason, string>
  return `The block on line ${line} was not run: ${why[reason]}.`
}
