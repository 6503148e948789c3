import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { quoteAll } from '../../../../src/engine/commands/allow-list.ts'
import { commandWords } from '../../../../src/engine/commands/command-words.ts'
import { SeededRandom } from '../../../support/random.ts'

const PIECES = [
  ...Array.from('ab0 \t\'"\\$`;|&<>(){}#~*?[]!=\n\r%é-./:,@^'),
  '  ',
  "''",
  '""',
  '\\\\',
  '\\"',
  "\\'",
  '$(',
  '${',
  '$a',
  '\\$',
  '\\\n',
  ' a ',
  "'a b'",
  '"a b"',
  ' #',
  '😀',
]
const TEXTS = 20_000

/** The words that a shell makes of texts it can be trusted with. Patterns of file names are left alone. */
function wordsOfShell(texts: readonly string[]): string[][] {
  const script = `set -f\n${texts.map((text) => `printf '%s\\0' ${text}\nprintf '\\1'\n`).join('')}`
  const output = execFileSync('/bin/sh', { input: script, encoding: 'utf8', maxBuffer: 256 * 1024 ** 2 })
  return output
    .split('\u0001')
    .slice(0, -1)
    .map((each) => each.split('\0').slice(0, -1))
}

function wordsOfPython(texts: readonly string[]): string[][] {
  const program = 'import json, shlex, sys\njson.dump([shlex.split(text) for text in json.load(sys.stdin)], sys.stdout)'
  return JSON.parse(
    execFileSync('python3', ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 256 * 1024 ** 2 }),
  ) as string[][]
}

const wordsOf = (text: string): readonly string[] | undefined => {
  const found = commandWords(text)
  return 'words' in found ? found.words : undefined
}

describe('words that are made without a shell', () => {
  const random = new SeededRandom(20_261_125)
  const pieces = (most: number): string =>
    Array.from({ length: random.below(most + 1) }, () => PIECES[random.below(PIECES.length)]).join('')
  const quoted = (quote: string): string => quote + pieces(3) + quote
  // Quotes that are closed hold what is worth trying; single letters at random would hardly make any.
  const segment = (): string => [() => pieces(2), () => quoted("'"), () => quoted('"'), () => ' '][random.below(4)]?.() ?? ''
  const texts = Array.from({ length: TEXTS }, () => `c ${Array.from({ length: 1 + random.below(4) }, segment).join('')}`)
  const taken = texts.filter((text) => wordsOf(text) !== undefined)

  test('enough of the texts are taken, and enough are refused', () => {
    expect(taken.length).toBeGreaterThan(TEXTS / 10)
    expect(taken.length).toBeLessThan((TEXTS * 9) / 10)
    expect(taken.some((text) => text.includes("'"))).toBe(true)
  })

  test('are those that a POSIX shell makes: nothing that it would expand or run is taken', () => {
    const ofShell = wordsOfShell(taken)
    expect(ofShell.length).toBe(taken.length)
    for (const [index, text] of taken.entries()) expect(wordsOf(text), JSON.stringify(text)).toEqual(ofShell[index])
  })

  test('are those of shlex, which differs from shells in what a backslash does before $ and ` in double quotes', () => {
    const comparable = taken.filter((text) => !/\\[$`]/.test(text))
    const ofPython = wordsOfPython(comparable)
    for (const [index, text] of comparable.entries()) expect(wordsOf(text), JSON.stringify(text)).toEqual(ofPython[index])
  })

  test('are read back by a shell when they were quoted again', () => {
    const words = taken.map((text) => wordsOf(text) ?? [])
    expect(wordsOfShell(words.map(quoteAll))).toEqual(words)
  })
})

test.each([
  ['a; b', 'shell_syntax', ';'],
  ['a | b', 'shell_syntax', '|'],
  ['a\nb', 'shell_syntax', 'a line break'],
  ['a "$(b)"', 'shell_syntax', '$('],
  ["a 'b", 'shell_syntax', "'"],
  ['A=1 b', 'shell_assignment', 'A=1'],
  [' ', 'empty_command', 'empty'],
])('%j is refused with what is wrong', (text, refusal, part) => {
  const found = commandWords(text)
  expect(found).toMatchObject({ refusal })
  expect('reason' in found && found.reason).toContain(part)
})

test('a megabyte of text takes no longer than its length asks for', () => {
  const startedAt = performance.now()
  for (const piece of ['\\ ', '""', "'a'", '$ ', '  a', '" "', ' ', '\n', '\\']) commandWords(`c ${piece.repeat(300_000)}b`)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
