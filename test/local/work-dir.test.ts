import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal, WAYS, skipBecause } from '../support/local.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { cgroupsOf, leftovers, listTree, scratchDirectory, temporaryDirectoriesOf } from '../support/world.ts'

describe.each(WAYS)('%s', (_, make, missing) => {
  skipBecause(missing)
  test('a directory of one’s own is made, used, and left alone afterwards', async () => {
    const workDir = join(scratchDirectory(), 'made/for/it')
    const executor = make({ workDir })
    await executor.executeCode({ 'main.sh': 'pwd > where; cat data', data: 'x' }, 'sh')
    expect(fs.readFileSync(join(workDir, 'where'), 'utf8')).toBe(`${workDir}\n`)
    await executor.restart()
    await executor.stop()
    expect(listTree(workDir)).toEqual(['data', 'main.sh', 'where'])
  })

  test('a private directory is for its owner alone, and gone after stop', async () => {
    const executor = make()
    await executor.executeCode('echo x > file', 'sh')
    const directories = temporaryDirectoriesOf()
    expect(directories).toHaveLength(1)
    expect(fs.statSync(join(tmpdir(), directories[0] ?? '')).mode & 0o777).toBe(0o700)
    await executor.stop()
    expect(temporaryDirectoriesOf()).toEqual([])
  })

  test('removed between runs, it is there again for the next', async () => {
    const workDir = scratchDirectory()
    const executor = make({ workDir })
    await executor.executeCode('echo x > old', 'sh')
    fs.rmSync(workDir, { recursive: true })
    const result = await executor.executeCode({ 'main.sh': 'ls; pwd' }, 'sh')
    expect(result).toMatchObject({ output: `main.sh\n${workDir}\n`, error: '', success: true })
  })

  test('removed and made anew between runs, the next runs in the new one', async () => {
    const workDir = scratchDirectory()
    const executor = make({ workDir })
    await executor.executeCode('true', 'sh')
    fs.rmSync(workDir, { recursive: true })
    fs.mkdirSync(workDir)
    fs.writeFileSync(join(workDir, 'new'), 'x')
    expect((await executor.executeCode('cat new', 'sh')).output).toBe('x')
  })

  test('removed while a program runs, the run ends as it would, and the next works', async () => {
    const workDir = scratchDirectory()
    const executor = make({ workDir })
    const events = executor.streamCode('echo started; read x; echo ended', 'sh', { stdin: 'go\n' })
    for await (const event of events) {
      if (event.type === 'output-delta' && event.text.startsWith('started')) fs.rmSync(workDir, { recursive: true, force: true })
      if (event.type === 'end') expect(event.result).toMatchObject({ output: 'started\nended\n', success: true })
    }
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('ten thousand files and one of fifty megabytes', async () => {
    const workDir = scratchDirectory('memory')
    const files = Object.fromEntries(Array.from({ length: 10_000 }, (_unused, index) => [`d${index % 10}/f${index}`, String(index)]))
    const source = { ...files, 'main.sh': 'find d* -type f | wc -l; wc -c < large; cat d9/f9999', large: Buffer.alloc(50_000_000, 'x') }
    const { output } = await make({ workDir }).executeCode(source, 'sh')
    expect(output.split(/\s+/)).toEqual(['10000', '50000000', '9999'])
  })

  test('a tree deeper than any path can say is gone after stop', async () => {
    const executor = make()
    const source = 'import os\nfor _ in range(3000):\n    os.mkdir("deep")\n    os.chdir("deep")\nprint("made")'
    expect((await executor.executeCode(source, 'python')).output).toBe('made\n')
    await executor.stop()
    expect(temporaryDirectoriesOf()).toEqual([])
  })

  test('files of every mode and kind are gone after stop', async () => {
    const executor = make()
    await executor.executeCode(
      'mkdir -p a/b; touch a/b/c; mkfifo pipe; ln -s /etc link; ln -s nowhere dangling; chmod 000 a/b a; chmod 000 .',
      'sh',
    )
    await executor.stop()
    expect(temporaryDirectoriesOf()).toEqual([])
    expect(fs.existsSync('/etc/passwd')).toBe(true)
  })
})

describe('a directory that cannot be one', () => {
  test.each<[string, (scratch: string) => string]>([
    ['a file', (scratch) => join(scratch, 'file')],
    ['below a file', (scratch) => join(scratch, 'file/below')],
    ['a link to itself', (scratch) => join(scratch, 'loop')],
    ['a dangling link', (scratch) => join(scratch, 'dangling')],
    ['a name that is too long', (scratch) => join(scratch, 'x'.repeat(300))],
  ])('%s is refused at the first use, and nothing is left', async (_, path) => {
    const scratch = scratchDirectory()
    fs.writeFileSync(join(scratch, 'file'), '')
    fs.symlinkSync('loop', join(scratch, 'loop'))
    fs.symlinkSync('nowhere/at/all', join(scratch, 'dangling'))
    const before = leftovers()
    const executor = makeLocal({ workDir: path(scratch) })
    const { details } = await expectCode(executor.executeCode('true', 'sh'), 'INVALID_ARGUMENT')
    expect(details.argument).toBe('workDir')
    await executor.stop()
    expect(leftovers()).toEqual(before)
  })
})

describe('a full disk', () => {
  test('a program that does not fit is BACKEND_REJECTED, and nothing half-written is left', async (context) => {
    const disk = tinyDisk(context)
    const executor = makeLocal({ workDir: disk })
    await expectCode(executor.executeCode({ 'main.sh': 'true', large: Buffer.alloc(3_000_000) }, 'sh'), 'BACKEND_REJECTED')
    await expectCode(executor.executeCode(`: ${'x'.repeat(3_000_000)}`, 'sh'), 'BACKEND_REJECTED')
    expect(listTree(disk).filter((name) => name !== 'main.sh')).toEqual([])
  })

  test('a program that fills the disk fails by itself, and when there is room again the next one runs', async (context) => {
    const disk = tinyDisk(context)
    const executor = makeLocal({ workDir: disk })
    const filled = await executor.executeCode('cat /dev/zero > fill', 'sh')
    expect(filled).toMatchObject({ success: false, termination: { kind: 'exited', exitCode: 1 } })
    await expectCode(executor.executeCode(`echo no room # ${'x'.repeat(20_000)}`, 'sh'), 'BACKEND_REJECTED')
    fs.rmSync(join(disk, 'fill'))
    expect((await executor.executeCode('echo room', 'sh')).output).toBe('room\n')
    expect(listTree(disk)).toEqual([])
    await executor.stop()
    expect(cgroupsOf()).toEqual([])
  })
})
