import { mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal, WAYS, skipBecause } from '../support/local.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { leftovers, listTree, openDescriptors, scratchDirectory, temporaryDirectoriesOf } from '../support/world.ts'

const BIG = Buffer.alloc(20_000_000, 'stdin ')

/** What waits in the private directories to be read as standard input. */
const waitingInput = (): string[] => temporaryDirectoriesOf().flatMap((name) => readdirSync(join(tmpdir(), name, 'stdin')))

describe.each(WAYS)('%s', (_, make, missing) => {
  skipBecause(missing)
  test('twenty megabytes to a program that never reads them', async () => {
    const result = await make().executeCode('sleep 0.2; echo done', 'sh', { stdin: BIG })
    expect(result).toMatchObject({ output: 'done\n', error: '', success: true })
    expect(waitingInput()).toEqual([])
  })

  test('twenty megabytes to a program that reads a little and leaves', async () => {
    const result = await make().executeCode('head -c 5; exit 3', 'sh', { stdin: BIG })
    expect(result).toMatchObject({ output: 'stdin', exitCode: 3 })
    expect(waitingInput()).toEqual([])
  })

  test('twenty megabytes to a program that closes its input', async () => {
    expect((await make().executeCode('exec <&-; echo done', 'sh', { stdin: BIG })).output).toBe('done\n')
  })

  test('twenty megabytes to a program that reads them all', async () => {
    expect((await make().executeCode('wc -c', 'sh', { stdin: BIG })).output.trim()).toBe(String(BIG.byteLength))
  })

  test('input of a run that was aborted or timed out is not left', async () => {
    const executor = make()
    await expectCode(executor.executeCode('sleep 600', 'sh', { stdin: 'secret', timeoutMs: 300 }), 'TIMEOUT')
    const controller = new AbortController()
    const run = executor.executeCode('sleep 600', 'sh', { stdin: 'secret', signal: controller.signal })
    await executor.executeCode('true', 'sh')
    controller.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(waitingInput()).toEqual([])
  })

  test('no descriptor is left by many runs with input', async () => {
    const executor = make()
    for (let round = 0; round < 3; round += 1) await executor.executeCode('cat', 'sh', { stdin: 'x' })
    const before = openDescriptors()
    for (let round = 0; round < 25; round += 1) await executor.executeCode('cat', 'sh', { stdin: 'x' })
    expect(openDescriptors()).toBeLessThanOrEqual(before + 4)
  })
})

test('input for which the disk has no room is BACKEND_REJECTED, and nothing of it is left', async (context) => {
  const disk = tinyDisk(context)
  mkdirSync(join(disk, 'tmp'))
  vi.stubEnv('TMPDIR', join(disk, 'tmp'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const executor = makeLocal({ workDir: scratchDirectory() })
  await executor.start()
  const before = listTree(disk).filter((path) => !path.includes('/pipes/'))
  await expectCode(executor.executeCode('cat', 'sh', { stdin: BIG }), 'BACKEND_REJECTED')
  expect(listTree(disk).filter((path) => !path.includes('/pipes/'))).toEqual(before)
  expect((await executor.executeCode('cat', 'sh', { stdin: 'fits' })).output).toBe('fits')
  await executor.stop()
  expect(leftovers().directories).toEqual([])
})
