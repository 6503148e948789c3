import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { HostDirectory } from '../../../src/workspace/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { listTree, openDescriptors, scratchDirectory } from '../../support/world.ts'

const text = (content: string): Uint8Array => Buffer.from(content)

/** A directory to write to, and one beside it that must stay as it is. */
function make(): { readonly directory: HostDirectory; readonly root: string; readonly outside: string } {
  const scratch = scratchDirectory('memory')
  const [root, outside] = [join(scratch, 'root'), join(scratch, 'outside')]
  fs.mkdirSync(root)
  fs.mkdirSync(outside)
  fs.writeFileSync(join(outside, 'precious'), 'mine')
  return { directory: new HostDirectory(root), root, outside }
}

const untouched = (outside: string): void => {
  expect(listTree(outside)).toEqual(['precious'])
  expect(fs.readFileSync(join(outside, 'precious'), 'utf8')).toBe('mine')
}

describe('writing', () => {
  test('makes parents and keeps bytes exactly', () => {
    const { directory, root } = make()
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    directory.writeFile('a/b/c.bin', bytes)
    directory.writeFile('empty', text(''))
    expect(fs.readFileSync(join(root, 'a/b/c.bin'))).toEqual(Buffer.from(bytes))
    expect(listTree(root)).toEqual(['a', 'a/b', 'a/b/c.bin', 'empty'])
  })

  test('replaces what was there, and a shorter file has nothing of the longer one', () => {
    const { directory, root } = make()
    directory.writeFile('a', text('a long text'))
    directory.writeFile('a', text('short'))
    expect(fs.readFileSync(join(root, 'a'), 'utf8')).toBe('short')
    expect(listTree(root)).toEqual(['a'])
  })

  test('a file that already has the content is left untouched', () => {
    const { directory, root } = make()
    directory.writeFile('a', text('same'))
    fs.utimesSync(join(root, 'a'), 1_000_000, 1_000_000)
    const { ino } = fs.statSync(join(root, 'a'))
    directory.writeFile('a', text('same'))
    expect(fs.statSync(join(root, 'a'))).toMatchObject({ ino, mtimeMs: 1_000_000_000 })
    directory.writeFile('a', text('diff'))
    expect(fs.statSync(join(root, 'a')).mtimeMs).toBeGreaterThan(1_000_000_000)
  })

  test('another name of a file outside is not changed through it', () => {
    const { directory, root, outside } = make()
    fs.linkSync(join(outside, 'precious'), join(root, 'shared'))
    directory.writeFile('shared', text('changed'))
    untouched(outside)
    expect(fs.readFileSync(join(root, 'shared'), 'utf8')).toBe('changed')
  })

  test('ten thousand files, and other work gets its turns meanwhile', async () => {
    const { directory, root } = make()
    const files = new Map(Array.from({ length: 10_000 }, (_, index) => [`d${index % 20}/f${index}`, text(String(index))]))
    let turns = 0
    const ticking = setInterval(() => (turns += 1), 1)
    const descriptors = openDescriptors()
    await directory.writeFiles(files)
    clearInterval(ticking)
    expect(turns).toBeGreaterThan(10)
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors + 2)
    expect(listTree(root)).toHaveLength(10_020)
    expect(fs.readFileSync(join(root, 'd19/f9999'), 'utf8')).toBe('9999')
  })

  test('a file of fifty megabytes', () => {
    const { directory, root } = make()
    const content = Buffer.alloc(50_000_000, 'abcdefg')
    directory.writeFile('large', content)
    expect(fs.readFileSync(join(root, 'large')).equals(content)).toBe(true)
  })

  test('a path with as many parts as a path may have', async () => {
    const { directory, root } = make()
    const path = `${'d/'.repeat(2_000)}file`
    const descriptors = openDescriptors()
    directory.writeFile(path, text('deep'))
    expect(Buffer.from(directory.readFile(path, 10)).toString()).toBe('deep')
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors)
    await directory.remove(['d'])
    expect(listTree(root)).toEqual([])
  })

  test('a root that was removed is made again', () => {
    const { directory, root } = make()
    fs.rmSync(root, { recursive: true })
    directory.writeFile('a/b', text('x'))
    expect(listTree(root)).toEqual(['a', 'a/b'])
    fs.rmSync(root, { recursive: true })
    directory.makeDirectory('c/d')
    expect(listTree(root)).toEqual(['c', 'c/d'])
  })

  test('a root that is given through a link is the directory behind it', () => {
    const { root, outside } = make()
    fs.symlinkSync(root, join(outside, 'link'))
    expect(new HostDirectory(join(outside, 'link')).root).toBe(root)
  })
})

describe('links', () => {
  test('a link where a file is due is replaced, and what it points to stays', () => {
    const { directory, root, outside } = make()
    fs.symlinkSync(join(outside, 'precious'), join(root, 'a'))
    directory.writeFile('a', text('mine'))
    expect(fs.lstatSync(join(root, 'a')).isFile(), 'also with the very content that is there').toBe(true)
    fs.rmSync(join(root, 'a'))
    fs.symlinkSync(join(outside, 'precious'), join(root, 'a'))
    directory.writeFile('a', text('new'))
    untouched(outside)
    expect(fs.lstatSync(join(root, 'a')).isFile()).toBe(true)
  })

  test('a dangling link is replaced, and nothing appears where it points', () => {
    const { directory, root, outside } = make()
    fs.symlinkSync(join(outside, 'not-there'), join(root, 'a'))
    directory.writeFile('a', text('x'))
    untouched(outside)
    expect(fs.readFileSync(join(root, 'a'), 'utf8')).toBe('x')
  })

  test.each([['a/file'], ['a/b/file'], ['sub/a/file']])('a link in the way to %s is refused', async (path) => {
    const { directory, root, outside } = make()
    fs.mkdirSync(join(root, 'sub'))
    fs.symlinkSync(outside, join(root, 'a'))
    fs.symlinkSync(outside, join(root, 'sub/a'))
    await expectCode(() => directory.writeFile(path, text('x')), 'INVALID_PATH', 'writing')
    await expectCode(() => directory.makeDirectory(path), 'INVALID_PATH', 'making a directory')
    await expectCode(() => directory.readFile(path.replace('file', 'precious'), 100), 'INVALID_PATH', 'reading')
    untouched(outside)
  })

  test('a link to a place inside is refused as well: where it points may change', async () => {
    const { directory, root } = make()
    fs.mkdirSync(join(root, 'real'))
    fs.symlinkSync('real', join(root, 'a'))
    await expectCode(() => directory.writeFile('a/file', text('x')), 'INVALID_PATH')
    expect(listTree(root)).toEqual(['a', 'real'])
  })

  test('a link is not read', async () => {
    const { directory, root, outside } = make()
    fs.symlinkSync(join(outside, 'precious'), join(root, 'a'))
    await expectCode(() => directory.readFile('a', 100), 'INVALID_PATH')
  })

  test('removing a link leaves what it points to, also in a tree that is removed', async () => {
    const { directory, root, outside } = make()
    fs.symlinkSync(outside, join(root, 'a'))
    fs.mkdirSync(join(root, 'tree/deep'), { recursive: true })
    fs.symlinkSync(outside, join(root, 'tree/deep/link'))
    fs.symlinkSync(join(outside, 'precious'), join(root, 'tree/file'))
    await directory.remove(['a', 'tree', 'not-there', 'neither/here'])
    expect(listTree(root)).toEqual([])
    untouched(outside)
  })

  test('removing through a link is refused', async () => {
    const { directory, root, outside } = make()
    fs.mkdirSync(join(outside, 'precious-too'))
    fs.symlinkSync(outside, join(root, 'a'))
    await expectCode(directory.remove(['a/precious']), 'INVALID_PATH')
    await expectCode(directory.remove(['a/precious-too']), 'INVALID_PATH')
    expect(listTree(outside)).toEqual(['precious', 'precious-too'])
  })

  test.each([['../outside/new'], ['a/../../outside/new'], ['..'], ['']])('%j does not lead out, whoever asks for it', async (path) => {
    const { directory, outside } = make()
    await expectCode(() => directory.writeFile(path, text('x')), 'INVALID_PATH', 'writing')
    await expectCode(() => directory.readFile(path.replace('new', 'precious'), 100), 'INVALID_PATH', 'reading')
    untouched(outside)
  })
})

describe('what is in the way', () => {
  test('a directory where a file is due, and a file where a directory is due, are refused and stay', async () => {
    const { directory, root } = make()
    fs.mkdirSync(join(root, 'a/b'), { recursive: true })
    fs.writeFileSync(join(root, 'file'), 'x')
    await expectCode(() => directory.writeFile('a', text('x')), 'INVALID_PATH')
    await expectCode(() => directory.writeFile('file/below', text('x')), 'INVALID_PATH')
    await expectCode(() => directory.makeDirectory('file'), 'INVALID_PATH')
    await expectCode(() => directory.readFile('a', 100), 'INVALID_PATH')
    expect(listTree(root)).toEqual(['a', 'a/b', 'file'])
  })

  test('a FIFO is replaced by a file, is not read, and is removed, all without waiting', () => {
    const { root } = make()
    execFileSync('mkfifo', [join(root, 'a'), join(root, 'b'), join(root, 'c')])
    // Waiting would block the whole process, so another one tries it.
    const source = fileURLToPath(new URL('../../../src/workspace/index.ts', import.meta.url))
    const trial = `const { HostDirectory } = await import(${JSON.stringify(source)})
      const directory = new HostDirectory(${JSON.stringify(root)})
      directory.writeFile('a', Buffer.from('x'))
      try { directory.readFile('b', 100) } catch (error) { console.log(error.code) }
      await directory.remove(['c'])`
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', trial], { encoding: 'utf8', timeout: 20_000 })).toBe(
      'INVALID_PATH\n',
    )
    expect(fs.readFileSync(join(root, 'a'), 'utf8')).toBe('x')
    expect(listTree(root)).toEqual(['a', 'b'])
  })

  test('an endless device is not read', async () => {
    const { directory, root } = make()
    fs.symlinkSync('/dev/zero', join(root, 'zero'))
    await expectCode(() => directory.readFile('zero', 100), 'INVALID_PATH')
  })
})

describe('reading', () => {
  test('gives files of at most the limit, and FILE_TOO_LARGE for one byte more', async () => {
    const { directory } = make()
    directory.writeFile('a', text('12345'))
    expect(Buffer.from(directory.readFile('a', 5)).toString()).toBe('12345')
    const { details } = await expectCode(() => directory.readFile('a', 4), 'FILE_TOO_LARGE')
    expect(details).toEqual({ path: 'a', sizeBytes: 5, limitBytes: 4 })
  })

  test('a large sparse file is refused by its size and not read', async () => {
    const { directory, root } = make()
    fs.writeFileSync(join(root, 'huge'), '')
    fs.truncateSync(join(root, 'huge'), 2 ** 40)
    await expectCode(() => directory.readFile('huge', 1024), 'FILE_TOO_LARGE')
  })

  test('a file that is not there is FILE_NOT_FOUND', async () => {
    const { directory } = make()
    await expectCode(() => directory.readFile('not-there', 100), 'FILE_NOT_FOUND')
    await expectCode(() => directory.readFile('not/there', 100), 'FILE_NOT_FOUND')
  })
})
