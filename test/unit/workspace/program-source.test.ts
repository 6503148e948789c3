import { describe, expect, test } from 'vitest'
import type { CodeSource } from '../../../src/core/index.ts'
import { encode, MAX_SOURCE_BYTES, readProgramSource } from '../../../src/workspace/index.ts'
import { expectCode } from '../../support/expect-code.ts'

const PY = ['.py', '.pyw']
const read = (source: unknown, entryPoint?: unknown) => readProgramSource(source as CodeSource, PY, entryPoint as string | undefined)
const textOf = (source: string): string => {
  const program = read(source)
  return Buffer.from(program.kind === 'text' ? program.content : []).toString()
}
const entryPointOf = (paths: readonly string[], wanted?: string): string => {
  const program = read(Object.fromEntries(paths.map((path) => [path, 'x'])), wanted)
  return program.kind === 'files' ? program.entryPoint : ''
}
const fileOf = (path: string, content: string | Uint8Array): string => {
  const program = read({ 'main.py': 'x', [path]: content })
  return Buffer.from((program.kind === 'files' && program.files.get(path)) || []).toString('latin1')
}

describe('a program as one text', () => {
  test.each([[''], [' '], ['\n'], ['\r\n\t \r\n'], ['\u00a0\u2003'], ['\uFEFF']])('%j is empty and refused', async (source) => {
    expect((await expectCode(() => read(source), 'INVALID_ARGUMENT')).details.argument).toBe('source')
  })

  test('is kept exactly, byte order mark, NUL and missing last line end included', () => {
    for (const source of ['\uFEFFprint(1)', 'a\0b', 'x', '\n\nx\n\n', 'é漢😀', '#!/bin/sh\necho']) expect(textOf(source)).toBe(source)
  })

  test.each([
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\r\nb', 'a\nb'],
    ['a\r\n\r\nb\r\n', 'a\n\nb\n'],
    ['a\r\nb\n', 'a\r\nb\n'],
    ['a\nb\r\n', 'a\nb\r\n'],
    ['\na\r\n', '\na\r\n'],
    ['a\rb\r\n', 'a\rb\n'],
    ['a\r', 'a\r'],
    ['a\n', 'a\n'],
    ['a\r\r\nb\r\n', 'a\r\nb\n'],
  ])('%j is run as %j: only where every line ends with CRLF does that mean nothing', (source, run) => {
    expect(textOf(source)).toBe(run)
  })

  test('has no file names, so an entry point is refused', async () => {
    expect((await expectCode(() => read('x', 'main.py'), 'INVALID_ARGUMENT')).details.argument).toBe('entryPoint')
  })

  test('a lone surrogate is refused, wherever it stands', async () => {
    for (const source of ['\uD83D', 'a\uDE00b', 'x'.repeat(100_000) + '\uD83D']) await expectCode(() => read(source), 'INVALID_ARGUMENT')
    expect(textOf('\u{1F600}')).toBe('😀')
  })

  test.each<[unknown]>([[null], [undefined], [7], [true], [() => 'x'], [Symbol('x')]])('%o is no program', async (source) => {
    await expectCode(() => read(source), 'INVALID_ARGUMENT')
  })
})

describe('a program of several files', () => {
  test('keeps bytes exactly and touches the line ends of its own language alone', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    expect(fileOf('data.bin', bytes)).toBe(Buffer.from(bytes).toString('latin1'))
    expect(fileOf('module.py', Buffer.from('a\r\nb\r\n'))).toBe('a\r\nb\r\n')
    expect(fileOf('module.py', 'a\r\nb\r\n')).toBe('a\nb\n')
    expect(fileOf('table.csv', 'a\r\nb\r\n')).toBe('a\r\nb\r\n')
    expect(fileOf('empty.txt', '')).toBe('')
  })

  test('without files it is none', async () => {
    await expectCode(() => read({}), 'INVALID_ARGUMENT')
    await expectCode(() => read([]), 'INVALID_ARGUMENT')
    await expectCode(() => read(new Map([['main.py', 'x']])), 'INVALID_ARGUMENT')
  })

  test.each<[unknown]>([[7], [null], [undefined], [['x']], [{}], [new ArrayBuffer(1)], ['half \uD83D']])(
    'content %o is refused with its path',
    async (content) => {
      const { details } = await expectCode(() => read({ 'main.py': 'x', 'sub/data': content }), 'INVALID_ARGUMENT')
      expect(details.argument).toBe('source["sub/data"]')
    },
  )

  test.each<[string, readonly string[], string | undefined]>([
    ['main.py', ['main.py', 'a.py', 'b.py'], undefined],
    ['main.pyw', ['a.py', 'main.pyw'], undefined],
    ['Main.py', ['a.py', 'Main.py'], undefined],
    ['only.py', ['only.py', 'notes.txt', 'sub/data.csv'], undefined],
    ['sub/only.py', ['sub/only.py', 'notes.txt'], undefined],
    ['b.py', ['a.py', 'b.py'], 'b.py'],
    ['notes.txt', ['main.py', 'notes.txt'], 'notes.txt'],
  ])('%s is what runs of %j when %o is asked for', (entryPoint, paths, wanted) => {
    expect(entryPointOf(paths, wanted)).toBe(entryPoint)
  })

  test.each<[readonly string[]]>([[['notes.txt']], [['a.py', 'b.py']], [['main.py', 'main.pyw']], [['sub/main.py', 'other.py']], [['py']]])(
    '%j does not say what runs',
    async (paths) => {
      const { details, message } = await expectCode(() => entryPointOf(paths), 'INVALID_ARGUMENT')
      expect(details.argument).toBe('source')
      expect(message).toContain('name one with entryPoint')
    },
  )

  test('an entry point that is not among the files is FILE_NOT_FOUND', async () => {
    const { details } = await expectCode(() => entryPointOf(['a.py'], 'b.py'), 'FILE_NOT_FOUND')
    expect(details.path).toBe('b.py')
  })

  test.each<[unknown, 'INVALID_PATH' | 'INVALID_ARGUMENT']>([
    ['../a.py', 'INVALID_PATH'],
    ['/a.py', 'INVALID_PATH'],
    ['', 'INVALID_PATH'],
  ])('the entry point %o is no path', async (wanted, code) => {
    await expectCode(() => read({ 'a.py': 'x' }, wanted), code)
  })

  test.each<[unknown]>([[null], [7], [['a.py']]])('the entry point %o is refused with a coded error', async (wanted) => {
    await expectCode(() => read({ 'a.py': 'x' }, wanted), 'INVALID_PATH')
  })

  test('bad paths are refused before contents are looked at', async () => {
    await expectCode(() => read({ 'main.py': 'x', '../out': 7 }), 'INVALID_PATH')
    await expectCode(() => read({ 'main.py': 'x', 'MAIN.py': 7 }), 'INVALID_PATH')
    await expectCode(
      () =>
        read(
          Object.fromEntries([
            ['main.py', 'x'],
            ['__proto__/..', 'x'],
          ]),
        ),
      'INVALID_PATH',
    )
  })

  test('names that objects have by themselves are plain names', () => {
    expect(entryPointOf(['main.py', 'constructor', 'toString'])).toBe('main.py')
    const odd = JSON.parse('{"main.py": "x", "__proto__": "kept"}') as CodeSource
    const program = read(odd)
    expect(program.kind === 'files' && [...program.files.keys()]).toEqual(['main.py', '__proto__'])
  })
})

describe('size', () => {
  // One block of memory under several names: the limit is on what would be written.
  const half = new Uint8Array(MAX_SOURCE_BYTES / 2)

  test('a program of exactly the limit is taken', () => {
    expect(read({ 'main.py': half, b: half }).kind).toBe('files')
  })

  test('one byte more is FILE_TOO_LARGE with the file that was too much', async () => {
    const { details } = await expectCode(() => read({ 'main.py': half, b: half, c: 'x', d: 'y' }), 'FILE_TOO_LARGE')
    expect(details).toEqual({ path: 'c', sizeBytes: MAX_SOURCE_BYTES + 1, limitBytes: MAX_SOURCE_BYTES })
  })

  test('a text is counted in bytes, not in characters', async () => {
    const third = '字'.repeat(Math.ceil((MAX_SOURCE_BYTES + 1) / 3))
    expect(third.length).toBeLessThan(MAX_SOURCE_BYTES)
    const { details } = await expectCode(() => read(third), 'FILE_TOO_LARGE')
    expect(details.limitBytes).toBe(MAX_SOURCE_BYTES)
  })
})

test('encode refuses what UTF-8 cannot hold, by the name it is given', async () => {
  expect(encode('é😀', 'x')).toEqual(Buffer.from('é😀'))
  const { details, message } = await expectCode(() => encode('a\uD800', 'options.args[3]'), 'INVALID_ARGUMENT')
  expect(details).toEqual({ argument: 'options.args[3]', value: 'a\uD800' })
  expect(message).toContain('toWellFormed()')
})
