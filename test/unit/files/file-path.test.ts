import { expect, test } from 'vitest'
import { parseFilePath, parsePath } from '../../../src/files/file-path.ts'

test.each([
  ['', ''],
  ['.', ''],
  ['/', ''],
  ['a', 'a'],
  ['/a/b', 'a/b'],
  ['./a//b/./c', 'a/b/c'],
  ['a..b', 'a..b'],
  ['...', '...'],
  ['%2e%2e/x', '%2e%2e/x'],
  ['a~', 'a~'],
  ['a/~', 'a/~'],
  [' a ', ' a '],
  ["it's\n$(x)", "it's\n$(x)"],
  ['-rf', '-rf'],
])('%j is %j', (path, expected) => {
  expect(parsePath(path)).toBe(expected)
})

test.each([
  ...['..', '../a', 'a/..', 'a/../b', '/..', './..'],
  ...['~', '~/a', '~root/a', 'C:', 'c:/a', 'C:\\a', 'a\\b', '\\\\server\\share'],
  ...['a\0b', 'x'.repeat(300), 'a/'.repeat(2_100), '\ud800', '.polyrun-1234', 'a/.polyrun-1/x'],
  ...[7, null, undefined, {}],
])('%j is refused', (path) => {
  expect(() => parsePath(path)).toThrow(expect.objectContaining({ code: 'invalid_path' }))
})

test('a path of a file is not the root, nor one that ends with a slash', () => {
  expect(() => parseFilePath('.')).toThrow(expect.objectContaining({ code: 'is_directory' }))
  expect(() => parseFilePath('a/')).toThrow(expect.objectContaining({ code: 'invalid_path' }))
})

test('absolute paths are below the root, or refused', () => {
  expect(parsePath('/place/a', '/place')).toBe('a')
  expect(parsePath('/place//./a', '/place/')).toBe('a')
  expect(parsePath('/./place/a', '/place')).toBe('a')
  expect(parsePath('/work', '/work')).toBe('')
  expect(parsePath('/', '/')).toBe('')
  for (const path of ['/workspace/a', '/a', '/wor', '/', '//']) {
    expect(() => parsePath(path, '/work')).toThrow(expect.objectContaining({ code: 'invalid_path' }))
  }
})
