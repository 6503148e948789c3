import assert from 'node:assert/strict'
import type { FileBody, FileContext } from './context.ts'

const TRICKS = [
  ...['..', '../x', 'a/../../x', 'a/..', '/..', './../x', '~', '~/x', '~root/x', 'C:\\x', 'c:/x', '..\\x', 'a\\..\\..\\x'],
  ...['a\0b', `${'x'.repeat(300)}`, 'd/'.repeat(3_000)],
]
const ODD_NAMES = [
  ...[
    'with space',
    ' lead',
    'trail ',
    "it's",
    '"quoted"',
    '-rf',
    '--help',
    'new\nline',
    'tab\t',
    '$(touch hacked)',
    '`id`',
    ';ls',
    '*',
    '[a]',
    '{b,c}',
    '?',
  ],
  ...['#', '!', '&', '|', '%2e%2e', '...', 'a..b', 'e\u0301', '\u00e9', '🎉', 'x'.repeat(255), '%s%n', '-', 'con', 'trailing.'],
]

/** Where files are, and what is found. */
export const PLACE_BODIES = {
  'path:tricks': async (t) => {
    await t.write({ 'a/inside': 'x' })
    for (const path of TRICKS) {
      await t.fails(t.files.read(path), 'invalid_path')
      await t.fails(t.files.write(path, 'x'), 'invalid_path')
      await t.fails(t.files.edit(path, 'x', 'y'), 'invalid_path')
      await t.fails(t.files.remove(path, { recursive: true }), 'invalid_path')
      await t.fails(t.files.list(path), 'invalid_path')
      await t.fails(t.files.stat(path), 'invalid_path')
      await t.fails(t.files.glob('**', { path }), 'invalid_path')
      await t.fails(t.files.grep({ pattern: 'x', kind: 'literal', path }), 'invalid_path')
      assert.equal(await t.files.exists(path), false)
    }
    assert.deepEqual(await t.found('**', { hidden: true }), ['a/inside'])
  },

  'path:odd-names': async (t) => {
    const paths = ODD_NAMES.map((name) => `${name}/${name}`)
    const written = await t.within(t.files.writeFiles(paths.map((path) => ({ path, content: 'found here\n' }))))
    for (const [index, answer] of written.entries()) assert.ok(answer.ok, `${paths[index]}: ${!answer.ok && answer.message}`)
    assert.deepEqual(await t.found('**', { hidden: true }), paths.toSorted())
    assert.deepEqual(
      (await t.ok(t.files.grep({ pattern: 'here', kind: 'literal', hidden: true }))).matches.map(({ path }) => path).toSorted(),
      paths.toSorted(),
    )
    for (const name of ["it's", '-rf', 'new\nline', '$(touch hacked)', 'x'.repeat(255), 'trail ', '*']) await tryOne(t, name)
    assert.equal(await t.files.exists('hacked'), false)
  },

  'kind:collisions': async (t) => {
    await t.write({ 'dir/file': 'x' })
    await t.fails(t.files.read('dir'), 'is_directory')
    await t.fails(t.files.readBytes('.'), 'is_directory')
    await t.fails(t.files.write('dir', 'x'), 'is_directory')
    await t.fails(t.files.edit('dir', 'x', 'y'), 'is_directory')
    await t.fails(t.files.write('dir/file/below', 'x'), 'not_a_directory')
    await t.fails(t.files.read('dir/file/below'), 'not_a_directory', 'file_not_found')
    await t.fails(t.files.read('none'), 'file_not_found')
    await t.fails(t.files.read('none/below'), 'file_not_found')
    await t.fails(t.files.list('none'), 'file_not_found')
    await t.fails(t.files.glob('*', { path: 'dir/file' }), 'not_a_directory')
    assert.equal(await t.text('dir/file'), 'x')
  },

  'list:parts': async (t) => {
    await t.write({ 'b.txt': '', 'a/deep/x': '', B: '', '.hidden': '12', é: '' })
    const { entries } = await t.ok(t.files.list())
    assert.deepEqual(
      entries.map(({ path, kind }) => [path, kind]),
      [
        ['.hidden', 'file'],
        ['B', 'file'],
        ['a', 'directory'],
        ['b.txt', 'file'],
        ['é', 'file'],
      ],
    )
    assert.deepEqual(
      (await t.ok(t.files.list('a'))).entries.map(({ path }) => path),
      ['a/deep'],
    )
    assert.deepEqual(
      (await t.ok(t.files.list('.hidden'))).entries.map(({ path, sizeBytes }) => [path, sizeBytes]),
      [['.hidden', 2]],
    )
    const part = await t.ok(t.files.list('', { limit: 2 }))
    assert.deepEqual([part.entries.length, part.truncated, part.nextOffset], [2, true, 2])
    const next = await t.ok(t.files.list('/', { offset: 2 }))
    assert.deepEqual(
      [...part.entries, ...next.entries].map(({ path }) => path),
      entries.map(({ path }) => path),
    )
  },

  'list:stat': async (t) => {
    const before = Date.now()
    await t.write({ 'a/b': '12345' })
    const file = await t.ok(t.files.stat('a/b'))
    assert.deepEqual([file.path, file.kind, file.sizeBytes], ['a/b', 'file', 5])
    assert.ok(Math.abs(file.modifiedAtMs - before) < 3_600_000)
    assert.equal((await t.ok(t.files.stat('a'))).kind, 'directory')
    assert.equal((await t.ok(t.files.stat('/'))).kind, 'directory')
    assert.deepEqual([await t.files.exists('a/b'), await t.files.exists('a/c')], [true, false])
    const { version } = await t.ok(t.files.write('a/b', '67890'))
    assert.notEqual(version, file.version)
    assert.equal((await t.ok(t.files.stat('a/b'))).version, version)
  },

  'remove:all': async (t) => {
    await t.write({ 'a/b': '', 'a/c/d': '', keep: '' })
    assert.equal((await t.ok(t.files.remove('a/b'))).path, 'a/b')
    await t.fails(t.files.remove('a/b'), 'file_not_found')
    await t.fails(t.files.remove('a'), 'is_directory')
    await t.fails(t.files.remove('/', { recursive: true }), 'invalid_path')
    await t.ok(t.files.remove('a', { recursive: true }))
    assert.deepEqual(await t.found('**', { directories: true }), ['keep'])
    await t.write({ a: 'now a file' })
  },

  'glob:patterns': async (t) => {
    await t.write({ 'a.py': '', 'src/b.py': '', 'src/deep/c.py': '', 'src/deep/d.txt': '', '.git/x.py': '', '.env': '' })
    assert.deepEqual(await t.found('*.py'), ['a.py', 'src/b.py', 'src/deep/c.py'])
    assert.deepEqual(await t.found('/*.py'), ['a.py'])
    assert.deepEqual(await t.found('src/*.py'), ['src/b.py'])
    assert.deepEqual(await t.found('**/*.{py,txt}', { path: 'src' }), ['src/b.py', 'src/deep/c.py', 'src/deep/d.txt'])
    assert.deepEqual(await t.found('deep/[!c].*', { path: 'src' }), ['src/deep/d.txt'])
    assert.deepEqual(await t.found('.git/**'), ['.git/x.py'])
    assert.deepEqual(await t.found('.env'), ['.env'])
    assert.deepEqual(await t.found('*.py', { hidden: true }), ['.git/x.py', 'a.py', 'src/b.py', 'src/deep/c.py'])
    assert.deepEqual(await t.found('**/deep', { directories: true }), ['src/deep'])
    assert.deepEqual(await t.found('nothing*'), [])
  },

  'glob:bounds': async (t) => {
    await t.write(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, ''])))
    const some = await t.ok(t.files.glob('**', { limit: 5 }))
    assert.deepEqual([some.entries.length, some.truncated], [5, true])
    assert.equal((await t.ok(t.files.glob('**', { limit: 12 }))).truncated, false)
    assert.equal((await t.ok(t.files.glob(`${'**/'.repeat(100)}f1`))).entries.length, 1)
    for (const pattern of ['', '[', '{a', '../*']) await t.fails(t.files.glob(pattern), 'invalid_pattern')
  },

  'grep:literal': async (t) => {
    await t.write({ 'a.txt': 'one\nf(x) = a+b\nthree', 'b/c.txt': 'no\r\nf(x) = A+B\r\n' })
    const { matches, truncated } = await t.ok(t.files.grep({ pattern: 'f(x)', kind: 'literal' }))
    assert.deepEqual(matches, [
      { path: 'a.txt', line: 2, text: 'f(x) = a+b' },
      { path: 'b/c.txt', line: 2, text: 'f(x) = A+B' },
    ])
    assert.equal(truncated, false)
    assert.equal((await t.ok(t.files.grep({ pattern: 'A+B', kind: 'literal', ignoreCase: true }))).matches.length, 2)
    assert.equal((await t.ok(t.files.grep({ pattern: 'A+B', kind: 'literal' }))).matches.length, 1)
    assert.deepEqual((await t.ok(t.files.grep({ pattern: 'absent', kind: 'literal' }))).matches, [])
    assert.deepEqual((await t.ok(t.files.grep({ pattern: '-e', kind: 'literal' }))).matches, [])
  },

  'grep:regex': async (t) => {
    await t.write({ a: 'def one():\r\n  pass\r\ndef two(x): ü\r\n' })
    const lines = async (pattern: string): Promise<number[]> =>
      (await t.ok(t.files.grep({ pattern, kind: 'regex' }))).matches.map(({ line }) => line)
    assert.deepEqual(await lines('def \\w+\\('), [1, 3])
    assert.deepEqual(await lines('^\\s+pass$'), [2])
    assert.deepEqual(await lines('(?i)DEF T'), [3])
    assert.deepEqual(await lines('[äöü]'), [3])
    for (const pattern of ['(', '[a', '(?=x)', '(a)\\1', '', 'a\nb'])
      await t.fails(t.files.grep({ pattern, kind: 'regex' }), 'invalid_pattern')
  },

  'grep:where': async (t) => {
    await t.write({
      'a.py': 'hit',
      'src/b.py': 'hit',
      'src/c.txt': 'hit',
      '.git/d.py': 'hit',
      'src/bin': Uint8Array.of(104, 105, 116, 10, 0),
    })
    const paths = async (about: object): Promise<string[]> =>
      (await t.ok(t.files.grep({ pattern: 'hit', kind: 'literal', ...about }))).matches.map(({ path }) => path)
    assert.deepEqual(await paths({}), ['a.py', 'src/b.py', 'src/c.txt'])
    assert.deepEqual(await paths({ glob: '*.py' }), ['a.py', 'src/b.py'])
    assert.deepEqual(await paths({ path: 'src' }), ['src/b.py', 'src/c.txt'])
    assert.deepEqual(await paths({ path: 'src', glob: './*.txt' }), ['src/c.txt'])
    assert.deepEqual(await paths({ path: 'src/b.py' }), ['src/b.py'])
    assert.deepEqual(await paths({ path: '.git' }), ['.git/d.py'])
    assert.deepEqual(await paths({ hidden: true }), ['.git/d.py', 'a.py', 'src/b.py', 'src/c.txt'])
    await t.fails(t.files.grep({ pattern: 'hit', kind: 'literal', path: 'none' }), 'file_not_found')
  },

  'grep:linear': async (t) => {
    await t.write({ a: `${'a'.repeat(5_000)}!\n` })
    const { matches } = await t.ok(t.files.grep({ pattern: '^(a+)+$', kind: 'regex' }))
    assert.deepEqual(matches, [])
    assert.equal((await t.ok(t.files.grep({ pattern: '(a|aa)+!', kind: 'regex' }))).matches.length, 1)
  },

  'grep:bounds': async (t) => {
    await t.write({ a: 'hit\n'.repeat(30), b: 'hit\n', long: `hit ${'x'.repeat(10_000)}\n` })
    const some = await t.ok(t.files.grep({ pattern: 'hit', kind: 'literal', limit: 10 }))
    assert.deepEqual([some.matches.length, some.truncated], [10, true])
    const all = await t.ok(t.files.grep({ pattern: 'hit', kind: 'literal', limit: 32 }))
    assert.deepEqual([all.matches.length, all.truncated, all.matches.at(-1)?.text.length], [32, false, 500])
  },

  'links:inside': async (t) => {
    await t.write({ 'real/file.txt': 'found' })
    await t.run('mkdir -p real; ln -s real link; ln -s link/file.txt chain; ln -s "$PWD/real/file.txt" absolute; ln -s ../real real/up')
    for (const path of ['link/file.txt', 'chain', 'absolute', 'real/up/file.txt']) assert.equal(await t.text(path), 'found')
    await t.ok(t.files.write('chain', 'through'))
    await t.ok(t.files.edit('link/file.txt', 'through', 'edited'))
    await t.ok(t.files.write('link/new.txt', 'x'))
    assert.deepEqual([await t.text('real/file.txt'), await t.text('real/new.txt')], ['edited', 'x'])
    assert.equal((await t.ok(t.files.stat('link/file.txt'))).resolved, 'real/file.txt')
    assert.deepEqual(
      (await t.ok(t.files.list('link'))).entries.map(({ path, kind }) => [path, kind]),
      [
        ['link/file.txt', 'file'],
        ['link/new.txt', 'file'],
        ['link/up', 'link'],
      ],
    )
    assert.deepEqual(await t.found('**'), ['real/file.txt', 'real/new.txt'])
  },

  'links:outside': async (t) => {
    await t.run('ln -s / out; ln -s /etc/passwd file; ln -s .. up; mkdir d; ln -s ../../../../../../etc d/deep; ln -s out/etc two')
    for (const path of ['out/etc/passwd', 'file', 'up/x', 'd/deep/passwd', 'two/passwd', 'out', 'up']) {
      await t.fails(t.files.read(path), 'permission_denied')
      await t.fails(t.files.write(path, 'x'), 'permission_denied')
      await t.fails(t.files.edit(path, 'root', 'x'), 'permission_denied')
      await t.fails(t.files.stat(path), 'permission_denied')
      await t.fails(t.files.list(path), 'permission_denied')
      await t.fails(t.files.grep({ pattern: 'root', kind: 'literal', path }), 'permission_denied')
    }
    await t.fails(t.files.remove('out/tmp', { recursive: true }), 'permission_denied')
    assert.deepEqual((await t.ok(t.files.grep({ pattern: 'root', kind: 'literal', hidden: true }))).matches, [])
    assert.deepEqual(await t.found('**', { hidden: true }), [])
  },

  'links:circles': async (t) => {
    await t.run('ln -s b a; ln -s a b; ln -s . here; mkdir d; ln -s ../d d/again; ln -s nowhere dangling; echo hit > d/f')
    await t.fails(t.files.read('a'), 'invalid_path', 'file_not_found')
    await t.fails(t.files.read('dangling'), 'file_not_found')
    await t.fails(t.files.write('dangling', 'x'), 'file_not_found')
    assert.equal(await t.files.exists('nowhere'), false)
    assert.equal(await t.text('here/here/d/again/again/f'), 'hit\n')
    assert.deepEqual(await t.found('**'), ['d/f'])
    assert.equal((await t.ok(t.files.grep({ pattern: 'hit', kind: 'literal' }))).matches.length, 1)
  },

  'links:remove': async (t) => {
    await t.write({ 'd/f': 'stays' })
    await t.run('ln -s d link; ln -s d/f file; ln -s nowhere dangling')
    for (const path of ['link', 'file', 'dangling']) await t.ok(t.files.remove(path))
    assert.deepEqual(
      (await t.ok(t.files.list())).entries.map(({ path }) => path),
      ['d'],
    )
    assert.equal(await t.text('d/f'), 'stays')
  },

  'kind:special': async (t) => {
    await t.run('mkfifo pipe; ln -s pipe link; echo hit > f')
    for (const path of ['pipe', 'link']) {
      await t.fails(t.files.read(path), 'not_a_file')
      await t.fails(t.files.readBytes(path), 'not_a_file')
      await t.fails(t.files.edit(path, 'a', 'b'), 'not_a_file')
      await t.fails(t.files.write(path, 'x'), 'not_a_file')
      await t.fails(t.files.grep({ pattern: 'hit', kind: 'literal', path }), 'not_a_file')
    }
    assert.equal((await t.ok(t.files.stat('pipe'))).kind, 'other')
    assert.deepEqual((await t.ok(t.files.grep({ pattern: 'hit', kind: 'literal' }))).matches.length, 1)
    await t.ok(t.files.remove('pipe'))
  },
} as const satisfies Readonly<Record<string, FileBody>>

async function tryOne(t: FileContext, name: string): Promise<void> {
  const path = `${name}/${name}`
  assert.equal((await t.ok(t.files.read(path))).text, 'found here\n')
  await t.ok(t.files.edit(path, 'here', 'there'))
  assert.equal(await t.text(path), 'found there\n')
  assert.deepEqual(
    (await t.ok(t.files.list(name))).entries.map((entry) => entry.path),
    [path],
  )
  assert.equal((await t.ok(t.files.grep({ pattern: 'there', kind: 'literal', path }))).matches.length, 1)
  await t.ok(t.files.remove(name, { recursive: true }))
  assert.equal(await t.files.exists(name), false)
}
