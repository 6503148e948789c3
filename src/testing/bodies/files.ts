import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bodies } from './index.ts'

/** Lists the working directory without the program that lists. */
const LIST = 'for name in .[!.]* *; do if [ -e "$name" ] && [ "$name" != "${0##*/}" ]; then echo "$name"; fi; done'

export const fileBodies = {
  'files:subdirectories': async (t) => {
    const files = {
      'main.sh': '. ./lib/deep/words.sh; cat data/one.txt; word',
      'lib/deep/words.sh': 'word() { echo from lib; }',
      'data/one.txt': 'from data\n',
    }
    assert.equal((await t.create().executeCode(files, 'sh')).output, 'from data\nfrom lib\n')
  },

  'files:entry-point': async (t) => {
    const executor = t.create()
    const files = { 'main.sh': 'echo main', 'other.sh': 'echo other', 'sub/third.sh': 'echo third' }
    assert.equal((await executor.executeCode(files, 'sh')).output, 'main\n')
    assert.equal((await executor.executeCode(files, 'sh', { entryPoint: 'other.sh' })).output, 'other\n')
    assert.equal((await executor.executeCode(files, 'sh', { entryPoint: 'sub/third.sh' })).output, 'third\n')
    assert.equal((await executor.executeCode({ 'only.sh': 'echo only', 'notes.txt': 'nothing' }, 'sh')).output, 'only\n')
    assert.equal(
      (await executor.executeCode({ script: 'echo without extension' }, 'sh', { entryPoint: 'script' })).output,
      'without extension\n',
    )
  },

  'files:shared': async (t) => {
    const executor = t.create()
    await executor.executeCode('mkdir -p made; echo kept > made/by-first', 'sh')
    assert.equal((await executor.executeCode('cat made/by-first', 'sh')).output, 'kept\n')
    assert.equal((await executor.executeCode({ 'main.sh': 'cat made/by-first' }, 'sh')).output, 'kept\n')
  },

  'files:replaced': async (t) => {
    const executor = t.create()
    for (const word of ['first', 'other', 'a longer one', 'x']) {
      const result = await executor.executeCode({ 'main.sh': 'cat data.txt', 'data.txt': word }, 'sh')
      assert.equal(result.output, word)
    }
  },

  'files:binary': async (t) => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => (index * 7) % 256)
    const { output } = await t.create().executeCode({ 'main.sh': 'od -An -v -tx1 data.bin', 'data.bin': bytes }, 'sh')
    assert.equal(output.replaceAll(/\s/g, ''), Buffer.from(bytes).toString('hex'))
  },

  'files:stay': async (t) => {
    const executor = t.create()
    await executor.executeCode({ 'main.sh': 'exit 1', 'sub/data.txt': 'stays\n' }, 'sh')
    assert.equal((await executor.executeCode('cat main.sh; echo; cat sub/data.txt', 'sh')).output, 'exit 1\nstays\n')
  },

  'files:text-gone': async (t) => {
    const executor = t.create()
    await executor.executeCode('echo fine', 'sh')
    await executor.executeCode('exit 3', 'sh')
    await executor.executeCode('kill -9 $$', 'sh')
    await t.rejects(executor.executeCode('sleep 60', 'sh', { timeoutMs: t.ms(300) }), 'TIMEOUT', 'a program that runs too long')
    assert.equal((await executor.executeCode(LIST, 'sh')).output, '')
  },

  'files:links': async (t) => {
    const outside = await mkdtemp(join(tmpdir(), 'polyrun-contract-'))
    try {
      await writeFile(join(outside, 'secret.txt'), 'untouched')
      const executor = t.create()
      await executor.executeCode(`ln -s '${outside}/secret.txt' file.sh; ln -s '${outside}' directory`, 'sh')
      for (const path of ['file.sh', 'directory/new.sh', 'directory/secret.txt']) {
        // Replacing the link is as good as refusing the path; only the other end must stay as it is.
        await executor.executeCode({ 'main.sh': 'exit 0', [path]: 'overwritten' }, 'sh').catch(() => {})
      }
      assert.equal(await readFile(join(outside, 'secret.txt'), 'utf8'), 'untouched')
      assert.deepEqual(await readdir(outside), ['secret.txt'])
      await t.assertUsable(executor)
    } finally {
      await rm(outside, { recursive: true, force: true })
    }
  },

  'files:many': async (t) => {
    const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`many/${index % 100}/${index}.txt`, `${index}`]))
    const run = t
      .create({ timeoutMs: t.ms(50_000) })
      .executeCode({ ...files, 'main.sh': 'find many -type f | wc -l; cat many/99/9999.txt' }, 'sh')
    const { output } = await t.within(run, 'ten thousand files', 50_000)
    assert.equal(output.replaceAll(' ', ''), '10000\n9999')
  },

  'files:large': async (t) => {
    const content = Buffer.alloc(50_000_000, 'a file that is quite large\n')
    const source = 'import hashlib\nprint(hashlib.sha256(open("large.bin", "rb").read()).hexdigest())'
    const python = t.subject.languages.includes('python')
    const files = python ? { 'main.py': source, 'large.bin': content } : { 'main.sh': 'wc -c < large.bin', 'large.bin': content }
    const { output } = await t.within(t.create().executeCode(files, python ? 'python' : 'sh'), 'a large file', 40_000)
    assert.equal(output.trim(), python ? createHash('sha256').update(content).digest('hex') : '50000000')
  },

  'files:line-ends': async (t) => {
    const executor = t.create()
    const source = 'if true; then\r\n  echo yes\r\nfi\r\n'
    assert.equal((await executor.executeCode(source, 'sh')).output, 'yes\n')
    assert.equal((await executor.executeCode({ 'main.sh': source }, 'sh')).output, 'yes\n')
  },

  'files:shebang': async (t) => {
    assert.equal((await t.create().executeCode('#!/usr/bin/env no-such-interpreter\necho runs\n', 'sh')).output, 'runs\n')
  },

  'files:odd-names': async (t) => {
    const executor = t.create()
    for (const name of ['with space.sh', "it's.sh", '-e.sh', 'ünïcödé ✓.sh', '$(echo x).sh', 'a/-b/c d.sh', '#.sh']) {
      assert.equal((await executor.executeCode({ [name]: 'echo ran', 'data-1.txt': '' }, 'sh')).output, 'ran\n', name)
    }
  },

  'files:removed-directory': async (t) => {
    const executor = t.create()
    // Counts first: a working directory that is not its own must not be emptied by a test.
    const source = '[ "$(ls -A | wc -l)" -eq 1 ] || exit 9\nrm -rf -- "$PWD"\n:'
    assert.notEqual((await executor.executeCode(source, 'sh')).exitCode, 9, 'the working directory is not empty at first')
    await t.assertUsable(executor)
    assert.equal((await executor.executeCode({ 'main.sh': 'cat sub/data.txt', 'sub/data.txt': 'again' }, 'sh')).output, 'again')
  },
} as const satisfies Bodies
