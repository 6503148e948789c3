import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createFileRules,
  FILE_PERMISSIONS,
  FilesystemBackend,
  StateBackend,
  uploadFiles,
  withPermissions,
  type FileBackend,
  type FileRule,
} from '../../../src/files/index.ts'
import { scratchDirectory } from '../../support/world.ts'

const FILES = { 'src/app.py': 'hit', 'secret/key': 'hit', '.env': 'hit', 'src/.env': 'hit' }
const denying = (...paths: string[]): FileRule => ({ action: 'deny', paths })

test('read-only lets nothing be changed, by any call', async () => {
  const inner = new StateBackend({ files: FILES })
  const backend = withPermissions(inner, FILE_PERMISSIONS.readOnly)
  const before = inner.files
  const calls = [
    backend.write('new', 'x'),
    backend.write('src/app.py', 'x'),
    backend.edit('src/app.py', 'hit', 'x'),
    backend.remove('src/app.py'),
    backend.remove('src', { recursive: true }),
  ]
  for (const call of calls) expect(await call).toMatchObject({ ok: false, code: 'permission_denied' })
  for (const answer of await backend.writeFiles([
    { path: 'a', content: '' },
    { path: 'b', content: '' },
  ]))
    expect(answer).toMatchObject({ code: 'permission_denied' })
  expect((await uploadFiles(backend, import.meta.filename)).failed).toMatchObject([{ code: 'permission_denied' }])
  expect(inner.files).toEqual(before)
  expect(await backend.read('src/app.py')).toMatchObject({ ok: true, text: 'hit' })
})

test('what may not be read is in no listing and no search', async () => {
  const backend = withPermissions(new StateBackend({ files: FILES }), FILE_PERMISSIONS.strict)
  const secretive = withPermissions(backend, {
    rules: [{ action: 'deny', operations: ['read'], paths: ['secret', 'secret/**'] }],
    otherwise: 'allow',
  })
  expect(await secretive.list()).toMatchObject({ entries: [{ path: 'src' }] })
  expect(await secretive.glob('**', { hidden: true })).toMatchObject({ entries: [{ path: 'src/app.py' }] })
  expect(await secretive.grep({ pattern: 'hit', kind: 'literal', hidden: true })).toMatchObject({ matches: [{ path: 'src/app.py' }] })
  for (const path of ['.env', '/src/./.env', 'secret/key', '//secret//key']) {
    expect(await secretive.read(path)).toMatchObject({ code: 'permission_denied' })
    expect(await secretive.readFiles([path])).toMatchObject([{ code: 'permission_denied' }])
    expect(await secretive.edit(path, 'hit', 'x')).toMatchObject({ code: 'permission_denied' })
  }
})

test('the first rule that fits decides', () => {
  const rules = createFileRules({
    rules: [{ action: 'allow', paths: ['a/b'] }, denying('a/*'), { action: 'ask', operations: ['execute'], paths: ['./git *'] }],
    otherwise: 'deny',
  })
  expect([
    rules.decide('read', 'a/b'),
    rules.decide('read', 'a/c'),
    rules.decide('write', 'z'),
    rules.decide('execute', 'git push'),
  ]).toEqual(['allow', 'deny', 'deny', 'ask'])
})

test('ask is called, and without anybody the answer is no', async () => {
  const asked: string[] = []
  const rules = [{ action: 'ask' }] as const
  const ask = async ({ operation, path }: { operation: string; path: string }): Promise<boolean> => {
    asked.push(`${operation} ${path}`)
    return path === 'yes'
  }
  const backend = withPermissions(new StateBackend(), { rules, ask })
  expect(await backend.write('yes', 'x')).toMatchObject({ ok: true })
  expect(await backend.write('no', 'x')).toMatchObject({ code: 'permission_denied' })
  expect(asked).toEqual(['write yes', 'write no'])
  expect(await withPermissions(new StateBackend(), { rules }).write('yes', 'x')).toMatchObject({ code: 'permission_denied' })
})

test('links and absolute paths lead around no rule', async () => {
  const root = scratchDirectory()
  fs.mkdirSync(join(root, 'secret'))
  fs.writeFileSync(join(root, 'secret/key'), 'mine')
  for (const [name, target] of Object.entries({ file: 'secret/key', dir: 'secret', dangling: 'secret/new', up: 'secret/../secret' }))
    fs.symlinkSync(target, join(root, name))
  const backend: FileBackend = withPermissions(new FilesystemBackend({ rootDir: root }), {
    rules: [denying('secret', 'secret/**')],
    otherwise: 'allow',
  })
  for (const path of ['file', 'dir/key', 'up/key', `${root}/secret/key`, `${root}/file`]) {
    expect(await backend.read(path), path).toMatchObject({ ok: false, code: 'permission_denied' })
    expect(await backend.write(path, 'x'), path).toMatchObject({ ok: false, code: 'permission_denied' })
  }
  for (const path of ['dir/new', 'dir/sub/new', 'dangling', `${root}/secret/new`])
    expect((await backend.write(path, 'x')).ok, path).toBe(false)
  expect(await backend.list('dir')).toMatchObject({ code: 'permission_denied' })
  expect(await backend.remove('dir/key')).toMatchObject({ code: 'permission_denied' })
  expect(fs.readdirSync(join(root, 'secret'))).toEqual(['key'])
  expect(fs.readFileSync(join(root, 'secret/key'), 'utf8')).toBe('mine')
})

test('a directory goes only when all in it may go', async () => {
  const backend = withPermissions(new StateBackend({ files: FILES }), { rules: [denying('src/.env')], otherwise: 'allow' })
  expect(await backend.remove('src', { recursive: true })).toMatchObject({ code: 'permission_denied' })
  expect(await backend.remove('secret', { recursive: true })).toMatchObject({ ok: true })
})

test.each([
  { rules: [{ action: 'maybe' }] },
  { rules: [{ action: 'deny', operations: ['fly'] }] },
  { rules: [{ action: 'deny', paths: ['['] }] },
  { rules: 7 },
  { rule: [] },
])('%j is refused', (permissions) => {
  expect(() => createFileRules(permissions as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
