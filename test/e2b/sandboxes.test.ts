import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { ownedName } from '../../src/engine/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { sandboxTest } from '../support/e2b/with-stand-in.ts'
import { newMarker, PATIENCE, processesWith, seeAlive } from '../support/world.ts'

const EXECUTOR = fileURLToPath(new URL('../../src/executors/e2b/index.ts', import.meta.url))
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const sleeper = (marker: string): string => `sleep 60.${marker}`

/** The name of an owner that is dead: a process that was, with the start time it had. */
function deadOwner(): string {
  const { pid } = spawnSync('true')
  return ownedName('abcd').replace(`polyrun-${process.pid}-`, `polyrun-${pid}-`)
}

describe('a sandbox', () => {
  sandboxTest('is made with what was asked for', async ({ standIn, make }) => {
    await make({ sandboxTimeoutMs: 120_000, allowInternetAccess: false, metadata: { team: 'x' }, env: { SECRET: '1' } }).start()
    expect(standIn.only.asked).toMatchObject({ templateID: 'base', timeout: 120, allow_internet_access: false, metadata: { team: 'x' } })
    expect(standIn.only.asked.metadata?.['polyrun.owner']).toMatch(new RegExp(`^polyrun-${process.pid}-`))
    // Variables are for programs, and no part of what E2B keeps of a sandbox.
    expect(standIn.only.asked.envVars).toBeUndefined()
  })

  sandboxTest('is gone after stop, with what ran in it', async ({ standIn, make }) => {
    const executor = make()
    const marker = newMarker()
    const run = executor.executeCode(sleeper(marker), 'sh')
    run.catch(() => {})
    await seeAlive(marker)
    await executor.stop()
    expect(processesWith(marker)).toEqual([])
    expect(standIn.sandboxes.size).toBe(0)
    await expectCode(run, 'EXECUTOR_STOPPED')
  })

  sandboxTest('that cannot be ended is named', async ({ standIn, make }) => {
    const executor = make()
    await executor.start()
    const { id } = standIn.only
    standIn.faults.set('DELETE /sandboxes/{id}', { status: 500 })
    const error = await expectCode(executor.stop(), 'CLEANUP_FAILED')
    expect(error.details.left).toEqual([id])
    expect(error.message).toContain(id)
  })

  sandboxTest('that is gone already is no trouble for stop', async ({ standIn, make }) => {
    const executor = make()
    await executor.start()
    await standIn.end(standIn.only.id)
    await executor.stop()
  })

  sandboxTest('whose creation was answered with a failure all the same is ended', async ({ standIn, make }) => {
    standIn.faults.set('POST /v2/sandboxes', { status: 500, afterwards: true })
    let made = 0
    standIn.onCreate = () => void (made += 1)
    await expectCode(make().start(), 'BACKEND_UNREACHABLE')
    expect(made).toBe(1)
    expect(standIn.sandboxes.size).toBe(0)
  })

  sandboxTest('that was asked for too often is asked for again, as E2B says when', async ({ standIn, make }) => {
    standIn.faults.set('POST /v2/sandboxes', { status: 429, headers: { 'retry-after': '0' } })
    await make().start()
    expect(standIn.requests.filter((each) => each === 'POST /v2/sandboxes')).toHaveLength(2)
  })
})

describe('a start', () => {
  sandboxTest('ends sandboxes of dead processes of this machine, page by page, and no others', async ({ standIn, make }) => {
    const dead = Array.from({ length: 5 }, () =>
      standIn.create({ templateID: 'base', metadata: { 'polyrun.owner': deadOwner(), 'polyrun.boot': boot } }),
    )
    const others = [
      { 'polyrun.owner': ownedName('abcd'), 'polyrun.boot': boot }, // lives
      { 'polyrun.owner': deadOwner(), 'polyrun.boot': 'of another machine' },
      { 'polyrun.owner': 'nonsense', 'polyrun.boot': boot },
      { team: 'x' },
      {},
    ].map((metadata) => standIn.create({ templateID: 'base', metadata: metadata as Record<string, string> }))
    await make().start()
    for (const { id } of dead) expect(standIn.sandboxes.has(id)).toBe(false)
    for (const { id } of others) expect(standIn.sandboxes.has(id)).toBe(true)
  })

  sandboxTest('ends the sandbox of a process that was killed, and what runs in it', async ({ standIn, make }) => {
    const marker = newMarker()
    const body = `import { E2BCodeExecutor } from ${JSON.stringify(EXECUTOR)}
      await new E2BCodeExecutor(${JSON.stringify(standIn.connection)}).executeCode(process.env.PROGRAM, 'sh')`
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', body], {
      stdio: 'ignore',
      env: { ...process.env, PROGRAM: sleeper(marker) },
    })
    await seeAlive(marker)
    const { id } = standIn.only
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(processesWith(marker), 'nobody has ended it yet').toHaveLength(1)
    await make().start()
    expect(standIn.sandboxes.has(id)).toBe(false)
    expect(processesWith(marker)).toEqual([])
  })

  sandboxTest('works although sandboxes cannot be listed', async ({ standIn, make }) => {
    standIn.faults.set('GET /v2/sandboxes', { status: 500 })
    expect((await make().executeCode('echo fine', 'sh')).output).toBe('fine\n')
  })
})

describe('the gate around creations', () => {
  sandboxTest('is passed by each of them', async ({ standIn, make }) => {
    let inside = 0
    let passed = 0
    const createGate = async (create: () => Promise<void>): Promise<void> => {
      inside += 1
      expect(inside).toBe(1)
      await create()
      inside -= 1
      passed += 1
    }
    const executor = make({ createGate })
    await executor.start()
    await standIn.end(standIn.only.id)
    await executor.executeCode('true', 'sh')
    expect(passed).toBe(2)
  })

  sandboxTest('that fails afterwards leaves no sandbox', async ({ standIn, make }) => {
    const createGate = async (create: () => Promise<void>): Promise<void> => {
      await create()
      throw new Error('the queue is closed')
    }
    expect((await expectCode(make({ createGate }).start(), 'BACKEND_UNREACHABLE')).message).toContain('the queue is closed')
    expect(standIn.sandboxes.size).toBe(0)
  })

  sandboxTest('that creates nothing is refused', async ({ make }) => {
    await expectCode(make({ createGate: async () => {} }).start(), 'INVALID_ARGUMENT')
  })
})

describe('a sandbox that is lost', () => {
  sandboxTest('between two runs is replaced, and the run hears of it once', async ({ standIn, make }) => {
    const executor = make()
    await executor.executeCode('echo old > old.txt', 'sh')
    const { id } = standIn.only
    await standIn.end(id)
    const result = await executor.executeCode('ls', 'sh')
    expect(result).toMatchObject({ stateLost: true, success: true })
    expect(result.output).not.toContain('old.txt')
    expect(standIn.only.id).not.toBe(id)
    expect((await executor.executeCode('true', 'sh')).stateLost).not.toBe(true)
  })

  sandboxTest('while a program runs is BACKEND_LOST, and the next run gets a fresh one', async ({ standIn, make }) => {
    const executor = make()
    const marker = newMarker()
    const run = executor.executeCode(sleeper(marker), 'sh')
    run.catch(() => {})
    await seeAlive(marker)
    await standIn.end(standIn.only.id)
    const error = await expectCode(run, 'BACKEND_LOST')
    expect(error.retryable).toBe(true)
    expect(await executor.executeCode('echo fine', 'sh')).toMatchObject({ output: 'fine\n', stateLost: true })
  })

  sandboxTest('for want of a connection is ended, since the program may still run', async ({ standIn, make }) => {
    const executor = make()
    const marker = newMarker()
    const run = executor.executeCode(sleeper(marker), 'sh')
    run.catch(() => {})
    await seeAlive(marker)
    const { id, envd } = standIn.only
    envd.cut()
    await expectCode(run, 'BACKEND_LOST')
    expect(standIn.sandboxes.has(id)).toBe(false)
    expect(processesWith(marker)).toEqual([])
    expect(await executor.executeCode('echo fine', 'sh')).toMatchObject({ output: 'fine\n', stateLost: true })
  })

  sandboxTest('because it does not end a program is ended with it, and what was printed is kept', async ({ standIn, make }) => {
    const executor = make({ requestTimeoutMs: 4_000 })
    await executor.start()
    const { id, envd } = standIn.only
    envd.signalFault = 'ignored'
    const marker = newMarker()
    const error = await expectCode(executor.executeCode(`echo printed; ${sleeper(marker)}`, 'sh', { timeoutMs: 2_000 }), 'TIMEOUT')
    expect(error).toMatchObject({ result: { output: 'printed\n' } })
    expect(standIn.sandboxes.has(id)).toBe(false)
    expect(processesWith(marker)).toEqual([])
    expect((await executor.executeCode('true', 'sh')).stateLost).toBe(true)
  })

  sandboxTest('is asked for again by the call after one that got none', async ({ standIn, make }) => {
    const executor = make()
    await executor.start()
    await standIn.end(standIn.only.id)
    standIn.faults.set('POST /v2/sandboxes', { status: 503 })
    await expectCode(executor.executeCode('true', 'sh'), 'BACKEND_UNREACHABLE')
    expect(await executor.executeCode('echo fine', 'sh')).toMatchObject({ output: 'fine\n', stateLost: true })
  })

  sandboxTest('is replaced once for several calls at the same time', async ({ standIn, make }) => {
    const executor = make()
    await executor.start()
    await standIn.end(standIn.only.id)
    const results = await Promise.all([1, 2, 3].map((each) => executor.executeCode(`echo ${each}`, 'sh')))
    expect(results.map(({ output }) => output)).toEqual(['1\n', '2\n', '3\n'])
    expect(standIn.sandboxes.size).toBe(1)
  })
})

describe('the time of a sandbox', () => {
  sandboxTest('is put off while a program runs that takes longer, and not afterwards', async ({ standIn, make }) => {
    const executor = make({ sandboxTimeoutMs: 1_500 })
    const result = await executor.executeCode('sleep 2.2; echo done', 'sh')
    expect(result).toMatchObject({ output: 'done\n', success: true })
    expect(result.stateLost).not.toBe(true)
    expect(standIn.only.extensions).toBeGreaterThan(1)
    await expect.poll(() => standIn.sandboxes.size, PATIENCE).toBe(0)
  })
})
