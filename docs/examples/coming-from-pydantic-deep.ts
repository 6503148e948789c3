import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const project = mkdtempSync(join(tmpdir(), 'project-'))
const workspace = mkdtempSync(join(tmpdir(), 'workspace-'))
writeFileSync(join(project, 'existing.py'), 'def area(r):\n    return r\n')

// #region state
import { CompositeBackend, FilesystemBackend, LocalCodeExecutor, StateBackend } from 'polyrun'

const state = new StateBackend()
await state.write('/src/app.py', "print('hello')")
const part = await state.read('/src/app.py') // { ok: true, text: "print('hello')", ... }
console.log(Object.keys(state.files)) // [ 'src/app.py' ]
// #endregion
assert.ok(part.ok && part.text === "print('hello')")

// #region overlay
const overlay = new FilesystemBackend({ rootDir: project, virtualMode: true })
await overlay.write('new_file.py', 'content') // only in memory
const existing = await overlay.read('existing.py') // from the disk
console.log(overlay.virtualFiles) // what was written
await overlay.commit() // onto the disk, or discard()
// #endregion
assert.ok(existing.ok && existing.lines === 2)
assert.equal(readFileSync(join(project, 'new_file.py'), 'utf8'), 'content')

// #region grep
const functions = await overlay.grep({ pattern: String.raw`def \w+\(`, kind: 'regex' }) // matches: path, line, text
// #endregion
assert.ok(functions.ok && functions.matches[0]?.path === 'existing.py')

// #region composite
const backend = new CompositeBackend({
  default: state,
  routes: {
    '/project/': new FilesystemBackend({ rootDir: project }),
    '/workspace/': new FilesystemBackend({ rootDir: workspace }),
  },
})
await backend.write('/workspace/notes.md', 'a note') // notes.md of the directory; the prefix is stripped
await backend.write('/temp/scratch.txt', 'x') // in memory
// #endregion
assert.equal(readFileSync(join(workspace, 'notes.md'), 'utf8'), 'a note')
assert.equal(await state.exists('temp/scratch.txt'), true)

// #region execute
await using executor = new LocalCodeExecutor({ isolation: 'auto' }) // or DockerCodeExecutor
await executor.files.write('script.py', 'print(6 * 7)')
const response = await executor.runCommand('python3 script.py', { timeoutMs: 30_000 })
console.log(response.output, response.exitCode)
// #endregion
assert.equal(response.output, '42\n')

// #region paths
for (const path of ['../etc/passwd', '~/secrets', String.raw`C:\Windows`]) {
  const refused = await backend.read(path) // { ok: false, code: 'invalid_path', message: ... }
  assert.equal(refused.ok ? '' : refused.code, 'invalid_path')
}
// #endregion

// #region approval
import { workplaceTools } from 'polyrun/agent'

const tools = workplaceTools(executor, {
  permissions: { rules: [{ action: 'ask', operations: ['execute'] }], otherwise: 'allow', ask: ({ path }) => path.startsWith('echo ') },
})
// #endregion
const run = tools.find(({ name }) => name === 'run_command')
assert.equal((await run?.execute({ command: 'rm -rf .' }))?.isError, true)
assert.equal((await run?.execute({ command: 'echo fine' }))?.isError, false)
for (const directory of [project, workspace]) rmSync(directory, { recursive: true })
