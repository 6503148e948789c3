import { chmodSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { digestContext, packContext, readContext, type BuildContext } from '../../../src/executors/docker/images/build-context.ts'
import { readIgnoreRules } from '../../../src/executors/docker/images/dockerignore.ts'
import { scratchDirectory } from '../../support/world.ts'

describe('a .dockerignore', () => {
  test.each([
    ['a', ['a', 'a/b', 'a/b/c'], ['b/a', 'ab']],
    ['/a', ['a', 'a/b'], ['b/a']],
    ['a/', ['a', 'a/b'], ['b/a']],
    ['./a/../b', ['b'], ['a']],
    ['*.md', ['x.md', '.md'], ['a/x.md', 'xmd']],
    ['*/*.md', ['a/x.md'], ['x.md', 'a/b/x.md']],
    ['**/*.md', ['x.md', 'a/x.md', 'a/b/x.md'], ['x.mdx']],
    ['**/tmp', ['tmp', 'a/tmp', 'a/tmp/b'], ['a/tmps']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['b', 'a/x']],
    ['?.txt', ['a.txt'], ['ab.txt', '/.txt']],
    ['[a-c].txt', ['a.txt', 'c.txt'], ['d.txt', '-.txt']],
    ['[^a].txt', ['b.txt'], ['a.txt']],
    ['\\*.txt', ['*.txt'], ['a.txt']],
    ['a+(b)$.{c}', ['a+(b)$.{c}'], ['aab', 'a+(b)$.c']],
    ['  spaced  ', ['spaced'], ['  spaced  ']],
    ['# a', [], ['a', '# a']],
    ['.', [], ['a']],
    ['*\n!a', ['b'], ['a', 'a/b']],
    ['a\n!a/b', ['a', 'a/c'], ['a/b', 'a/b/c']],
    ['!a\na', ['a'], []],
    ['*.md\n!R*.md\nRx.md', ['a.md', 'Rx.md'], ['R.md']],
    ['\uFEFFa\r\nb\r\n', ['a', 'b'], ['c']],
    ['**', ['a', 'a/b'], []],
    ['[', ['['], ['a']],
  ])('%j', (text, ignored, kept) => {
    const rules = readIgnoreRules(text)
    expect(ignored.filter((path) => !rules.ignores(path))).toEqual([])
    expect(kept.filter((path) => rules.ignores(path))).toEqual([])
  })

  test('that takes nothing back needs no look into what it leaves out', () => {
    expect(readIgnoreRules('a\n').final).toBe(true)
    expect(readIgnoreRules('a\n!a/b\n').final).toBe(false)
  })
})

function makeContext(files: Readonly<Record<string, string>>): string {
  const directory = scratchDirectory()
  for (const [path, text] of Object.entries(files)) write(directory, path, text)
  return directory
}

function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), text)
}

describe('the files of a build', () => {
  test('are listed in order, without those that are left out', async () => {
    const directory = makeContext({
      'b/2': '',
      'b/1': '',
      a: '',
      'B/x': '',
      'gone/a': '',
      'partly/a': '',
      'partly/back': '',
      Dockerfile: '',
    })
    write(directory, '.dockerignore', 'gone\npartly/*\n!partly/back\nDockerfile\n.dockerignore\n')
    const { entries } = await readContext(directory, 'Dockerfile')
    expect(entries.map(({ path }) => path)).toEqual([
      ...['.dockerignore', 'B', 'B/x', 'Dockerfile', 'a', 'b', 'b/1', 'b/2', 'partly', 'partly/back'],
    ])
  })

  test('are found also where they are taken back out of a directory', async () => {
    const directory = makeContext({ Dockerfile: '', 'all/back/a': '', 'all/gone': '', '.dockerignore': 'all\n!all/back\n' })
    const { entries } = await readContext(directory, 'Dockerfile')
    expect(entries.map(({ path }) => path)).toEqual(['.dockerignore', 'Dockerfile', 'all', 'all/back', 'all/back/a'])
  })

  test('have the Dockerfile also where its directory is left out', async () => {
    const directory = makeContext({ 'deep/er/Dockerfile': '', 'deep/er/other': '', 'deep/other': '', '.dockerignore': 'deep\n' })
    const { entries } = await readContext(directory, 'deep/er/Dockerfile')
    expect(entries.map(({ path }) => path)).toEqual(['.dockerignore', 'deep', 'deep/er', 'deep/er/Dockerfile'])
  })
})

describe('the digest of a build', () => {
  async function digest(directory: string, settings?: object): Promise<string> {
    return digestContext(await readContext(directory, 'Dockerfile'), settings)
  }

  test('does not depend on place and time', async () => {
    const one = makeContext({ Dockerfile: 'FROM x', 'a/b': 'c' })
    const other = makeContext({ 'a/b': 'c', Dockerfile: 'FROM x' })
    utimesSync(join(other, 'a/b'), 1, 1)
    chmodSync(join(other, 'a/b'), 0o600)
    expect(await digest(one)).toBe(await digest(other))
    expect(await digest(one)).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each<[string, (directory: string) => void]>([
    ['a text', (directory) => write(directory, 'a/b', 'd')],
    ['a name', (directory) => renameSync(join(directory, 'a/b'), join(directory, 'a/c'))],
    ['a place', (directory) => renameSync(join(directory, 'a/b'), join(directory, 'b'))],
    ['a right', (directory) => chmodSync(join(directory, 'a/b'), 0o755)],
    ['a new file', (directory) => write(directory, 'a/empty', '')],
    ['an empty directory', (directory) => mkdirSync(join(directory, 'empty'))],
    ['a link', (directory) => symlinkSync('a', join(directory, 'link'))],
  ])('changes with %s', async (_, change) => {
    const directory = makeContext({ Dockerfile: 'FROM x', 'a/b': 'c' })
    const before = await digest(directory)
    change(directory)
    expect(await digest(directory)).not.toBe(before)
  })

  test('changes with the settings', async () => {
    const directory = makeContext({ Dockerfile: 'FROM x' })
    expect(await digest(directory, { target: 'a' })).not.toBe(await digest(directory, { target: 'b' }))
  })
})

describe('the archive of a build', () => {
  async function unpack(context: BuildContext): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    const files = packContext(context).pipe(extract())
    for await (const entry of files) {
      const { name, type, mode, linkname, uid } = entry.header
      const chunks: Buffer[] = []
      for await (const chunk of entry as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
      found[name] = `${type} ${mode.toString(8)} ${uid} ${linkname ?? Buffer.concat(chunks).toString()}`
    }
    return found
  }

  test('has every file, with nothing of whose it is', async () => {
    const long = `${'deep/'.repeat(30)}ä`
    const directory = makeContext({ Dockerfile: 'FROM x', [long]: '😀', 'run.sh': '#!' })
    chmodSync(join(directory, 'run.sh'), 0o700)
    chmodSync(join(directory, 'Dockerfile'), 0o600)
    symlinkSync('../elsewhere', join(directory, 'link'))
    const found = await unpack(await readContext(directory, 'Dockerfile'))
    expect(found).toMatchObject({
      Dockerfile: 'file 644 0 FROM x',
      [long]: 'file 644 0 😀',
      'run.sh': 'file 755 0 #!',
      link: 'symlink 777 0 ../elsewhere',
      deep: 'directory 755 0 ',
    })
  })

  test('breaks when a file is not what it was', async () => {
    const directory = makeContext({ Dockerfile: 'FROM x', a: 'x'.repeat(1000) })
    const context = await readContext(directory, 'Dockerfile')
    write(directory, 'a', 'y')
    await expect(Readable.from(packContext(context)).toArray()).rejects.toThrow(/size/i)
  })
})
