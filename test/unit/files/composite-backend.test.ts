import { expect, test } from 'vitest'
import { CompositeBackend, StateBackend, type FileBackend } from '../../../src/files/index.ts'

function make(): {
  readonly backend: CompositeBackend
  readonly root: StateBackend
  readonly project: StateBackend
  readonly deep: StateBackend
} {
  const [root, project, deep] = [new StateBackend(), new StateBackend(), new StateBackend()]
  return { backend: new CompositeBackend({ default: root, routes: { '/project/': project, 'project/deep': deep } }), root, project, deep }
}

test('the longest prefix by whole parts decides, and the backend sees no prefix', async () => {
  const { backend, root, project, deep } = make()
  for (const path of ['/project/a', 'project/deep/b', 'projects/c', '/d']) expect((await backend.write(path, path)).ok).toBe(true)
  expect([root, project, deep].map(({ files }) => Object.keys(files))).toEqual([['d', 'projects/c'], ['a'], ['b']])
  expect(await backend.read('project/deep/b')).toMatchObject({ ok: true, path: 'project/deep/b', text: 'project/deep/b' })
})

test('a failure names the path that was asked for', async () => {
  const { backend } = make()
  expect(await backend.read('project/none')).toMatchObject({
    code: 'file_not_found',
    path: 'project/none',
    message: expect.stringContaining('"project/none" is not there'),
  })
})

test('listings have both what is there and where routes stand', async () => {
  const { backend, root } = make()
  await root.write('project/shadowed', 'hit')
  await root.write('z', '')
  await backend.write('project/a', 'hit')
  const paths = async (path?: string): Promise<string[]> => {
    const listing = await backend.list(path)
    return listing.ok ? listing.entries.map((entry) => entry.path) : [listing.code]
  }
  expect(await paths()).toEqual(['project', 'z'])
  expect(await paths('project')).toEqual(['project/a', 'project/deep'])
  expect(await backend.stat('project/deep')).toMatchObject({ ok: true, kind: 'directory' })
  expect(await backend.glob('**')).toMatchObject({ entries: [{ path: 'project/a' }, { path: 'z' }] })
  expect(await backend.grep({ pattern: 'hit', kind: 'literal' })).toMatchObject({ matches: [{ path: 'project/a' }], truncated: false })
  const part = await backend.list('', { limit: 1 })
  expect(part).toMatchObject({ ok: true, truncated: true, nextOffset: 1 })
})

test('a limit is one for all backends', async () => {
  const { backend } = make()
  for (const path of ['a', 'b', 'project/c', 'project/deep/d']) await backend.write(path, 'hit\nhit\n')
  expect(await backend.grep({ pattern: 'hit', kind: 'literal', limit: 5 })).toMatchObject({ truncated: true, matches: { length: 5 } })
  expect(await backend.grep({ pattern: 'hit', kind: 'literal', limit: 8 })).toMatchObject({ truncated: false, matches: { length: 8 } })
  expect(await backend.grep({ pattern: 'hit', kind: 'literal', glob: './project/*' })).toMatchObject({ matches: { length: 2 } })
  expect(await backend.glob('**', { limit: 3 })).toMatchObject({ truncated: true, entries: { length: 3 } })
  expect(await backend.glob('project/**/d')).toMatchObject({ entries: [{ path: 'project/deep/d' }] })
  expect(await backend.glob('d', { path: 'project' })).toMatchObject({ entries: [{ path: 'project/deep/d' }] })
})

test('many files are one call for each backend, with answers in their order', async () => {
  const calls: string[] = []
  const counted = (name: string, inner: FileBackend): FileBackend =>
    new Proxy(inner, {
      get: (target, key) => {
        if (key === 'writeFiles') calls.push(name)
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      },
    })
  const backend = new CompositeBackend({ default: counted('root', new StateBackend()), routes: { p: counted('p', new StateBackend()) } })
  const paths = ['p/1', 'a', 'p/2', '../x', 'b']
  const answers = await backend.writeFiles(paths.map((path) => ({ path, content: path })))
  expect(answers.map((answer) => (answer.ok ? answer.path : answer.code))).toEqual(['p/1', 'a', 'p/2', 'invalid_path', 'b'])
  expect(calls.toSorted()).toEqual(['p', 'root'])
  expect((await backend.readFiles(paths)).map((answer) => (answer.ok ? answer.path : answer.code))).toEqual([
    'p/1',
    'a',
    'p/2',
    'invalid_path',
    'b',
  ])
})

test('the places of routes stay', async () => {
  const { backend } = make()
  await backend.write('project/a', 'x')
  expect(await backend.remove('project', { recursive: true })).toMatchObject({ code: 'permission_denied' })
  expect(await backend.write('project', 'x')).toMatchObject({ ok: false })
  expect(await backend.exists('project/a')).toBe(true)
})

test('a hundred thousand entries of several backends do not overflow', async () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`f${index}`, '']))
  const backend = new CompositeBackend({ default: new StateBackend({ files: many }), routes: { r: new StateBackend({ files: many }) } })
  expect(await backend.glob('**', { limit: 100_000 })).toMatchObject({ truncated: true, entries: { length: 100_000 } })
  expect(await backend.list()).toMatchObject({ truncated: true, entries: { length: 1_000 } })
})

test.each([{ '/': new StateBackend() }, { '../x': new StateBackend() }, { a: new StateBackend(), '/a/': new StateBackend() }])(
  'routes that cannot be are refused',
  (routes) => {
    expect(() => new CompositeBackend({ default: new StateBackend(), routes: routes as Record<string, FileBackend> })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  },
)
