import { expect, test } from 'vitest'
import { StateBackend } from '../../../src/files/index.ts'

test('its files are plain JSON, with bytes as base64, and another one starts with them', async () => {
  const backend = new StateBackend({ files: { 'a.txt': 'text' } })
  await backend.write('/bin/data', Uint8Array.of(0, 255, 128))
  await backend.write('__proto__', 'a name like any other')
  const copy: unknown = JSON.parse(JSON.stringify(backend.files))
  expect(copy).toMatchObject({ 'a.txt': { content: 'text', encoding: 'utf-8' }, 'bin/data': { content: 'AP+A', encoding: 'base64' } })
  const again = new StateBackend({ files: copy as typeof backend.files })
  expect(again.files).toEqual(backend.files)
  expect(await again.readBytes('bin/data')).toMatchObject({ ok: true, bytes: Uint8Array.of(0, 255, 128) })
})

test('what it starts with is checked', () => {
  expect(() => new StateBackend({ files: { '../a': '' } })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  expect(() => new StateBackend({ files: { a: '', 'a/b': '' } })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})

test('created stays, modified moves, and the content given is not shared', async () => {
  const backend = new StateBackend()
  const bytes = Uint8Array.of(1, 2)
  await backend.write('a', bytes)
  bytes[0] = 9
  const before = backend.files['a']
  await new Promise((resolve) => setTimeout(resolve, 3))
  await backend.write('a', 'new')
  expect(before?.content).toBe('\u0001\u0002')
  expect(backend.files['a']?.createdAt).toBe(before?.createdAt)
  expect(backend.files['a']?.modifiedAt).not.toBe(before?.modifiedAt)
})

test('a hundred thousand files are listed in parts, and nothing overflows', async () => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({ path: `many/${index}`, content: '' }))
  const backend = new StateBackend()
  expect((await backend.writeFiles(files)).every(({ ok }) => ok)).toBe(true)
  expect(await backend.list('many')).toMatchObject({ ok: true, truncated: true, nextOffset: 1_000 })
  const glob = await backend.glob('**', { limit: 100_000 })
  expect(glob.ok && glob.entries.length).toBe(99_999) // one of what was looked at is the directory
  expect(await backend.remove('many', { recursive: true })).toEqual({ ok: true, path: 'many' })
  expect(await backend.list()).toEqual({ ok: true, entries: [], truncated: false })
})
