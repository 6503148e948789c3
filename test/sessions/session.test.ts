import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSession, type SessionOptions } from '../../src/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, processesWith, scratchDirectory, seeAlive, seeDead } from '../support/world.ts'

/** A directory of this machine with some files in it. */
function inputs(): string {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'numbers.csv'), '1\n2\n3\n')
  writeFileSync(join(directory, 'more.csv'), '4\n')
  mkdirSync(join(directory, 'docs', 'deep'), { recursive: true })
  writeFileSync(join(directory, 'docs', 'deep', 'binary.dat'), Buffer.from([0, 255, 10, 13]))
  return directory
}

const open = (options: Partial<SessionOptions> = {}) => openSession({ executor: makeLocal(), ...options })

describe('a session', () => {
  test('brings files, hands over what was declared, and ends its executor', async () => {
    const from = inputs()
    const outputDir = scratchDirectory()
    const session = await open({ inputFiles: [join(from, '*.csv'), join(from, 'docs')], outputDir })
    expect(session.inputs.map(({ path }) => path).toSorted()).toEqual(['docs/deep/binary.dat', 'more.csv', 'numbers.csv'])
    const result = await session.executor.executeCode('mkdir -p out/a; sort -r numbers.csv more.csv | tee out/a/sorted.csv', 'bash')
    expect(result.output).toBe('4\n3\n2\n1\n')
    expect(await session.declareOutputs(['out', 'docs/deep/binary.dat'])).toEqual([])
    const report = await session.close()
    expect(report.failed).toEqual([])
    expect(report.saved.map(({ path }) => path).toSorted()).toEqual(['docs/deep/binary.dat', 'out/a/sorted.csv'])
    expect(readFileSync(join(outputDir, 'out/a/sorted.csv'), 'utf8')).toBe('4\n3\n2\n1\n')
    expect(readFileSync(join(outputDir, 'docs/deep/binary.dat'))).toEqual(Buffer.from([0, 255, 10, 13]))
    await expectCode(session.executor.executeCode('true', 'bash'), 'EXECUTOR_STOPPED')
    await expectCode(session.declareOutputs('out'), 'EXECUTOR_STOPPED')
    expect(await session.close()).toBe(report)
  })

  test('does not declare what is not there, and says so', async () => {
    await using session = await open()
    await session.files.write('there.txt', 'x')
    expect(await session.declareOutputs(['there.txt', 'gone.txt', '../out'])).toMatchObject([
      { path: 'gone.txt', code: 'file_not_found' },
      { path: '../out', code: 'invalid_path' },
    ])
  })

  test('tells which output was gone at the end, and saves the others', async () => {
    const outputDir = scratchDirectory()
    const session = await open({ outputDir })
    await session.files.write('a.txt', 'a')
    await session.files.write('b.txt', 'b')
    await session.declareOutputs(['a.txt', 'b.txt'])
    await session.files.remove('a.txt')
    const { saved, failed } = await session.close()
    expect(saved.map(({ path }) => path)).toEqual(['b.txt'])
    expect(failed).toMatchObject([{ path: 'a.txt', code: 'file_not_found' }])
    expect(readdirSync(outputDir)).toEqual(['b.txt'])
  })

  test('says of each output that there is nowhere to save it', async () => {
    const session = await open()
    await session.files.write('a.txt', 'a')
    await session.declareOutputs('a.txt')
    expect((await session.close()).failed).toMatchObject([{ path: 'a.txt', message: expect.stringContaining('outputDir') as string }])
  })

  test.each([
    ['a file that is not there', ['/nowhere/at-all.csv']],
    ['a pattern that matches nothing', ['/nowhere/*.csv']],
  ])('with %s does not open, and its executor is stopped', async (_what, inputFiles) => {
    const executor = makeLocal()
    await expectCode(openSession({ executor, inputFiles }), 'FILE_NOT_FOUND')
    await expectCode(executor.executeCode('true', 'bash'), 'EXECUTOR_STOPPED')
  })

  test('needs an executor with files', async () => {
    await expectCode(openSession({ executor: new FaultyExecutor() }), 'CAPABILITY_UNSUPPORTED')
  })

  test('refuses an option that it does not know', async () => {
    await expectCode(open({ outputdir: '/tmp' } as Partial<SessionOptions>), 'INVALID_ARGUMENT')
  })

  test('ends with its signal: the program is dead, and nothing is saved', async () => {
    const outputDir = scratchDirectory()
    const controller = new AbortController()
    const session = await open({ outputDir, signal: controller.signal })
    await session.files.write('a.txt', 'a')
    await session.declareOutputs('a.txt')
    const marker = newMarker()
    const run = session.executor.executeCode(`sleep ${marker}`, 'bash')
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expectCode(run, 'EXECUTOR_STOPPED')
    await session.close()
    expect(processesWith(marker)).toEqual([])
    expect(readdirSync(outputDir)).toEqual([])
  })

  test('that was given up before it opened rejects with the reason', async () => {
    const executor = makeLocal()
    const reason = new Error('enough')
    await expect(openSession({ executor, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expectCode(executor.executeCode('true', 'bash'), 'EXECUTOR_STOPPED')
  })

  test('ends background commands', async () => {
    const session = await open()
    const marker = newMarker()
    await (session.executor as ReturnType<typeof makeLocal>).startCommand(`sleep ${marker}`)
    await seeAlive(marker)
    await session.close()
    await seeDead(marker)
  })
})

describe('a child session', () => {
  test('gets files of its parent and hands its outputs back', async () => {
    const outputDir = scratchDirectory()
    const parent = await open({ outputDir })
    await parent.files.write('data/in.txt', 'from the parent')
    const executor = makeLocal()
    const child = await parent.openChild({ executor, inputFiles: 'data' })
    expect(child.inputs.map(({ path }) => path)).toEqual(['data/in.txt'])
    await child.executor.executeCode('mkdir -p made; tr a-z A-Z <data/in.txt >made/out.txt; echo secret >other.txt', 'bash')
    await child.declareOutputs('made/out.txt')
    const report = await child.close()
    expect(report).toMatchObject({ saved: [{ path: 'made/out.txt', target: 'made/out.txt' }], failed: [] })
    await expectCode(executor.executeCode('true', 'bash'), 'EXECUTOR_STOPPED')
    expect(await parent.files.read('made/out.txt')).toMatchObject({ text: 'FROM THE PARENT' })
    expect(await parent.files.exists('other.txt')).toBe(false)
    await parent.declareOutputs('made/out.txt')
    await parent.close()
    expect(existsSync(join(outputDir, 'made/out.txt'))).toBe(true)
  })

  test('is closed with its parent, whose outputs may be its own', async () => {
    const outputDir = scratchDirectory()
    const parent = await open({ outputDir })
    await parent.files.write('made.txt', 'old')
    await parent.declareOutputs('made.txt')
    const child = await parent.openChild({ executor: makeLocal() })
    await child.files.write('made.txt', 'new')
    await child.declareOutputs('made.txt')
    await parent.close()
    expect(readFileSync(join(outputDir, 'made.txt'), 'utf8')).toBe('new')
  })

  test('may share the place of its parent, and does not end it', async () => {
    const parent = await open()
    await parent.files.write('in.txt', 'x')
    const child = await parent.openChild({ inputFiles: 'in.txt' })
    await child.files.write('out.txt', 'y')
    await child.declareOutputs('out.txt')
    expect(await child.close()).toMatchObject({ saved: [{ path: 'out.txt' }], failed: [] })
    expect(await parent.files.read('out.txt')).toMatchObject({ text: 'y' })
    await expectCode(parent.openChild({ inputFiles: 'gone.txt' }), 'FILE_NOT_FOUND')
    expect((await parent.executor.executeCode('echo alive', 'bash')).output).toBe('alive\n')
    await parent.close()
  })

  test('without files of its own, or of files that are not there, is refused', async () => {
    const parent = await open()
    await expectCode(parent.openChild({ executor: new FaultyExecutor() }), 'CAPABILITY_UNSUPPORTED')
    const executor = makeLocal()
    await expectCode(parent.openChild({ executor, inputFiles: 'gone' }), 'FILE_NOT_FOUND')
    await expectCode(executor.executeCode('true', 'bash'), 'EXECUTOR_STOPPED')
    await parent.close()
  })
})
