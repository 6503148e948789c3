import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FilesystemBackend } from '../../src/files/index.ts'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { caselessDisk } from '../support/caseless-disk.ts'

test('a download never lets one file take the place of another that differs by case', async (context) => {
  const disk = caselessDisk(context)
  await using executor = new LocalCodeExecutor({ isolation: 'none', languages: ['sh'] })
  await executor.executeCode(
    'mkdir d D; for f in d/Report.txt d/report.TXT D/report.txt run.sh; do echo $f >$f; done; chmod 755 run.sh',
    'sh',
  )
  const { saved, failed } = await executor.files.download('', disk)
  const [first = ''] = saved.map(({ path }) => path).filter((path) => path !== 'run.sh')
  const others = ['D/report.txt', 'd/Report.txt', 'd/report.TXT'].filter((path) => path !== first)
  expect(others.length).toBe(2)
  expect(new Set(saved.map(({ path }) => path))).toEqual(new Set([first, 'run.sh']))
  expect(new Map(failed.map(({ path, code }) => [path, code]))).toEqual(new Map(others.map((path) => [path, 'collision'])))
  expect(fs.readdirSync(disk).length).toBe(2)
  expect(fs.readFileSync(join(disk, 'D/REPORT.txt'), 'utf8')).toBe(`${first}\n`)
})

test('a directory there is one place under any case', async (context) => {
  const disk = caselessDisk(context)
  const files = new FilesystemBackend({ rootDir: disk })
  expect(await files.write('Notes.txt', 'first')).toMatchObject({ ok: true, created: true })
  expect(await files.write('NOTES.TXT', 'second')).toMatchObject({ ok: true, created: false })
  expect(await files.edit('notes.txt', 'second', 'third')).toMatchObject({ ok: true })
  expect(await files.read('Notes.txt')).toMatchObject({ ok: true, text: 'third' })
  expect(fs.readdirSync(disk).length).toBe(1)
})
