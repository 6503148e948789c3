import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseFiles, isInside, type PlaceFlags } from '../../../src/cli/program-files.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'polyrun-files-test-')))
  for (const directory of ['home/project/lib', 'other/deep', 'work']) mkdirSync(join(root, directory), { recursive: true })
  for (const file of ['home/project/main.py', 'home/project/lib/util.py', 'other/deep/far.py', 'other/near.py'])
    writeFileSync(join(root, file), file)
  symlinkSync('../../other/near.py', join(root, 'home/project/linked.py'))
  symlinkSync('project', join(root, 'home/alias'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

/** The working directory below the test's own, and the names of the files in order. */
function choose(cwd: string, given: readonly string[], flags: PlaceFlags = {}): readonly [string | undefined, ...string[]] {
  const { workDir, files } = chooseFiles(given, flags, { cwd: join(root, cwd), env: { HOME: join(root, 'home') } })
  return [workDir?.slice(root.length + 1), ...files.keys()]
}

describe('where it runs', () => {
  test('in place, when every file is below the current directory', () => {
    expect(choose('home/project', ['main.py', 'lib/util.py'])).toEqual(['home/project', 'main.py', 'lib/util.py'])
    expect(choose('home/project', ['lib/util.py', 'main.py'])).toEqual(['home/project', 'lib/util.py', 'main.py'])
  })

  test('by real paths, so that nothing is written through or over a link', () => {
    expect(choose('home/alias', ['main.py'])).toEqual(['home/project', 'main.py'])
    expect(choose('home', ['alias/main.py'])).toEqual(['home', 'project/main.py'])
    expect(choose('home/project', ['linked.py'])).toEqual([undefined, 'linked.py'])
  })

  test('elsewhere as copies, as far apart as they are', () => {
    expect(choose('work', ['../other/deep/far.py', '../other/near.py'])).toEqual([undefined, 'deep/far.py', 'near.py'])
    expect(choose('home/project', ['../../other/near.py', 'main.py'])).toEqual([undefined, 'other/near.py', 'home/project/main.py'])
  })

  test('in the directory that was asked for', () => {
    expect(choose('home/project', ['main.py'], { workdir: '..' })).toEqual(['home', 'project/main.py'])
    expect(choose('home/project', ['main.py'], { workdir: '../../work' })).toEqual(['work', 'main.py'])
    expect(choose('home/project', ['main.py'], { workdir: '../../not/there' })).toEqual(['not/there', 'main.py'])
  })

  test('with the entry point first, also when only others are copied', () => {
    expect(choose('other', ['near.py', '../home/project/main.py'], { workdir: '.' })).toEqual(['other', 'near.py', 'main.py'])
    expect(choose('other', ['../home/project/main.py', 'near.py'], { workdir: '.' })).toEqual(['other', 'main.py', 'near.py'])
  })

  test('never where a confined program would get the home', () => {
    expect(choose('home', ['project/main.py'])).toEqual(['home', 'project/main.py'])
    expect(choose('home', ['project/main.py'], { isolation: 'none' })).toEqual(['home', 'project/main.py'])
    expect(choose('home', ['project/main.py'], { isolation: 'auto' })).toEqual([undefined, 'main.py'])
    expect(choose('.', ['home/project/main.py'], { isolation: 'bubblewrap' })).toEqual([undefined, 'main.py'])
    expect(choose('home/project', ['main.py'], { isolation: 'bubblewrap' })).toEqual(['home/project', 'main.py'])
  })

  test('alone, when what the directory may hold is limited', () => {
    expect(choose('home/project', ['main.py'], { disk: 1 })).toEqual([undefined, 'main.py'])
  })
})

test('a file that would be replaced is refused, one that is the same is not', () => {
  writeFileSync(join(root, 'work/near.py'), 'mine')
  expect(() => choose('home', ['../other/near.py'], { workdir: '../work' })).toThrow(/would be replaced/)
  writeFileSync(join(root, 'work/near.py'), 'other/near.py')
  expect(choose('home', ['../other/near.py'], { workdir: '../work' })).toEqual(['work', 'near.py'])
})

test('files are read once and as they are', () => {
  const { files } = chooseFiles(['near.py', './near.py', '../other/near.py'], {}, { cwd: join(root, 'other'), env: {} })
  expect([...files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([['near.py', 'other/near.py']])
})

test.each([
  ['gone.py', 'FILE_NOT_FOUND', /Check the path/],
  ['naer.py', 'FILE_NOT_FOUND', /Did you mean near\.py\?/],
  ['deep', 'INVALID_ARGUMENT', /deep is a directory.*deep\/main\.py/],
  ['/dev/null', 'INVALID_ARGUMENT', /no regular file/],
  ['near.py/below', 'FILE_NOT_FOUND', /no file/],
])('%s is refused', (given, code, message) => {
  const call = (): unknown => choose('other', [given])
  expect(call).toThrow(message)
  expect(call).toThrow(expect.objectContaining({ code }))
})

test.each([
  ['/a', '/a', true],
  ['/a', '/a/b/c', true],
  ['/', '/a', true],
  ['/a', '/ab', false],
  ['/a', '/', false],
  ['/a', '/a/..b', true],
])('%s holds %s: %s', (directory, path, expected) => {
  expect(isInside(directory, path)).toBe(expected)
})
