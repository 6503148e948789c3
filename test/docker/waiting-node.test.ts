import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { DockerCodeExecutor, DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { client, containerIds, IMAGE, makeLabeled, noDocker, outcomeOf, socketPath, type Made } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

const MINUTE = 60_000
vi.setConfig({ testTimeout: 2 * MINUTE, hookTimeout: 10 * MINUTE })

const image = noDocker === undefined ? await resolveProjectImage(client, 'node') : ''
/** Prints whether the program's interpreter was there before it, and the process's number. */
const WHO = "console.log(require('fs').readFileSync('/proc/self/cmdline', 'utf8').includes('preload') ? 'waited' : 'new', process.pid)"

function make(options: DockerCodeExecutorOptions = {}): Made {
  return makeLabeled({ image, preload: { javascript: true }, ...options })
}

async function who(executor: DockerCodeExecutor): Promise<string> {
  const { output, error } = await executor.executeCode(WHO, 'javascript')
  return output.split(' ')[0] ?? error
}

/** Holds that a Node waits, now or in a moment. */
async function seeWaiting(executor: DockerCodeExecutor): Promise<void> {
  await expect.poll(() => who(executor), PATIENCE).toBe('waited')
}

test('every program in JavaScript is in a process of its own that waited for it', async () => {
  const { executor } = make()
  const seen = new Set<string>()
  for (let round = 0; round < 10; round += 1) {
    const { output } = await executor.executeCode(`${WHO}; globalThis.left = (globalThis.left ?? 0) + 1; console.log(left)`, 'javascript')
    expect(output).toMatch(/^waited \d+\n1\n$/)
    seen.add(output)
  }
  expect(seen.size).toBe(10)
})

test('a program gets its input, arguments and variables, and ends as it does elsewhere', async () => {
  const { executor } = make({ environment: { OF: 'all' } })
  const source = `const input = require('fs').readFileSync(0, 'utf8')
console.log(JSON.stringify([input, process.argv.slice(2), process.env.OF, process.env.ONE, process.env['odd name'], process.env.NODE_OPTIONS]))
console.error('err'); process.exitCode = 7`
  const env = { ONE: '1', 'odd name': '2' }
  const { output, error, exitCode } = await executor.executeCode(source, 'javascript', { stdin: 'in\n', args: ['a b', ''], env })
  expect(JSON.parse(output)).toEqual(['in\n', ['a b', ''], 'all', '1', '2', null])
  expect([error, exitCode]).toEqual(['err\n', 7])
  expect((await executor.executeCode("process.kill(process.pid, 'SIGINT')", 'javascript')).termination).toEqual({
    kind: 'signaled',
    signal: 'SIGINT',
  })
  const large = 'x'.repeat(300_000)
  const count = "console.log(require('fs').readFileSync(0).length)"
  expect((await executor.executeCode(count, 'javascript', { stdin: large })).output).toBe('300000\n')
})

test('whatever comes instead of it runs, and so does what follows', async () => {
  const { executor } = make()
  const others: readonly (() => Promise<string>)[] = [
    async () => (await executor.executeCode('ps -e -o args | grep -c polyrun/preload', 'sh')).output, // it counts itself
    async () => (await executor.runCommand('echo 1')).output,
    async () => executor.files.write('data.txt', '1\n').then(async () => (await executor.runCommand('cat data.txt')).output),
    async () =>
      (await executor.executeCode({ 'main.js': "console.log(require('./one.js'))", 'one.js': 'module.exports = 1' }, 'javascript')).output,
  ]
  for (const other of [...others, ...others]) {
    expect(await who(executor)).toBe('waited')
    expect(await other()).toBe('1\n')
  }
})

test('none waits any more where other programs are run', async () => {
  const { executor } = make()
  expect(await who(executor)).toBe('waited')
  for (let round = 0; round < 6; round += 1) await executor.executeCode('true', 'sh')
  expect(await who(executor)).toBe('new')
  expect(await who(executor)).toBe('waited')
})

test('a variable that Node reads at its start gets a new one', async () => {
  const { executor } = make()
  const { output } = await executor.executeCode(`${WHO}; console.log(new Date(0).getHours())`, 'javascript', { env: { TZ: 'Asia/Tokyo' } })
  expect(output).toMatch(/^new \d+\n9\n$/)
})

test('one that was killed while it waited is missed and no more', async () => {
  const { executor, label } = make()
  expect(await who(executor)).toBe('waited')
  const [id = ''] = await containerIds(label)
  const container = new Docker({ socketPath }).getContainer(id)
  const isThere = async (): Promise<boolean> => JSON.stringify(await container.top()).includes('/polyrun/preload')
  await expect.poll(isThere, PATIENCE).toBe(true)
  const killing = await container.exec({ Cmd: ['pkill', '-9', '-f', 'polyrun/preload'], User: '10001:10001' })
  await killing.start({})
  await expect.poll(isThere, PATIENCE).toBe(false)
  expect(await who(executor)).toBe('new')
  expect(await containerIds(label)).toEqual([id])
  await seeWaiting(executor)
})

const TROUBLE: Readonly<Record<string, { readonly source: string; readonly how: string }>> = {
  'time runs out, and it ignores the signal': { source: "process.on('SIGTERM', () => {}); while (true);", how: 'timed-out' },
  'it starts what outlives it': {
    source: "require('child_process').spawn('sleep', ['600', process.argv[2]], { detached: true, stdio: 'ignore' }).unref()",
    how: 'exited',
  },
  'it kills all that it sees': { source: "process.kill(-1, 'SIGKILL'); setInterval(() => {}, 1e6)", how: 'signaled|BACKEND_LOST' },
  'it takes all the memory': { source: 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))', how: 'out-of-memory' },
  'it makes all the processes': {
    source:
      "const { spawn } = require('child_process'); setInterval(() => { for (let i = 0; i < 20; i++) spawn('sleep', ['60']).on('error', () => {}) })",
    how: 'too-many-processes',
  },
}

test.each(Object.entries(TROUBLE))('nothing is left when %s, and another one waits', async (_name, { source, how }) => {
  const { executor } = make({ limits: { memory: '256m', pids: 64 } })
  const marker = newMarker()
  await executor.start()
  const outcome = await outcomeOf(
    executor.executeCode(source, 'javascript', { args: [marker], timeoutMs: how === 'timed-out' ? 500 : 30_000 }),
  )
  expect(outcome.how).toMatch(new RegExp(`^(?:${how})$`))
  await expect.poll(() => processesWith(marker), PATIENCE).toEqual([])
  await seeWaiting(executor)
})

test('no program can change what the next one waits with', async () => {
  const { executor } = make()
  const source = `const fs = require('fs'), file = '/run/polyrun/wait.cjs'
for (const attempt of [() => fs.writeFileSync(file, 'x'), () => fs.unlinkSync(file), () => fs.renameSync(file, '/run/polyrun/x'), () => fs.chmodSync(file, 0o777)]) {
  try { attempt(); console.log('done') } catch (error) { console.log(error.code) }
}
fs.writeFileSync('/tmp/.polyrun-input-1', 'mine')`
  expect((await executor.executeCode(source, 'javascript')).output).toMatch(/^(?:EACCES|EPERM)\n(?:(?:EACCES|EPERM)\n){3}$/)
  await seeWaiting(executor)
})

test('many at once, and one after the other without a rest', async () => {
  const { executor } = make({ concurrency: 3 })
  const runs = Array.from({ length: 24 }, (_, n) => executor.executeCode(`console.log(${n})`, 'javascript'))
  expect((await Promise.all(runs)).map(({ output }) => output)).toEqual(Array.from({ length: 24 }, (_, n) => `${n}\n`))
})

test('an executor may be stopped, recycled and started again while one waits', async () => {
  const { executor, label } = make()
  for (const how of ['workspace', 'container'] as const) {
    await executor.executeCode("require('fs').writeFileSync('left', '1')", 'javascript')
    await executor.recycle(how)
    expect((await executor.executeCode("console.log(require('fs').existsSync('left'))", 'javascript')).output).toBe('false\n')
  }
  await executor.stop()
  expect(await containerIds(label)).toEqual([])
})

test('in a directory of the machine', async () => {
  const { executor } = make({ volumes: { [scratchDirectory()]: { bind: '/workspace', mode: 'rw' } } })
  expect(await who(executor)).toBe('waited')
  await seeWaiting(executor)
})

test('beside a preloaded Python', async () => {
  const context = scratchDirectory()
  const step = 'apt-get update && apt-get install -y --no-install-recommends nodejs'
  writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nUSER root\nRUN ${step}\n`)
  const { executor } = makeLabeled({ build: { context }, preload: { python: ['json'], javascript: true } })
  const python = async (): Promise<string> => (await executor.executeCode('import sys\nprint("json" in sys.modules)', 'python')).output
  for (let round = 0; round < 2; round += 1) {
    await seeWaiting(executor)
    expect([await python(), await python()]).toEqual(['True\n', 'True\n'])
  }
})

test('in a container that stays', async () => {
  const { executor, label } = make({ reuseContainer: true, containerName: `polyrun-test-${newMarker()}` })
  onTestFinished(async () => {
    for (const id of await containerIds(label)) await client.getContainer(id).remove({ force: true })
  })
  expect(await who(executor)).toBe('waited')
  await seeWaiting(executor)
})

test('an image without Node, and a container with options for it, are refused', async () => {
  const without = await expectCode(make({ image: IMAGE }).executor.start(), 'INVALID_ARGUMENT')
  expect(without.message).toContain('preload.javascript: the image has no Node')
  const options = make({ environment: { NODE_OPTIONS: '--no-warnings' } })
  const refused = await expectCode(options.executor.start(), 'BACKEND_REJECTED')
  expect(refused.message).toContain('NODE_OPTIONS')
  await expectCode(() => make({ preload: { javascript: 'yes' as never } }), 'INVALID_ARGUMENT')
})
