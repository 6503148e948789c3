import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CommandExecutor } from '../../src/engine/index.ts'
import { StateBackend } from '../../src/files/index.ts'
import { listTree, scratchDirectory } from '../support/world.ts'
import { executorPlace } from './places.ts'

/** Bad input and transfers, on an executor that all of these share. */
export function registerTrouble(executor: CommandExecutor): void {
  const { files } = executor
  const fresh = async (source = ':'): Promise<void> => {
    const place = await executorPlace(executor)
    await place.run?.(source)
  }

  test('files and commands have one namespace, absolute paths included', async () => {
    await fresh('pwd > where; printf made > by-program')
    const where = await files.read('where')
    const root = where.ok ? where.text.trim() : ''
    expect(await files.read(`${root}/by-program`)).toMatchObject({ ok: true, path: 'by-program', text: 'made' })
    expect(await files.write(`${root}/sub/by-call`, 'called')).toMatchObject({ ok: true, path: 'sub/by-call' })
    expect((await executor.executeCode('cat sub/by-call', 'sh')).output).toBe('called')
    expect(await files.list(root)).toMatchObject({ ok: true })
    for (const path of ['/etc/passwd', `${root}x/y`, `${root}/../x`])
      expect(await files.read(path)).toMatchObject({ ok: false, code: 'invalid_path' })
  })

  test('a file that a program swaps for a link while it is used leads nowhere else', async () => {
    await fresh('echo inside > real')
    const swapping = executor.executeCode(
      'i=0; while [ $i -lt 100 ]; do ln -sf /etc/passwd f; echo inside > g; mv -f g f; ln -sfn /etc d; rm -rf d; mkdir -p d; echo inside > d/passwd; i=$((i+1)); rm -rf d; done',
      'sh',
    )
    let over = false
    const watched = swapping.finally(() => (over = true))
    let reads = 0
    while (!over && reads < 300) {
      for (const path of ['f', 'd/passwd']) {
        const answer = await files.read(path)
        if (answer.ok) expect(answer.text).not.toContain('root:')
        await files.write(path, 'mine\n')
        reads += 1
      }
    }
    await watched
    expect(reads).toBeGreaterThan(2)
    expect(fs.readFileSync('/etc/passwd', 'utf8')).toContain('root:')
  })

  test('sockets and devices are told and not opened', async () => {
    await fresh()
    await executor.executeCode('ln -s /dev/zero zero; ln -s /dev/stdin in', 'sh')
    for (const path of ['zero', 'in']) expect((await files.read(path)).ok).toBe(false)
    // Only where programs are root's can one make a device; a socket everywhere.
    const made = await executor.executeCode(
      `python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket')"; mknod device c 1 3 2>/dev/null && echo device`,
      'sh',
    )
    for (const path of ['socket', ...made.output.trim().split('\n').filter(Boolean)]) {
      expect(await files.stat(path)).toMatchObject({ ok: true, kind: 'other' })
      for (const call of [files.read(path), files.readBytes(path), files.write(path, 'x'), files.edit(path, 'a', 'b')]) {
        expect(await call).toMatchObject({ ok: false, code: 'not_a_file' })
      }
      expect(await files.remove(path)).toMatchObject({ ok: true })
    }
    expect(await files.grep({ pattern: 'x', kind: 'literal' })).toEqual({ ok: true, matches: [], truncated: false })
  })

  test('a sparse file of a terabyte costs no more than what is asked for', async () => {
    await fresh(
      'dd if=/dev/zero of=huge bs=1 count=0 seek=1000000000000 2>/dev/null || dd if=/dev/zero of=huge bs=1 count=0 seek=1000000000 2>/dev/null',
    )
    expect(await files.read('huge')).toMatchObject({ ok: false, code: 'not_text' })
    const part = await files.readBytes('huge', { offset: 900_000_000, limit: 10 })
    expect(part.ok && [part.bytes.byteLength, part.truncated]).toEqual([10, true])
    expect(await files.edit('huge', 'a', 'b')).toMatchObject({ ok: false, code: 'too_large' })
    expect(await files.grep({ pattern: 'x', kind: 'literal' })).toMatchObject({ ok: true, matches: [] })
  })

  test('uploads bring files, directories and patterns, and say what was not brought', async () => {
    await fresh()
    const host = scratchDirectory()
    fs.mkdirSync(join(host, 'data/deep'), { recursive: true })
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256)
    for (const [path, content] of Object.entries({
      'one.txt': '1',
      'data/a.csv': 'a',
      'data/b.csv': 'b',
      'data/deep/c.bin': bytes,
      "data/deep/it's.txt": 'q',
    }))
      fs.writeFileSync(join(host, path), content)
    fs.writeFileSync(join(host, 'data/run.sh'), '#!/bin/sh\necho ran\n', { mode: 0o755 })
    fs.symlinkSync('/etc/passwd', join(host, 'data/link'))
    execFileSync('mkfifo', [join(host, 'data/pipe')])
    const one = await files.upload(join(host, 'one.txt'))
    expect(one).toEqual({ uploaded: [{ source: join(host, 'one.txt'), path: 'one.txt', sizeBytes: 1 }], failed: [] })
    const all = await files.upload([join(host, 'data'), join(host, 'data/*.csv'), join(host, 'none'), join(host, '*.none')], {
      to: 'in/here',
    })
    expect(all.uploaded.map(({ path }) => path).toSorted()).toEqual(
      ['a.csv', 'b.csv', 'data/a.csv', 'data/b.csv', 'data/deep/c.bin', "data/deep/it's.txt", 'data/run.sh'].map(
        (path) => `in/here/${path}`,
      ),
    )
    expect(Object.fromEntries(all.failed.map(({ path, code }) => [path.slice(host.length + 1), code]))).toEqual(
      Object.fromEntries([
        ['*.none', 'file_not_found'],
        ['data/link', 'not_a_file'],
        ['data/pipe', 'not_a_file'],
        ['none', 'file_not_found'],
      ]),
    )
    const { output } = await executor.executeCode('./in/here/data/run.sh; wc -c < in/here/data/deep/c.bin; cat in/here/b.csv', 'sh')
    expect(output.replaceAll(' ', '')).toBe('ran\n70000\nb')
    const read = await files.readBytes('in/here/data/deep/c.bin')
    expect(read.ok && Buffer.from(read.bytes).equals(bytes)).toBe(true)
    fs.mkdirSync(join(host, 'other'))
    fs.writeFileSync(join(host, 'other/one.txt'), 'another one')
    const same = await files.upload([join(host, 'one.txt'), join(host, 'one.txt'), join(host, 'other/one.txt')])
    expect(same).toMatchObject({ uploaded: [{ path: 'one.txt', sizeBytes: 1 }], failed: [{ code: 'collision' }] })
  })

  test('downloads keep structure and modes, copy, and go through no link of the target', async () => {
    await fresh(
      'mkdir -p out/deep; printf 1 > out/a; printf 2 > out/deep/b; chmod 755 out/a; ln -s /etc/passwd out/link; mkfifo out/pipe; printf 3 > top',
    )
    const host = scratchDirectory()
    const outside = scratchDirectory()
    fs.symlinkSync(outside, join(host, 'out-link'))
    fs.mkdirSync(join(host, 'results/out'), { recursive: true })
    fs.symlinkSync(outside, join(host, 'results/out/deep'))
    const { saved, failed } = await files.download(['out', 'top', 'out/a', 'none', '../x', 'out/link', 'out/pipe'], join(host, 'results'))
    expect(saved.map(({ path, target }) => [path, target.slice(host.length)])).toEqual([
      ['out/a', '/results/out/a'],
      ['top', '/results/top'],
    ])
    expect(Object.fromEntries(failed.map(({ path, code }) => [path, code]))).toEqual(
      Object.fromEntries([
        ['../x', 'invalid_path'],
        ['none', 'file_not_found'],
        ['out/deep/b', 'permission_denied'],
        ['out/link', 'permission_denied'],
        ['out/pipe', 'not_a_file'],
      ]),
    )
    expect(fs.readdirSync(outside)).toEqual([])
    expect(fs.statSync(join(host, 'results/out/a')).mode & 0o777).toBe(0o755)
    expect(listTree(join(host, 'results'))).toEqual(['out', 'out/a', 'out/deep', 'top'])
    expect(await files.exists('out/a')).toBe(true)
  })

  test('files go from one place to another', async () => {
    await fresh('mkdir d; printf 1 > d/a; printf 2 > b')
    const other = new StateBackend()
    const report = await files.copyTo(other, ['d', 'b', 'none'], { to: 'from' })
    expect(report).toMatchObject({
      copied: [
        { path: 'd/a', target: 'from/d/a' },
        { path: 'b', target: 'from/b' },
      ],
      failed: [{ path: 'none', code: 'file_not_found' }],
    })
    expect(Object.keys(other.files)).toEqual(['from/b', 'from/d/a'])
  })

  test('a thousand files come and go, and stay what they were', async () => {
    await fresh()
    const host = scratchDirectory('memory')
    fs.mkdirSync(join(host, 'many'))
    for (let index = 0; index < 1_000; index += 1) fs.writeFileSync(join(host, `many/${index}.txt`), `number ${index}`)
    const { uploaded, failed } = await files.upload(join(host, 'many'))
    expect([uploaded.length, failed]).toEqual([1_000, []])
    const back = await files.download('many', join(host, 'back'))
    expect([back.saved.length, back.failed]).toEqual([1_000, []])
    expect(fs.readFileSync(join(host, 'back/many/777.txt'), 'utf8')).toBe('number 777')
  }, 60_000)

  test('a directory of very many entries is told in part', async () => {
    await fresh('mkdir many; cd many; seq 1 20000 | xargs touch')
    expect(await files.list('many', { limit: 50 })).toMatchObject({ ok: true, truncated: true, nextOffset: 50 })
    const found = await files.glob('**', { limit: 100_000 })
    expect(found.ok && [found.entries.length, found.truncated]).toEqual([20_000, false])
  })

  test('what goes wrong at the edges of names does not reach the shell', async () => {
    await fresh()
    for (const name of [
      '$(touch hacked)',
      '`touch hacked`',
      '"; touch hacked; "',
      "'; touch hacked; '",
      '\n touch hacked \n',
      '-exec',
      '--',
      '!',
    ]) {
      expect(await files.write(name, 'x')).toMatchObject({ ok: true, path: name })
      expect(await files.glob('**', { hidden: true })).toMatchObject({ ok: true, entries: [{ path: name }] })
      expect(await files.remove(name)).toMatchObject({ ok: true })
    }
  })
}
