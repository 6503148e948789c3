import { expect, test } from 'vitest'
import { compileGlob } from '../../../src/files/index.ts'

const matching = (pattern: string, paths: readonly string[], hidden = false): string[] => paths.filter(compileGlob(pattern, { hidden }))
const PATHS = ['a.py', 'b.txt', 'src/a.py', 'src/deep/b.py', 'src/deep/.secret.py', '.git/config', 'src/[x].md', 'a,b.txt', 'ü.py']

test.each([
  ['*.py', ['a.py', 'src/a.py', 'src/deep/b.py', 'ü.py']],
  ['./*.py', ['a.py', 'ü.py']],
  ['/*.py', ['a.py', 'ü.py']],
  ['src/*.py', ['src/a.py']],
  ['src/**/*.py', ['src/a.py', 'src/deep/b.py']],
  ['**/deep/*', ['src/deep/b.py']],
  ['**/.*', ['src/deep/.secret.py']],
  ['.git/**', ['.git/config']],
  ['?.py', ['a.py', 'src/a.py', 'src/deep/b.py', 'ü.py']],
  ['[!a].*', ['b.txt', 'src/deep/b.py', 'ü.py']],
  ['[a-b].{py,txt}', ['a.py', 'b.txt', 'src/a.py', 'src/deep/b.py']],
  ['{src,none}/{a,deep/b}.py', ['src/a.py', 'src/deep/b.py']],
  ['\\[x\\].md', ['src/[x].md']],
  ['a\\,b.txt', ['a,b.txt']],
  ['nothing', []],
])('%s', (pattern, expected) => {
  expect(matching(pattern, PATHS)).toEqual(expected)
})

test('everything, with and without what is hidden', () => {
  expect(matching('**', PATHS)).toEqual(PATHS.filter((path) => !path.includes('/.') && !path.startsWith('.')))
  expect(matching('**', PATHS, true)).toEqual(PATHS)
})

test.each(['', '{a', '[a', '../x', 'x'.repeat(2_000), '{a,b}'.repeat(20), 7])('%s is no pattern', (pattern) => {
  expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: 'invalid_pattern' }))
})

test('no pattern takes long', () => {
  const startedAt = performance.now()
  expect(compileGlob('*a'.repeat(400))('a'.repeat(200) + 'b')).toBe(false)
  expect(compileGlob('**/a/'.repeat(150) + 'b')(`${'a/'.repeat(400)}c`)).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
