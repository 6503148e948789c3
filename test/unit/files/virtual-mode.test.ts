import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FilesystemBackend } from '../../../src/files/index.ts'
import { listTree, scratchDirectory } from '../../support/world.ts'

function make(): { readonly backend: FilesystemBackend; readonly root: string } {
  const root = scratchDirectory()
  fs.mkdirSync(join(root, 'd'))
  fs.writeFileSync(join(root, 'd/old'), 'old')
  fs.writeFileSync(join(root, 'run'), 'run', { mode: 0o755 })
  fs.symlinkSync('d', join(root, 'link'))
  return { backend: new FilesystemBackend({ rootDir: root, virtualMode: true }), root }
}

test('nothing reaches the disk before it is committed, and every call sees both', async () => {
  const { backend, root } = make()
  const before = listTree(root)
  await backend.write('d/new', 'new')
  await backend.edit('link/old', 'old', 'changed')
  await backend.remove('run')
  expect(listTree(root)).toEqual(before)
  expect(fs.readFileSync(join(root, 'd/old'), 'utf8')).toBe('old')
  expect(await backend.read('d/old')).toMatchObject({ text: 'changed' })
  expect(await backend.read('run')).toMatchObject({ code: 'file_not_found' })
  expect(await backend.glob('**')).toMatchObject({ entries: [{ path: 'd/new' }, { path: 'd/old' }] })
  expect(await backend.grep({ pattern: 'changed', kind: 'literal' })).toMatchObject({ matches: [{ path: 'd/old' }] })
  expect(Object.keys(backend.virtualFiles)).toEqual(['d/new', 'd/old'])
  expect(backend.virtualRemovals).toEqual(['run'])
})

test('commit brings everything to the disk and keeps modes', async () => {
  const { backend, root } = make()
  await backend.edit('run', 'run', 'changed')
  await backend.remove('d', { recursive: true })
  await backend.write('d/inside', 'x')
  expect(await backend.list('d')).toMatchObject({ entries: [{ path: 'd/inside' }] })
  const report = await backend.commit()
  expect(report).toEqual({ written: ['run', 'd/inside'], removed: ['d'], failed: [] })
  expect(listTree(root)).toEqual(['d', 'd/inside', 'link', 'link/inside', 'run'])
  expect(fs.statSync(join(root, 'run')).mode & 0o777).toBe(0o755)
  expect([backend.virtualFiles, backend.virtualRemovals]).toEqual([{}, []])
  expect(await backend.commit()).toEqual({ written: [], removed: [], failed: [] })
})

test('what somebody changed on the disk meanwhile is not written over', async () => {
  const { backend, root } = make()
  await backend.write('d/old', 'mine')
  await backend.write('fresh', 'mine')
  await backend.remove('run')
  for (const path of ['d/old', 'fresh', 'run']) fs.writeFileSync(join(root, path), 'theirs, and longer')
  const report = await backend.commit()
  expect(report.failed.map(({ path, code }) => [path, code])).toEqual([
    ['run', 'changed'],
    ['d/old', 'changed'],
    ['fresh', 'changed'],
  ])
  for (const path of ['d/old', 'fresh', 'run']) expect(fs.readFileSync(join(root, path), 'utf8')).toBe('theirs, and longer')
  expect(Object.keys(backend.virtualFiles)).toEqual(['d/old', 'fresh'])
})

test('discard forgets', async () => {
  const { backend, root } = make()
  await backend.write('d/old', 'mine')
  await backend.remove('run')
  backend.discard()
  expect(await backend.read('d/old')).toMatchObject({ text: 'old' })
  expect(await backend.exists('run')).toBe(true)
  expect(await backend.commit()).toEqual({ written: [], removed: [], failed: [] })
  expect(fs.readFileSync(join(root, 'd/old'), 'utf8')).toBe('old')
})

test('a link is removed and written in its place, and not through it', async () => {
  const { backend, root } = make()
  await backend.remove('link')
  await backend.write('link', 'a file now')
  expect(await backend.read('d/old')).toMatchObject({ text: 'old' })
  expect((await backend.commit()).failed).toEqual([])
  expect(fs.lstatSync(join(root, 'link')).isFile()).toBe(true)
  expect(fs.readFileSync(join(root, 'd/old'), 'utf8')).toBe('old')
})

test('a root that is no directory is refused', () => {
  expect(() => new FilesystemBackend({ rootDir: '/etc/passwd' })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
