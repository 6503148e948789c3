import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CodeExecutorError } from '../../../src/core/index.ts'
import { HostDirectory } from '../../../src/workspace/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { startSwapping } from '../../support/swapper.ts'
import { tinyDisk } from '../../support/tiny-disk.ts'
import { listTree, scratchDirectory } from '../../support/world.ts'

const CONTENT = Buffer.from('content')

/** A root with a directory `sub`, which a process of its own keeps swapping with a link to `outside` until the test is over. */
async function underAttack(): Promise<{ directory: HostDirectory; root: string; outside: string }> {
  const scratch = scratchDirectory('memory')
  const [root, outside] = [join(scratch, 'root'), join(scratch, 'outside')]
  fs.mkdirSync(join(root, 'sub'), { recursive: true })
  fs.mkdirSync(outside)
  const swapping = await startSwapping(join(root, 'sub'), outside)
  onTestFinished(() => swapping[Symbol.asyncDispose]())
  return { directory: new HostDirectory(root), root, outside }
}

interface Outcome {
  readonly done: number
  readonly refused: number
  /** Errors that are none of ours. */
  readonly surprises: readonly unknown[]
}

/** Does something many times; being refused is fine, as long as the error is one of ours. */
async function insist(times: number, action: (index: number) => unknown): Promise<Outcome> {
  let [done, refused] = [0, 0]
  const surprises: unknown[] = []
  for (let index = 0; index < times; index += 1) {
    try {
      await action(index)
      done += 1
    } catch (error) {
      if (!CodeExecutorError.is(error)) surprises.push(error)
      refused += 1
    }
  }
  return { done, refused, surprises }
}

describe('while a program swaps a directory with a link out', () => {
  test('two thousand files are written inside or refused, never outside', async () => {
    const { directory, outside } = await underAttack()
    const { done, refused, surprises } = await insist(2_000, (index) => directory.writeFile(`sub/file${index}`, CONTENT))
    expect(done, 'the attack left some writes alone').toBeGreaterThan(0)
    expect(refused, 'the attack hit some writes').toBeGreaterThan(0)
    expect(listTree(outside)).toEqual([])
    expect(surprises).toEqual([])
  })

  test('directories are made inside or refused, never outside', async () => {
    const { directory, outside } = await underAttack()
    const { surprises } = await insist(2_000, (index) => directory.makeDirectory(`sub/a${index}/b`))
    expect(listTree(outside)).toEqual([])
    expect(surprises).toEqual([])
  })

  test('files outside are never read', async () => {
    const { directory, outside } = await underAttack()
    fs.writeFileSync(join(outside, 'secret'), 'secret')
    const { done, surprises } = await insist(5_000, () => directory.readFile('sub/secret', 100))
    expect(done).toBe(0)
    expect(surprises).toEqual([])
  })

  test('files outside are never removed', async () => {
    const { directory, outside } = await underAttack()
    fs.writeFileSync(join(outside, 'file'), 'mine')
    const { surprises } = await insist(2_000, () => directory.remove(['sub/file']))
    expect(listTree(outside)).toEqual(['file'])
    expect(surprises).toEqual([])
  })

  test.each([[1], [80]])('directories outside are never removed, %d levels deep', async (levels) => {
    const { directory, outside } = await underAttack()
    fs.mkdirSync(join(outside, 'tree'))
    fs.writeFileSync(join(outside, 'tree/precious'), 'mine')
    const { surprises } = await insist(levels === 1 ? 4_000 : 400, async () => {
      directory.writeFile(`sub/tree/${'d/'.repeat(levels)}file`, CONTENT)
      await directory.remove(['sub/tree'])
    })
    expect(listTree(outside)).toEqual(['tree', 'tree/precious'])
    expect(surprises).toEqual([])
  })
})

describe('on a full disk', () => {
  test('a file that does not fit is BACKEND_REJECTED, the old one stays, and nothing half-written is left', async (context) => {
    const disk = tinyDisk(context)
    const directory = new HostDirectory(disk)
    directory.writeFile('sub/a', Buffer.from('old'))
    const { details, message } = await expectCode(() => directory.writeFile('sub/a', Buffer.alloc(2_000_000, 'x')), 'BACKEND_REJECTED')
    expect(details).toEqual({ executor: 'workspace', reason: 'ENOSPC' })
    expect(message).toContain('no space left')
    expect(listTree(disk)).toEqual(['sub', 'sub/a'])
    expect(fs.readFileSync(join(disk, 'sub/a'), 'utf8')).toBe('old')
    directory.writeFile('sub/b', Buffer.from('there is room again'))
  })

  test('many small files end the same way', async (context) => {
    const disk = tinyDisk(context)
    const files = new Map(Array.from({ length: 100 }, (_, index) => [`f${index}`, Buffer.alloc(50_000, 'x')]))
    await expectCode(new HostDirectory(disk).writeFiles(files), 'BACKEND_REJECTED')
    for (const name of listTree(disk)) expect(fs.statSync(join(disk, name)).size, name).toBe(50_000)
  })

  test('a read-only file system is BACKEND_REJECTED', async (context) => {
    const disk = tinyDisk(context)
    const remounted = spawnSync('mount', ['-o', 'remount,ro', disk], { encoding: 'utf8' })
    if (remounted.status !== 0) return context.skip(`it cannot be mounted read-only: ${remounted.stderr.trim()}`)
    const { details } = await expectCode(() => new HostDirectory(disk).writeFile('a', CONTENT), 'BACKEND_REJECTED')
    expect(details.reason).toBe('EROFS')
  })
})
