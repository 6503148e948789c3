import type { SourceFile } from '../support/source-files.ts'

/** Names that are also plain words, or a mode such as the `r` of reading a file: only a string that is the name and nothing else counts. */
const PLAIN_WORDS = ['local', 'scheme', 'go', 'swift', 'dart', 'octave', 'racket', 'groovy', 'crystal', 'prolog']
/** Shorter names are found in anything. */
const SHORTEST_WORD = 4
const SHORTEST_STRING = 2

/** Where code that serves everyone names one of them, one sentence each. */
export function namedInSharedCode(files: readonly SourceFile[], names: readonly string[]): string[] {
  const asString = new Set(names.filter((name) => name.length >= SHORTEST_STRING))
  const asWord = new Set(names.filter((name) => name.length >= SHORTEST_WORD && !PLAIN_WORDS.includes(name)))
  return files.flatMap(({ path, strings, identifiers }) => [
    ...strings
      .filter((text) => asString.has(text.toLowerCase()) || words(text).some((word) => asWord.has(word)))
      .map((text) => `${path} has the text '${text}'`),
    ...identifiers.filter((name) => words(name).some((word) => asWord.has(word))).map((name) => `${path} has the name ${name}`),
  ])
}

/** `pythonPath`, `PYTHON_PATH` and `the python path` have the same words. */
function words(text: string): string[] {
  const separated = text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  const plain = separated.split(/[^a-z]+/)
  // A name such as docker-jupyter is a word too.
  return [...plain, ...separated.split(/[^a-z-]+/)]
}
