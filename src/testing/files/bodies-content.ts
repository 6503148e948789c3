import assert from 'node:assert/strict'
import type { FileBody } from './context.ts'

const ALL_BYTES = Uint8Array.from({ length: 1_024 }, (_, index) => (index * 7) % 256)

/** Reading, writing and editing. */
export const CONTENT_BODIES = {
  'write:read': async (t) => {
    assert.equal((await t.ok(t.files.write('a/b/c.bin', ALL_BYTES))).created, true)
    assert.deepEqual(Buffer.from((await t.ok(t.files.readBytes('a/./b//c.bin'))).bytes), Buffer.from(ALL_BYTES))
    const large = Buffer.alloc(3_000_000, 'a line that comes again and again\n')
    await t.write({ empty: '', 'ü.txt': 'ümläut ✓ 🎉', large })
    assert.equal((await t.ok(t.files.read('empty'))).text, '')
    assert.equal((await t.ok(t.files.read('ü.txt'))).text, 'ümläut ✓ 🎉')
    assert.ok(Buffer.from((await t.ok(t.files.readBytes('large'))).bytes).equals(large))
  },

  'write:replace': async (t) => {
    await t.write({ a: 'a long text that was there before' })
    const { created, sizeBytes } = await t.ok(t.files.write('a', 'short'))
    assert.deepEqual([created, sizeBytes, await t.text('a')], [false, 5, 'short'])
    assert.deepEqual(await t.found('**', { hidden: true, directories: true }), ['a'])
  },

  'write:guard': async (t) => {
    const { version } = await t.ok(t.files.write('a', 'one'))
    const second = await t.ok(t.files.write('a', 'two', { ifUnchangedSince: version }))
    assert.notEqual(second.version, version)
    await t.fails(t.files.write('a', 'three', { ifUnchangedSince: version }), 'changed')
    await t.fails(t.files.write('none', 'x', { ifUnchangedSince: version }), 'changed')
    assert.equal(await t.text('a'), 'two')
    assert.equal(await t.files.exists('none'), false)
  },

  'read:lines': async (t) => {
    await t.write({ 'lines.txt': Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('') })
    const first = await t.ok(t.files.read('lines.txt', { limit: 20 }))
    assert.deepEqual([first.offset, first.lines, first.truncated, first.nextOffset], [0, 20, true, 20])
    const rest = await t.ok(t.files.read('lines.txt', { offset: 20 }))
    assert.deepEqual([rest.offset, rest.lines, rest.truncated, rest.nextOffset], [20, 30, false, undefined])
    assert.equal(first.text + rest.text, await t.text('lines.txt'))
    const small = await t.ok(t.files.read('lines.txt', { limitBytes: 20 }))
    assert.deepEqual([small.text, small.nextOffset], ['line 0\nline 1\n', 2])
    const past = await t.ok(t.files.read('lines.txt', { offset: 99 }))
    assert.deepEqual([past.text, past.lines, past.truncated], ['', 0, false])
    const exact = await t.ok(t.files.read('lines.txt', { limit: 50 }))
    assert.deepEqual([exact.lines, exact.truncated], [50, false])
  },

  'read:exact': async (t) => {
    const text = '\ufeffone\r\ntwo\n\nthree\rstill three'
    await t.write({ a: text, wide: 'é'.repeat(100_000) })
    const part = await t.ok(t.files.read('a'))
    assert.deepEqual([part.text, part.lines], [text, 4])
    assert.equal((await t.ok(t.files.read('wide'))).text, 'é'.repeat(100_000))
  },

  'read:long-line': async (t) => {
    await t.write({ a: `${'é'.repeat(200_000)}\nnext\n` })
    const part = await t.ok(t.files.read('a', { limitBytes: 1_001 }))
    assert.deepEqual([part.text, part.lineCut, part.truncated, part.nextOffset, part.lines], ['é'.repeat(500), true, true, 1, 1])
    assert.equal((await t.ok(t.files.read('a', { offset: 1, limitBytes: 1_001 }))).text, 'next\n')
  },

  'read:binary': async (t) => {
    await t.write({ nul: Uint8Array.of(104, 105, 0, 10), latin: Uint8Array.of(0xe9, 0xe8, 10) })
    for (const path of ['nul', 'latin']) {
      await t.fails(t.files.read(path), 'not_text')
      await t.fails(t.files.edit(path, 'hi', 'ho'), 'not_text')
    }
    assert.deepEqual([...(await t.ok(t.files.readBytes('latin'))).bytes], [0xe9, 0xe8, 10])
  },

  'read:range': async (t) => {
    await t.write({ a: '0123456789' })
    const middle = await t.ok(t.files.readBytes('a', { offset: 3, limit: 4 }))
    assert.deepEqual([Buffer.from(middle.bytes).toString(), middle.truncated, middle.nextOffset, middle.sizeBytes], ['3456', true, 7, 10])
    const end = await t.ok(t.files.readBytes('a', { offset: 7 }))
    assert.deepEqual([Buffer.from(end.bytes).toString(), end.truncated], ['789', false])
    assert.equal((await t.ok(t.files.readBytes('a', { offset: 50 }))).bytes.byteLength, 0)
  },

  'edit:unique': async (t) => {
    await t.write({ a: 'one two three two', over: 'aaa' })
    assert.equal((await t.ok(t.files.edit('a', 'three', '3'))).occurrences, 1)
    assert.equal(await t.text('a'), 'one two 3 two')
    await t.fails(t.files.edit('a', 'two', '2'), 'several_matches')
    await t.fails(t.files.edit('over', 'aa', 'b'), 'several_matches')
    await t.fails(t.files.edit('a', 'absent', 'x'), 'no_match')
    await t.fails(t.files.edit('none', 'a', 'b'), 'file_not_found')
    assert.deepEqual([await t.text('a'), await t.text('over')], ['one two 3 two', 'aaa'])
  },

  'edit:all': async (t) => {
    await t.write({ a: 'x-x-x', over: 'aaaaa' })
    assert.equal((await t.ok(t.files.edit('a', 'x', 'xx', { replaceAll: true }))).occurrences, 3)
    assert.equal((await t.ok(t.files.edit('over', 'aa', 'b', { replaceAll: true }))).occurrences, 2)
    assert.deepEqual([await t.text('a'), await t.text('over')], ['xx-xx-xx', 'bba'])
    await t.fails(t.files.edit('a', 'y', 'z', { replaceAll: true }), 'no_match')
  },

  'edit:edges': async (t) => {
    await t.write({ empty: '', full: 'text', crlf: 'one\r\ntwo\r\n', dollar: 'price', mode: 'x' })
    await t.ok(t.files.edit('empty', '', 'filled'))
    await t.fails(t.files.edit('full', '', 'x'), 'invalid_argument')
    assert.equal((await t.ok(t.files.edit('full', 'text', 'text'))).occurrences, 1)
    await t.ok(t.files.edit('crlf', 'one\ntwo', 'three\nfour'))
    await t.ok(t.files.edit('dollar', 'price', "$& $1 $' $$"))
    const texts = await Promise.all(['empty', 'full', 'crlf', 'dollar'].map((path) => t.text(path)))
    assert.deepEqual(texts, ['filled', 'text', 'three\r\nfour\r\n', "$& $1 $' $$"])
  },

  'edit:guard': async (t) => {
    await t.write({ a: 'one' })
    const { version } = await t.ok(t.files.read('a'))
    await t.ok(t.files.write('a', 'one, by somebody else'))
    await t.fails(t.files.edit('a', 'one', 'mine', { ifUnchangedSince: version }), 'changed')
    assert.equal(await t.text('a'), 'one, by somebody else')
    const now = await t.ok(t.files.read('a'))
    await t.ok(t.files.edit('a', 'one', 'mine', { ifUnchangedSince: now.version }))
  },

  'edit:races': async (t) => {
    await t.write({ a: '[1][2][3]' })
    const edits = await Promise.all([1, 2, 3].map((number) => t.files.edit('a', `[${number}]`, `(${number})`)))
    const done = edits.flatMap((edit, index) => (edit.ok ? [index + 1] : []))
    for (const edit of edits) if (!edit.ok) assert.equal(edit.code, 'changed')
    assert.equal(await t.text('a'), [1, 2, 3].map((number) => (done.includes(number) ? `(${number})` : `[${number}]`)).join(''))
  },

  'many:answers': async (t) => {
    await t.write({ taken: '' })
    const paths = Array.from({ length: 60 }, (_, index) => `many/${index % 7}/${index}.txt`)
    const files = [
      ...paths.map((path) => ({ path, content: `in ${path}` })),
      { path: '../out', content: '' },
      { path: 'taken/below', content: '' },
    ]
    const written = await t.within(t.files.writeFiles([...files, { path: 'run.sh', content: 'exit', mode: 0o755 }]))
    assert.equal(written.length, 63)
    assert.ok(written.every((answer, index) => answer.ok === (index < 60 || index === 62)))
    assert.deepEqual(
      written.slice(60, 62).map((answer) => !answer.ok && answer.code),
      ['invalid_path', 'not_a_directory'],
    )
    const read = await t.within(t.files.readFiles([...paths, 'none', 'many']))
    for (const [index, path] of paths.entries()) {
      const answer = read[index]
      assert.equal(answer?.ok === true && Buffer.from(answer.bytes).toString(), `in ${path}`)
    }
    assert.deepEqual(
      read.slice(60).map((answer) => !answer.ok && answer.code),
      ['file_not_found', 'is_directory'],
    )
    assert.equal((await t.ok(t.files.stat('run.sh'))).mode, 0o755)
  },

  'call:abort': async (t) => {
    await t.write({ a: 'x' })
    const reason = new Error('no longer wanted')
    const options = { signal: AbortSignal.abort(reason) }
    const calls = [t.files.read('a', options), t.files.list('', options), t.files.glob('**', options), t.files.write('b', '', options)]
    for (const call of calls) await assert.rejects(call, (error) => error === reason)
    assert.equal(await t.files.exists('b'), false)
  },

  'call:nonsense': async (t) => {
    await t.write({ a: 'x' })
    const anything = (value: unknown): never => value as never
    await t.fails(t.files.read(anything(undefined)), 'invalid_path')
    await t.fails(t.files.read('a', { limit: -1 }), 'invalid_argument')
    await t.fails(t.files.read('a', { offset: 1.5 }), 'invalid_argument')
    await t.fails(t.files.list('', { limit: anything('many') }), 'invalid_argument')
    await t.fails(t.files.write('a', anything({ text: 1 })), 'invalid_argument')
    await t.fails(t.files.write('a', '\ud800'), 'invalid_argument')
    await t.fails(t.files.edit('a', anything(7), 'x'), 'invalid_argument')
    await t.fails(t.files.grep({ pattern: 'x', kind: anything('glob') }), 'invalid_argument')
    await t.fails(t.files.glob(anything(null)), 'invalid_pattern')
    assert.equal(await t.files.exists(anything(7)), false)
  },
} as const satisfies Readonly<Record<string, FileBody>>
