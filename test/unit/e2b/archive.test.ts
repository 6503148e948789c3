import { expect, test } from 'vitest'
import { inGroups, packFiles } from '../../../src/executors/e2b/archive.ts'

const empty = new Uint8Array()
const paths = (groups: readonly ReadonlyMap<string, Uint8Array>[]): string[] => groups.flatMap((group) => [...group.keys()])

test('files without directories go together, however many they are', () => {
  const files = new Map(Array.from({ length: 5_000 }, (_, index) => [`file-${index}`, empty]))
  expect(inGroups(files)).toEqual([files])
  expect(inGroups(new Map())).toEqual([])
})

test('files of very many directories go in groups whose directories can be named in one command', async () => {
  const files = new Map(Array.from({ length: 2_000 }, (_, index) => [`in/${'x'.repeat(40)}-${index >> 1}/file-${index & 1}`, empty]))
  const groups = inGroups(files)
  expect(paths(groups)).toEqual([...files.keys()])
  expect(groups.length).toBeGreaterThan(1)
  for (const group of groups) {
    const { directories } = await packFiles(group)
    expect(Buffer.byteLength(directories.join(''))).toBeLessThanOrEqual(32 * 1024)
  }
})

test('a file whose directories are too many for a group goes by itself', () => {
  const deep = `${'deep/'.repeat(400)}file`
  expect(
    inGroups(
      new Map([
        ['a', empty],
        [deep, empty],
        ['b', empty],
      ]),
    ).map((group) => [...group.keys()]),
  ).toEqual([['a'], [deep], ['b']])
})
