import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { readArchive } from '../../../src/engine/files/read-together.ts'

async function archiveOf(entries: readonly (readonly [object, string])[]): Promise<Buffer> {
  const archive = pack()
  for (const [header, content] of entries) archive.entry(header as { name: string }, content)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('of a forged archive only the files count that were asked for', async () => {
  const archive = await archiveOf([
    [{ name: './a' }, 'wanted'],
    [{ name: 'b', type: 'symlink', linkname: '/etc/passwd' }, ''],
    [{ name: 'c', type: 'link', linkname: '/etc/passwd' }, ''],
    [{ name: '/etc/passwd' }, 'absolute'],
    [{ name: '../../out' }, 'above'],
    [{ name: 'd', type: 'character-device', devmajor: 1, devminor: 5 }, ''],
    [{ name: 'a' }, 'a second one'],
    [{ name: 'not-asked' }, 'x'],
  ])
  const contents = await readArchive(archive, new Set(['a', 'b', 'c', 'd', 'e']))
  expect([...contents].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([['a', 'wanted']])
})

test('a broken archive gives what is whole', async () => {
  const archive = await archiveOf([
    [{ name: 'a' }, 'whole'],
    [{ name: 'b' }, 'x'.repeat(5_000)],
  ])
  expect([...(await readArchive(archive.subarray(0, 2_500), new Set(['a', 'b']))).keys()]).toEqual(['a'])
  expect((await readArchive(Buffer.from('no archive at all'.repeat(100)), new Set(['a']))).size).toBe(0)
})
