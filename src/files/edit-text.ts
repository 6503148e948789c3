import { FileProblem } from './file-failure.ts'

/** A text with its replacements. */
export interface EditedText {
  readonly text: string
  readonly occurrences: number
}

/**
 * Replaces a text. Matches that overlap are several: which one is meant cannot be known. A file whose every line ends with
 * CRLF is edited with LF, too, and keeps its line ends.
 * @throws FileProblem `no_match`, `several_matches`, `invalid_argument`
 */
export function editText(
  path: string,
  text: string,
  given: { readonly old: string; readonly new: string },
  replaceAll: boolean,
): EditedText {
  if (given.old === '') {
    if (text === '') return { text: given.new, occurrences: 1 }
    throw new FileProblem('invalid_argument', path, 'is not empty, so the text to replace cannot be')
  }
  const words = text.includes(given.old) ? given : withLineEndsOf(text, given)
  const count = replaceAll ? countApart(text, words.old) : countAll(text, words.old, 1_000)
  if (count === 0) throw new FileProblem('no_match', path, 'does not have that text')
  if (words.old === words.new) return { text, occurrences: replaceAll ? count : 1 }
  if (count > 1 && !replaceAll)
    throw new FileProblem('several_matches', path, `has that text ${count === 1_000 ? 'very often' : `${count} times`}`)
  if (replaceAll) return { text: text.split(words.old).join(words.new), occurrences: count }
  const at = text.indexOf(words.old)
  return { text: text.slice(0, at) + words.new + text.slice(at + words.old.length), occurrences: 1 }
}

function withLineEndsOf(
  text: string,
  given: { readonly old: string; readonly new: string },
): { readonly old: string; readonly new: string } {
  const isCrlf = text.includes('\r\n') && !/(?<!\r)\n/.test(text)
  if (!isCrlf || given.old.includes('\r')) return given
  return { old: given.old.replaceAll('\n', '\r\n'), new: given.new.replaceAll(/\r?\n/g, '\r\n') }
}

function countApart(text: string, old: string): number {
  let count = 0
  for (let at = text.indexOf(old); at >= 0; at = text.indexOf(old, at + old.length)) count += 1
  return count
}

/** Matches that overlap count each. */
function countAll(text: string, old: string, most: number): number {
  let count = 0
  for (let at = text.indexOf(old); at >= 0 && count < most; at = text.indexOf(old, at + 1)) count += 1
  return count
}
