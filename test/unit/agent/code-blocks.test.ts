import { describe, expect, test } from 'vitest'
import { extractCodeBlocks, toPrograms } from '../../../src/agent/index.ts'
import { expectCode } from '../../support/expect-code.ts'

const F = '```'
const codes = (markdown: string): string[] => extractCodeBlocks(markdown).blocks.map(({ language, code }) => `${language}: ${code}`)

/** The table of what AutoGen's pattern accepts, gets wrong or does not see. */
describe('fences that a pattern gets wrong', () => {
  test.each<[string, string, readonly string[]]>([
    ['a trailing blank after the language', `${F}python \nx\n${F}`, ['python: x\n']],
    ['blanks before the language', `${F}   python\nx\n${F}`, ['python: x\n']],
    ['CRLF line ends', `${F}python\r\nx\r\ny\r\n${F}\r\n`, ['python: x\ny\n']],
    [
      'other names of a language',
      `${F}py\nx\n${F}\n${F}python3\ny\n${F}\n${F}PYTHON\nz\n${F}`,
      ['python: x\n', 'python: y\n', 'python: z\n'],
    ],
    ['shells', `${F}bash\nx\n${F}\n${F}shell\ny\n${F}`, ['bash: x\n', 'bash: y\n']],
    ['attributes', `${F}python title="An example" {1,3-4}\nx\n${F}`, ['python: x\n']],
    ['tildes', `~~~python\nx\n~~~`, ['python: x\n']],
    ['tildes around backticks', `~~~python\ns = "${F}"\n${F}\n~~~`, [`python: s = "${F}"\n${F}\n`]],
    ['backticks in a line of code', `${F}python\ns = "${F}"\nprint(s)\n${F}`, [`python: s = "${F}"\nprint(s)\n`]],
    ['four backticks around three', `${F}\`python\ns = '''\n${F}\n'''\n${F}\``, [`python: s = '''\n${F}\n'''\n`]],
    ['an indented fence, whose indentation goes', `  ${F}python\n  if x:\n      y\n  ${F}`, ['python: if x:\n    y\n']],
    ['a fence in a list', `1. First\n\n   ${F}python\n   if x:\n       y\n   ${F}\n2. Then`, ['python: if x:\n    y\n']],
    ['a fence in a quote, whose markers go', `> ${F}python\n> x\n>\n> y\n> ${F}`, ['python: x\n\ny\n']],
    ['a fence in a quote in a list', `- > ${F}python\n  > x\n  > ${F}`, ['python: x\n']],
    ['a longer closing fence', `${F}python\nx\n${F}${F}`, ['python: x\n']],
    ['blank lines at both ends', `${F}python\n\nx\n\n${F}`, ['python: \nx\n\n']],
    ['no empty line around it', `Look:\n${F}python\nx\n${F}\nthere`, ['python: x\n']],
  ])('%s', (_, markdown, expected) => {
    expect(codes(markdown)).toEqual(expected)
  })

  test('a document inside a document is not run', () => {
    const { blocks, skipped } = extractCodeBlocks(`${F}\`markdown\n${F}python\nx\n${F}\n${F}\``)
    expect(blocks).toEqual([])
    expect(skipped).toMatchObject([{ reason: 'data', tag: 'markdown', line: 1 }])
  })

  test('a span of code, a comment and raw HTML are no blocks', () => {
    expect(extractCodeBlocks(`Say ${F}python x${F} or\n<!--\n${F}python\nx\n${F}\n-->\n`)).toEqual({ blocks: [], skipped: [] })
  })
})

describe('blocks that are left alone, and why', () => {
  test.each<[string, string, string]>([
    ['unclosed', `${F}python\nx\n`, 'unclosed'],
    ['unclosed', `${F}python\nx${F}`, 'unclosed'],
    ['unclosed', `> ${F}python\n> x\n\nafter`, 'unclosed'],
    ['unclosed', `${F}python`, 'unclosed'],
    ['unclosed', `${F}python\nx\n\n\n`, 'unclosed'],
    ['closed by another kind of fence', `${F}python\nx\n~~~`, 'unclosed'],
    ['closed by a shorter fence', `${F}\`python\nx\n${F}`, 'unclosed'],
    ['untagged', `${F}\nx\n${F}`, 'untagged'],
    ['tagged on the next line', `${F}\npython\nx\n${F}`, 'untagged'],
    ['unknown', `${F}klingon\nx\n${F}`, 'unknown-language'],
    ['empty', `${F}python\n \n${F}`, 'empty'],
    ['indented by four', `    ${F}python\n    x\n    ${F}`, 'indented'],
    ['cut by an inner fence', `${F}python\ns = """\n${F}js\nx\n${F}\n"""\n${F}`, 'nested-fence'],
    ...['json', 'text', 'output', 'markdown', 'diff', 'yaml', 'html', 'console', 'JSON'].map((tag): [string, string, string] => [
      tag,
      `${F}${tag}\nx\n${F}`,
      'data',
    ]),
  ])('%s: %j is %s', (_, markdown, reason) => {
    const { blocks, skipped } = extractCodeBlocks(markdown)
    expect(blocks).toEqual([])
    expect(skipped[0]?.reason).toBe(reason)
  })

  test('an inner fence that comes out even is the code that was written', () => {
    expect(codes(`${F}python\ns = "a"\n${F}js\n${F}\n\n${F}js\ny\n${F}`)).toHaveLength(2)
  })

  test('languages that were not allowed', () => {
    const markdown = `${F}python\nx\n${F}\n${F}bash\ny\n${F}`
    const { blocks, skipped } = extractCodeBlocks(markdown, { languages: ['py'] })
    expect(blocks).toMatchObject([{ language: 'python' }])
    expect(skipped).toMatchObject([{ reason: 'not-allowed', tag: 'bash', line: 4 }])
  })

  test('a language of the user is one, also over a name for data', () => {
    const own = { name: 'json', extensions: ['.json'] as const, command: ['cat'] as const }
    expect(extractCodeBlocks(`${F}json\n{}\n${F}`, { languages: [own] }).blocks).toMatchObject([{ language: 'json' }])
  })

  test('untagged blocks can be given a language', () => {
    expect(extractCodeBlocks(`${F}\nx\n${F}`, { untagged: 'python' }).blocks).toMatchObject([{ language: 'python' }])
  })
})

describe('the name of the file', () => {
  test.each<[string, string, string]>([
    ['title', `${F}python title="src/a b.py"\nx\n${F}`, ''],
    ['title that is a path', `${F}python title="src/a.py"\nx\n${F}`, 'src/a.py'],
    ['title that is prose', `${F}python title="Version 2.0 of it"\nx\n${F}`, ''],
    ['file', `${F}python file=a.py\nx\n${F}`, 'a.py'],
    ['file in quotes', `${F}python file='a b.py'\nx\n${F}`, 'a b.py'],
    ['filename', `${F}python filename="a:b.py"\nx\n${F}`, 'a:b.py'],
    ['braces', `${F}{.python file="a.py" .numbered}\nx\n${F}`, 'a.py'],
    ['braces after', `${F}python {file=a.py}\nx\n${F}`, 'a.py'],
    ['a colon', `${F}python:src/a.py\nx\n${F}`, 'src/a.py'],
    ['no file but highlighted lines', `${F}python {1,3}\nx\n${F}`, ''],
    ['# filename:', `${F}python\n# filename: src/a.py\nx\n${F}`, 'src/a.py'],
    ['# Filename: with a colon inside', `${F}python\n# Filename: a:b.py\nx\n${F}`, 'a:b.py'],
    ['#filename:', `${F}python\n#filename:a.py\nx\n${F}`, 'a.py'],
    ['// filename:', `${F}js\n// filename: a.js\nx\n${F}`, 'a.js'],
    ['/* filename: */', `${F}c\n/* filename: a.c */\nx\n${F}`, 'a.c'],
    ['<!-- filename: -->', `${F}html\n<!-- filename: a.html -->\nx\n${F}`, 'a.html'],
    ['-- filename:', `${F}lua\n-- filename: a.lua\nx\n${F}`, 'a.lua'],
    ['; filename:', `${F}scheme\n;; filename: a.scm\nx\n${F}`, 'a.scm'],
    ['% filename:', `${F}prolog\n% filename: a.pl\nx\n${F}`, 'a.pl'],
    ['(* filename: *)', `${F}ocaml\n(* filename: a.ml *)\nx\n${F}`, 'a.ml'],
    ['{- filename: -}', `${F}haskell\n{- filename: a.hs -}\nx\n${F}`, 'a.hs'],
    ['after a line for the system', `${F}bash\n#!/bin/bash\n# filename: a.sh\nx\n${F}`, 'a.sh'],
    ['after the tag of PHP', `${F}php\n<?php\n// filename: a.php\nx\n${F}`, 'a.php'],
    ['a bare name of the language', `${F}python\n# src/a.py\nx\n${F}`, 'src/a.py'],
    ['a bare name of another language', `${F}python\n# a.js\nx\n${F}`, ''],
    ['a comment about a file', `${F}python\n# reads a.py\nx\n${F}`, ''],
    ['a comment further down', `${F}python\nx\n# filename: a.py\n${F}`, ''],
  ])('from %s', (_, markdown, file) => {
    const { blocks, skipped } = extractCodeBlocks(markdown)
    expect([...blocks, ...skipped][0]?.file ?? '').toBe(file)
  })

  test('what else the info string says is kept', () => {
    expect(extractCodeBlocks(`${F}python title="T" id=7 '\nx\n${F}`).blocks[0]?.attributes).toEqual({ title: 'T', id: '7' })
  })
})

describe('programs', () => {
  const files = `${F}python file=helper.py\ndef f(): return 1\n${F}\n${F}json file=data.json\n{}\n${F}\n${F}python file=main.py\nimport helper\n${F}\n${F}bash\nls\n${F}`

  test('are the blocks one by one unless asked', () => {
    expect(toPrograms(extractCodeBlocks(files))).toMatchObject([
      { language: 'python', source: { 'helper.py': 'def f(): return 1\n' }, entryPoint: 'helper.py' },
      { language: 'python', entryPoint: 'main.py' },
      { language: 'bash', source: 'ls\n', entryPoint: undefined },
    ])
  })

  test('are one of all the files, data too, when asked', () => {
    expect(toPrograms(extractCodeBlocks(files), { multiFile: true })).toMatchObject([
      {
        language: 'python',
        entryPoint: 'main.py',
        source: { 'helper.py': 'def f(): return 1\n', 'data.json': '{}\n', 'main.py': 'import helper\n' },
      },
      { language: 'bash' },
    ])
  })

  test('run the last file when none is called main', () => {
    const markdown = `${F}python file=a.py\n1\n${F}\n${F}python file=b.py\n2\n${F}`
    expect(toPrograms(extractCodeBlocks(markdown), { multiFile: true })).toMatchObject([{ entryPoint: 'b.py' }])
  })

  test('run main wherever it stands', () => {
    const markdown = `${F}python file=src/main.py\n1\n${F}\n${F}python file=helper.py\n2\n${F}`
    expect(toPrograms(extractCodeBlocks(markdown), { multiFile: true })).toMatchObject([{ entryPoint: 'src/main.py', line: 1 }])
  })

  test('hold a file with the name of an inherited property', () => {
    const [program] = toPrograms(extractCodeBlocks(`${F}python file=__proto__\n1\n${F}`))
    expect(Object.keys(program?.source ?? {})).toEqual(['__proto__'])
  })
})

describe('hostile texts', () => {
  const size = 2_000_000
  // A pattern with a square in it would need hours for these; the test's own time limit is what notices.
  test.each<[string, string]>([
    ['fences', `${F}\n`],
    ['tagged fences', `${F}python x\n`],
    ['unclosed fences in quotes', `> ${F}python\n\n`],
    ['quotes', '>'],
    ['lists', '- '],
    ['brackets', '['],
    ['backticks', '`'],
    ['an info string of words', 'a'],
    ['an info string of attributes', 'a=" '],
    ['carriage returns', '\r'],
  ])('two megabytes of %s', (_, piece) => {
    const text = `~~~python ${piece.repeat(Math.ceil(size / piece.length))}`
    const { blocks, skipped } = extractCodeBlocks(text)
    expect(blocks.length + skipped.length).toBeGreaterThan(0)
  })

  test('a tag of megabytes is cut', () => {
    expect(extractCodeBlocks(`${F}${'x'.repeat(size)}\ny\n${F}`).skipped[0]?.tag.length).toBeLessThanOrEqual(1000)
  })

  test('what is no text is refused', async () => {
    await expectCode(() => extractCodeBlocks(undefined as never), 'INVALID_ARGUMENT')
  })
})
