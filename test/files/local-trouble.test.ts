import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { startSwapping } from '../support/swapper.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { scratchDirectory } from '../support/world.ts'
import { FilesystemBackend } from '../../src/files/index.ts'
import { registerTrouble } from './trouble.ts'

const executor = new LocalCodeExecutor({ isolation: 'none', languages: ['sh'] })
afterAll(() => executor.stop())

registerTrouble(executor)

test('the first file call starts the executor, and none works after stop', async () => {
  const other = new LocalCodeExecutor({ isolation: 'none', languages: ['sh'] })
  expect(await other.files.write('a', 'x')).toMatchObject({ ok: true })
  expect((await other.executeCode('cat a', 'sh')).output).toBe('x')
  await other.restart()
  expect(await other.files.exists('a')).toBe(false)
  await other.stop()
  await expect(other.files.read('a')).rejects.toMatchObject({ code: 'EXECUTOR_STOPPED' })
})

test('a full disk is an answer, the old file stays, and nothing half written does', async (context) => {
  const workDir = tinyDisk(context)
  await using small = new LocalCodeExecutor({ isolation: 'none', languages: ['sh'], workDir })
  expect(await small.files.write('a', 'fits')).toMatchObject({ ok: true })
  expect(await small.files.write('a', Buffer.alloc(4_000_000, 'x'))).toMatchObject({ ok: false, code: 'no_space' })
  expect(await small.files.read('a')).toMatchObject({ ok: true, text: 'fits' })
  expect(fs.readdirSync(workDir)).toEqual(['a'])
})

test('a directory that is exchanged with a link as fast as can be never leads outside', async () => {
  const [root, outside] = [scratchDirectory(), scratchDirectory()]
  fs.mkdirSync(join(root, 'd'))
  fs.writeFileSync(join(root, 'd/f'), 'inside')
  fs.writeFileSync(join(outside, 'f'), 'secret')
  const backend = new FilesystemBackend({ rootDir: root })
  await using _ = await startSwapping(join(root, 'd'), outside)
  const seen = { inside: 0, refused: 0 }
  for (let round = 0; round < 3_000; round += 1) {
    const answer = await backend.read('d/f')
    if (answer.ok) expect(answer.text).toMatch(/^(inside|mine)$/)
    seen[answer.ok ? 'inside' : 'refused'] += 1
    await backend.write('d/f', 'mine')
    const found = await backend.grep({ pattern: 'secret', kind: 'literal' })
    if (round % 50 === 0) expect(found).toMatchObject({ ok: true, matches: [] })
  }
  expect(fs.readFileSync(join(outside, 'f'), 'utf8')).toBe('secret')
  expect(seen.inside).toBeGreaterThan(10)
  expect(seen.refused).toBeGreaterThan(10)
})
