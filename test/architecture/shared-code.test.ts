import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { LANGUAGE_NAMES } from '../../src/core/language-name.ts'
import { parseSource, readSourceFiles } from '../support/source-files.ts'
import { layerOf } from './import-rules.ts'
import { namedInSharedCode } from './naming-rules.ts'

const SHARED = ['core', 'workspace', 'engine', 'wrappers']
/** The list of the names themselves. */
const NAME_LIST = 'src/core/language-name.ts'

test('shared code names no executor and no language', async () => {
  const executors = await readdir(new URL('../../src/executors', import.meta.url))
  expect(executors).toContain('local')
  expect(LANGUAGE_NAMES.length).toBeGreaterThanOrEqual(30)
  const files = (await readSourceFiles()).filter(({ path }) => SHARED.includes(layerOf(path)) && path !== NAME_LIST)
  for (const layer of SHARED) expect(files.map(({ path }) => layerOf(path))).toContain(layer)
  expect(namedInSharedCode(files, [...executors, ...LANGUAGE_NAMES])).toEqual([])
})

test.each([
  'const a = "ruby"',
  'const a = `no ${1} docker found`',
  'const pythonPath = 1',
  'const USE_DOCKER = 1',
  'call({ sh: 1, b: "sh" })',
  'const a = "local"',
])('it would be found in: %s', (text) => {
  expect(namedInSharedCode([parseSource('src/engine/a.ts', text)], ['docker', 'local', 'python', 'ruby', 'sh'])).toHaveLength(1)
})

test('words that only look like a name are none', () => {
  const text = `open('x', 'r'); const localTime = 'the local time'; const language = 'a language'; // python`
  expect(namedInSharedCode([parseSource('src/engine/a.ts', text)], ['local', 'r', 'python', 'go'])).toEqual([])
})

test('source files stay short', async () => {
  const files = await readSourceFiles()
  expect(files.length).toBeGreaterThan(30)
  expect(files.filter(({ lines }) => lines >= 300).map(({ path, lines }) => `${path} has ${lines} lines`)).toEqual([])
})

test('lines are counted', () => {
  expect(parseSource('src/a.ts', '1\n2\n3\n').lines).toBe(3)
})
