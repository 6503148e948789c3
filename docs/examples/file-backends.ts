import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompositeBackend, FILE_PERMISSIONS, FilesystemBackend, StateBackend, withPermissions } from 'polyrun'

const directory = mkdtempSync(join(tmpdir(), 'example-'))
writeFileSync(join(directory, 'app.py'), 'print("hello")\n')
writeFileSync(join(directory, '.env'), 'SECRET=1\n')
// #region backends
const project = new FilesystemBackend({ rootDir: directory, virtualMode: true })
const backend = new CompositeBackend({ default: new StateBackend(), routes: { '/project/': project } })

await backend.write('/notes.txt', 'in memory')
await backend.edit('/project/app.py', 'hello', 'goodbye') // in memory, too, until it is committed
console.log(Object.keys(project.virtualFiles)) // ['app.py']
const { written } = await project.commit()
// #endregion
assert.deepEqual(written, ['app.py'])
assert.equal(readFileSync(join(directory, 'app.py'), 'utf8'), 'print("goodbye")\n')
// #region permissions
const asked: string[] = []
const ask = ({ operation, path }: { operation: string; path: string }): boolean => {
  asked.push(`${operation} ${path}`)
  return path.endsWith('.py') // here a person would decide
}
const careful = withPermissions(backend, { ...FILE_PERMISSIONS.strict, ask })
const secret = await careful.read('/project/.env') // permission_denied, and in no listing
const allowed = await careful.write('/project/new.py', 'x = 1')
// #endregion
assert.equal(secret.ok === false && secret.code, 'permission_denied')
assert.equal(allowed.ok, true)
assert.deepEqual(asked, ['write project/new.py'])
