import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const directory = mkdtempSync(join(tmpdir(), 'stirrup-'))
mkdirSync(join(directory, 'data'))
writeFileSync(join(directory, 'data', 'a.csv'), '1\n2\n')
writeFileSync(join(directory, 'data', 'b.csv'), '3\n')
// #region allowed
import { LocalCodeExecutor } from 'polyrun'

await using careful = new LocalCodeExecutor({ isolation: 'auto', allowedCommands: ['python3.*', 'pip.*', 'uv.*'] })
const { errorKind, advice } = await careful.runCommand('python3 --version; rm -rf /') // no shell runs: `;` is refused
// #endregion
assert.equal(errorKind, 'command_not_allowed')
assert.ok(advice)
assert.equal((await careful.runCommand('python3 --version')).success, true)

// #region members
await using executor = new LocalCodeExecutor({ isolation: 'auto' })
await executor.files.write('data.bin', new Uint8Array([0, 255])) // write_file_bytes
const answer = await executor.files.readBytes('data.bin') // read_file_bytes
const isThere = await executor.files.exists('data.bin') // file_exists
const entry = await executor.files.stat('.') // is_directory: entry.kind === 'directory'
const listing = await executor.files.list() // list_files
const { uploaded, failed } = await executor.files.upload(join(directory, 'data'), { to: 'in' }) // upload_files
const report = await executor.files.download('in/data', join(directory, 'out')) // save_output_files
// #endregion
assert.deepEqual(answer.ok && [...answer.bytes], [0, 255])
assert.equal(isThere, true)
assert.ok(entry.ok && entry.kind === 'directory' && listing.ok)
assert.deepEqual([uploaded.length, failed.length, report.saved.length], [2, 0, 2])
rmSync(directory, { recursive: true })
