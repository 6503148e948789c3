import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { client, containerIds, makeLabeled, noDocker, outcomeOf, seeNothingOf, socketPath } from '../support/docker-executor.ts'
import { CAN_KEEP_ENGINES, KeeperProcess } from '../support/engines/keeper-process.ts'
import { findTool, TOOL_ENV } from '../support/engines/tools.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { isAlive, newMarker, PATIENCE, processesWith, scratchDirectory, seeAlive, seeDead } from '../support/world.ts'

skipBecause(noDocker)

/** The members of a client's container that do harm. */
interface Harm {
  kill(): Promise<unknown>
  stop(options: { readonly t: number }): Promise<unknown>
  pause(): Promise<unknown>
  remove(options: { readonly force: true }): Promise<unknown>
}

describe('a container is treated from outside while a program runs', () => {
  const harms: Readonly<Record<string, readonly [harm: (container: Harm) => Promise<unknown>, how: string]>> = {
    removed: [(container) => container.remove({ force: true }), 'BACKEND_LOST'],
    killed: [(container) => container.kill(), 'BACKEND_LOST'],
    stopped: [(container) => container.stop({ t: 1 }), 'BACKEND_LOST'],
    paused: [(container) => container.pause(), 'timed-out'],
  }
  test.each(Object.entries(harms))('%s', async (_, [harm, how]) => {
    const { executor, label } = makeLabeled()
    const marker = newMarker()
    const startedAt = performance.now()
    const run = outcomeOf(executor.executeCode(`echo on; sh -c "sleep 600; :" ${marker}; :`, 'sh', { timeoutMs: 8_000 }))
    await seeAlive(marker)
    const [id = ''] = await containerIds(label)
    await harm(client.getContainer(id) as unknown as Harm)
    expect((await run).how).toBe(how)
    expect(performance.now() - startedAt).toBeLessThan(40_000)
    expect(await executor.executeCode('echo next', 'sh')).toMatchObject({ output: 'next\n', success: true })
    await seeDead(marker)
    expect(await containerIds(label)).not.toContain(id)
  })

  test('killed, after an earlier program had met the memory limit: that is no evidence for this one', async () => {
    const { executor, label } = makeLabeled({ limits: { memory: '96m' } })
    const greedy = 'all = []\nwhile True: all.append(b"x" * 2**20)'
    expect((await outcomeOf(executor.executeCode(greedy, 'python'))).how).toBe('out-of-memory')
    const marker = newMarker()
    const run = outcomeOf(executor.executeCode(`sh -c "sleep 600; :" ${marker}; :`, 'sh'))
    await seeAlive(marker)
    const [id = ''] = await containerIds(label)
    await client.getContainer(id).kill()
    expect((await run).how).toBe('BACKEND_LOST')
  })

  test('removed while none runs', async () => {
    const { executor, label } = makeLabeled()
    await executor.start()
    const [id = ''] = await containerIds(label)
    await client.getContainer(id).remove({ force: true })
    await outcomeOf(executor.executeCode('echo lost', 'sh'))
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })
})

test('one of two containers is removed: what its program had goes, and two programs run at once again', async () => {
  const { executor, label } = makeLabeled({ concurrency: 2 })
  const waitFor = (path: string): string => `i=0; until [ -e ${path} ]; do i=$((i + 1)); [ $i -lt 3000 ] || exit 1; sleep 0.01; done`
  const meet = async (): Promise<readonly boolean[]> => {
    const both = await Promise.all([
      executor.executeCode(`touch one; ${waitFor('two')}`, 'sh'),
      executor.executeCode(`touch two; ${waitFor('one')}`, 'sh'),
    ])
    await executor.executeCode('rm one two', 'sh')
    return both.map(({ success }) => success)
  }
  expect(await meet()).toEqual([true, true])
  const run = outcomeOf(executor.executeCode('cp /etc/hostname who; sleep 600', 'sh'))
  const who = await vi.waitFor(async () => {
    const read = await executor.files.read('who')
    return read.ok && read.text !== '' ? read.text.trim() : expect.fail('it has not begun')
  }, PATIENCE)
  await client.getContainer(who).remove({ force: true })
  expect((await run).how).toBe('BACKEND_LOST')
  expect(await meet()).toEqual([true, true])
  // The one that was left removed those files, and is free again: no third one was needed.
  expect(await containerIds(label)).toHaveLength(2)
  expect((await executor.executeCode('ls -A', 'sh')).output).not.toContain('.polyrun')
})

test('the connection to the engine breaks in the middle of a run, and comes back', async () => {
  const between = await makeBetween()
  const { executor, label } = makeLabeled({ docker: { socketPath: between.path } })
  const marker = newMarker()
  const run = outcomeOf(executor.executeCode(`sh -c "sleep 600; :" ${marker}; :`, 'sh'))
  await seeAlive(marker)
  between.cut()
  expect((await run).how).toBe('BACKEND_LOST')
  await seeDead(marker)
  expect(await executor.executeCode('echo next', 'sh')).toMatchObject({ output: 'next\n' })
  await executor.stop()
  await seeNothingOf(label)
})

test('the engine is gone when the executor is stopped', async () => {
  const between = await makeBetween()
  const { executor, label } = makeLabeled({ docker: { socketPath: between.path } })
  await executor.executeCode('echo', 'sh')
  await between.close()
  await executor.stop().catch((error: unknown) => expect((error as { code: string }).code).toMatch(/BACKEND|CLEANUP/))
  // Its containers end by themselves.
  await seeNothingOf(label)
})

test('an engine that leaves the streams of a container open when that is gone', async () => {
  const between = await makeBetween('deaf to the end')
  const { executor, label } = makeLabeled({ docker: { socketPath: between.path } })
  expect((await executor.executeCode('echo on', 'sh')).output).toBe('on\n')
  const marker = newMarker()
  const run = outcomeOf(executor.executeCode(`sh -c "sleep 600; :" ${marker}; :`, 'sh', { timeoutMs: 4_000 }))
  await seeAlive(marker)
  const [id = ''] = await containerIds(label)
  await client.getContainer(id).remove({ force: true })
  expect(['timed-out', 'BACKEND_LOST']).toContain((await run).how)
  expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  const startedAt = performance.now()
  await executor.stop()
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  await seeNothingOf(label)
})

test('an executor that is stopped before the engine has told its version makes no container', async () => {
  const between = await makeBetween('slow to tell its version')
  const { executor } = makeLabeled({ docker: { socketPath: between.path } })
  const starting = expectCode(executor.start(), 'EXECUTOR_STOPPED')
  await expect.poll(() => between.asked.some(asksVersion), PATIENCE).toBe(true)
  const stopping = executor.stop()
  await starting
  between.speak()
  await stopping
  expect(between.asked.filter((line) => line.includes('/create'))).toEqual([])
})

test('what programs are given is not in the address of a request, which is logged and limited', async () => {
  const between = await makeBetween()
  const secret = newMarker()
  const environment = {
    SECRET: secret,
    ...Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`LONG_${index}`, 'é'.repeat(30_000)])),
  }
  const { executor } = makeLabeled({ docker: { socketPath: between.path }, environment })
  expect((await executor.executeCode('printf %s "$SECRET ${#LONG_19}"', 'bash')).output).toBe(`${secret} 30000`)
  expect(between.asked.filter((line) => line.includes(secret))).toEqual([])
})

const asksVersion = (line: string): boolean => line.includes('/version')

interface Between {
  readonly path: string
  /** The first line of every request. */
  readonly asked: readonly string[]
  /** Lets an engine be asked that is slow to tell its version. */
  speak(): void
  cut(): void
  close(): Promise<void>
}

/** A socket that leads to the engine. One that is deaf to the end of what the engine says keeps every connection. */
async function makeBetween(how: 'plain' | 'deaf to the end' | 'slow to tell its version' = 'plain'): Promise<Between> {
  const path = join(scratchDirectory(), 'between.sock')
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const spoken = Promise.withResolvers<void>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: socketPath, allowHalfOpen: true })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    const hear = async (chunk: Buffer): Promise<Buffer> => {
      const lines = chunk.toString('latin1').match(/^[A-Z]+ \S+ HTTP\/1\.1/gm) ?? []
      asked.push(...lines)
      if (how === 'slow to tell its version' && lines.some(asksVersion)) await spoken.promise
      return chunk
    }
    const ear = new Transform({
      transform: (chunk: Buffer, _, done) => void hear(chunk).then((heard) => done(null, heard)),
    })
    near
      .pipe(ear)
      .pipe(far)
      .pipe(near, { end: how !== 'deaf to the end' })
  }).listen(path)
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const close = async (): Promise<void> => {
    cut()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { path, asked, speak: spoken.resolve, cut, close }
}

test('an engine that is restarted in the middle of a run', { timeout: 120_000 }, async (context) => {
  context.skip(!CAN_KEEP_ENGINES, 'only root on Linux can start an engine')
  const keeper = new KeeperProcess()
  onTestFinished(async () => void (await keeper.stop()))
  const answer = await keeper.ask('docker')
  if ('unavailable' in answer) return context.skip(answer.unavailable)
  const pid = Number(readFileSync(join(keeper.directory ?? '', 'docker', 'dockerd.pid'), 'utf8'))
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const { executor } = makeLabeled({ docker: { socketPath: answer.socketPath }, image: 'debian:trixie-slim' })
  const marker = newMarker()
  const run = outcomeOf(executor.executeCode(`sh -c "sleep 600; :" ${marker}; :`, 'sh', { timeoutMs: 60_000 }))
  await seeAlive(marker)
  process.kill(pid, 'SIGTERM')
  expect((await run).how).toBe('BACKEND_LOST')
  await expect.poll(() => isAlive(pid), { timeout: 60_000, interval: 100 }).toBe(false)
  await expectCode(executor.executeCode('echo', 'sh'), 'BACKEND_UNREACHABLE')
  const again = spawn(command, args, { stdio: 'ignore', env: TOOL_ENV })
  onTestFinished(() => void again.kill('SIGTERM'))
  await expect
    .poll(() => outcomeOf(executor.executeCode('echo next', 'sh')), { timeout: 60_000, interval: 500 })
    .toMatchObject({ output: 'next\n' })
  expect(processesWith(marker)).toEqual([])
  await executor.stop()
})

describe('an image with one static program and nothing else', () => {
  test('is refused with what it lacks', async (context) => {
    const gcc = findTool('gcc')
    context.skip(gcc === undefined, 'gcc is not installed')
    const directory = scratchDirectory()
    writeFileSync(join(directory, 'main.c'), 'int main(void) { return 0; }\n')
    execFileSync(gcc ?? '', ['-static', '-o', join(directory, 'main'), join(directory, 'main.c')])
    writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY main /main\nENTRYPOINT ["/main"]\n')
    expect(existsSync(join(directory, 'main'))).toBe(true)
    const { executor, label } = makeLabeled({ build: { context: directory } })
    const error = await expectCode(executor.executeCode('echo', 'sh'), 'BACKEND_REJECTED')
    expect(error.message).toContain('/bin/sh')
    await seeNothingOf(label)
  })
})
