import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DockerCodeExecutor, DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { tryStart } from '../../src/executors/docker/try-start.ts'
import { client, containerIds, IMAGE, makeDocker, makeLabeled, noDocker, outcomeOf, type Outcome } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, processesWith, scratchDirectory, seeAlive, seeDead } from '../support/world.ts'

skipBecause(noDocker)

/** What builds an image as another one, without any shell. */
function shellless(image = IMAGE): { readonly context: string } {
  const context = scratchDirectory()
  const shells = ['sh', 'dash', 'bash', 'rbash'].map((name) => `/bin/${name} /usr/bin/${name}`).join(' ')
  writeFileSync(join(context, 'Dockerfile'), `FROM ${image}\nUSER root\nRUN rm -f ${shells}\n`)
  return { context }
}

const make = (options: DockerCodeExecutorOptions = {}): DockerCodeExecutor => makeDocker({ build: shellless(), ...options })

/** A child in a session of its own that heeds no request to end, and a parent that waits. */
const FAMILY = `import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(['sleep', '600', sys.argv[1]], start_new_session=True)
print('on', flush=True)
`

describe('an image without a shell', () => {
  test('both streams, the exit code, arguments, variables and input arrive as they are', async () => {
    const source = `import os, sys
print(sys.stdin.read(), sys.argv[1:], os.environ['A B'], os.getuid())
print('apart', file=sys.stderr)
sys.exit(124)`
    const run = make({ environment: { 'A B': 'odd name' } }).executeCode(source, 'python', { args: ['', "a 'b'\n"], stdin: 'given' })
    expect(await run).toMatchObject({
      output: `given ['', "a 'b'\\n"] odd name 10001\n`,
      error: 'apart\n',
      termination: { kind: 'exited', exitCode: 124 },
    })
  })

  test('files of a call, of any size and in directories, and nothing is written through a link', async () => {
    const executor = make()
    const large = 'x'.repeat(3_000_000)
    const files = { 'main.py': 'print(len(open("a/b/large").read()), open("a/né").read())', 'a/b/large': large, 'a/né': 'ü' }
    expect((await executor.executeCode(files, 'python')).output).toBe('3000000 ü\n')
    expect((await attackPython(executor, 'import os\nos.symlink("/etc", "link")')).how).toBe('exited')
    await expectCode(executor.executeCode({ 'link/x.py': 'print(1)' }, 'python', { entryPoint: 'link/x.py' }), 'INVALID_PATH')
  })

  test('what a call wrote for itself is gone, /tmp too, and the working directory stays', async () => {
    const executor = make()
    await executor.executeCode('for path in ("/tmp/left", "kept"): open(path, "w")', 'python')
    const { output } = await executor.executeCode('import os\nprint(os.listdir("/tmp"), sorted(os.listdir("."))[0])', 'python')
    expect(output).toBe('[] kept\n')
    expect((await executor.executeCode('import os\nprint(len(os.listdir(".")))', 'python')).output).toBe('2\n')
  })

  test('a timeout ends the whole tree, keeps what was printed, and the container is used again', async () => {
    const { executor, label } = makeLabeled({ build: shellless() })
    await executor.start()
    const before = await containerIds(label)
    const marker = newMarker()
    const { how, output } = await outcomeOf(
      executor.executeCode(`${FAMILY}time.sleep(600)`, 'python', { args: [marker], timeoutMs: 3_000 }),
    )
    expect({ how, output }).toEqual({ how: 'timed-out', output: 'on\n' })
    expect(processesWith(marker)).toEqual([])
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
    expect(await containerIds(label)).toEqual(before)
  })

  test('an abort ends the whole tree', async () => {
    const executor = make()
    const marker = newMarker()
    const controller = new AbortController()
    const run = executor.executeCode(`${FAMILY}time.sleep(600)`, 'python', { args: [marker], signal: controller.signal })
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
    expect(processesWith(marker)).toEqual([])
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  })

  test('what a program leaves running ends with it', async () => {
    const executor = make()
    const marker = newMarker()
    expect((await executor.executeCode(FAMILY, 'python', { args: [marker] })).output).toBe('on\n')
    expect(processesWith(marker)).toEqual([])
  })

  test('limits are told with the evidence of the kernel', async () => {
    const executor = make({ limits: { memory: '192m', pids: 20 } })
    const greedy = 'print("on", flush=True)\nall = []\nwhile True: all.append(b"x" * 2**20)'
    expect(await attackPython(executor, greedy)).toMatchObject({ how: 'out-of-memory', output: 'on\n' })
    const bomb = 'import os, time\nfor n in range(40): os.fork() or time.sleep(1)'
    expect((await attackPython(executor, bomb)).how).toBe('too-many-processes')
    expect((await executor.executeCode('import os\nos.kill(os.getpid(), 9)', 'python')).termination).toEqual({
      kind: 'exited',
      exitCode: 137,
    })
  })

  test('an earlier program that met the memory limit is no evidence for one whose container is killed', async () => {
    const { executor, label } = makeLabeled({ build: shellless(), limits: { memory: '192m' } })
    const greedy = 'all = []\nwhile True: all.append(b"x" * 2**20)'
    expect((await attackPython(executor, greedy)).how).toBe('out-of-memory')
    const marker = newMarker()
    const run = outcomeOf(executor.executeCode(`${FAMILY}time.sleep(600)`, 'python', { args: [marker] }))
    await seeAlive(marker)
    const [id = ''] = await containerIds(label)
    await client.getContainer(id).kill()
    expect((await run).how).toBe('BACKEND_LOST')
  })

  test('a process that holds every place which there is for one, and then gives it back', async () => {
    const { executor, label } = makeLabeled({ build: shellless(), limits: { pids: 20 } })
    await executor.start()
    const before = await containerIds(label)
    // Each of them asks for more all the time, so that the engine does not always get one for its own.
    const bomb = `import os, sys, time
if os.fork():
  time.sleep(0.5)
  sys.exit(1)
until = time.monotonic() + 20
while time.monotonic() < until:
  try: os.fork()
  except OSError: pass`
    for (let round = 0; round < 5; round += 1) expect((await attackPython(executor, bomb)).how).toBe('too-many-processes')
    expect(await containerIds(label)).toEqual(before)
  })

  test.each(['\\xff', '\\rx', '\\n', '\\rUid:\\t0', '\\rState:\\tZ'])('a process with the odd name %s', async (name) => {
    const { executor, label } = makeLabeled({ build: shellless() })
    await executor.start()
    const before = await containerIds(label)
    const source = `import os, time
told, tell = os.pipe()
for child in range(30):
  if os.fork() == 0:
    with open('/proc/self/comm', 'wb') as file: file.write(b'${name}')
    os.write(tell, b'.')
    time.sleep(600)
for child in range(30): os.read(told, 1)`
    expect((await attackPython(executor, source)).how).toBe('exited')
    expect(await containerIds(label)).toEqual(before)
  })

  test('a program that kills or stops everything that it sees', async () => {
    const executor = make()
    expect((await attackPython(executor, 'import os\nos.kill(-1, 9)\nprint("alone")')).output).toBe('alone\n')
    const stopper = 'import os, time\nwhile True:\n  try: os.kill(-1, 19)\n  except OSError: pass'
    const marker = newMarker()
    const { how } = await outcomeOf(executor.executeCode(stopper, 'python', { args: [marker], timeoutMs: 2_000 }))
    expect(how).toBe('timed-out')
    await seeDead(marker)
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  })

  test('several at once, and recycling', async () => {
    const executor = make({ concurrency: 2 })
    const runs = [0, 1, 2, 3].map((n) => executor.executeCode(`print(${n})`, 'python'))
    expect((await Promise.all(runs)).map(({ output }) => output)).toEqual(['0\n', '1\n', '2\n', '3\n'])
    await executor.executeCode('open("left", "w")', 'python')
    for (const way of ['workspace', 'container'] as const) {
      await executor.recycle(way)
      expect((await executor.executeCode('import os\nprint(len(os.listdir(".")))', 'python')).output).toBe('1\n')
    }
  })

  test('a language that is not there, and options that need a shell, are refused', async () => {
    await expectCode(make().executeCode('echo', 'sh'), 'LANGUAGE_UNAVAILABLE')
    await expectCode(make({ initCommand: 'true' }).start(), 'INVALID_ARGUMENT')
    await expectCode(make({ preload: { python: ['json'] } }).start(), 'INVALID_ARGUMENT')
    const shared = { reuseContainer: true, containerName: `polyrun-test-${newMarker()}`, concurrency: 1 }
    await expectCode(make(shared).start(), 'BACKEND_REJECTED')
  })

  test('is told from others', async () => {
    const { executor, label } = makeLabeled({ build: shellless() })
    await executor.start()
    const [id = ''] = await containerIds(label)
    const { Image } = (await client.getContainer(id).inspect()) as unknown as { Image: string }
    expect(await tryStart(client, Image, new AbortController().signal)).toBe('exec')
    expect(await tryStart(client, IMAGE, new AbortController().signal)).toBe('sealed shell')
  })
})

describe('an image with Node.js, without Python and a shell', () => {
  const family = `const { spawn } = require('node:child_process')
process.on('SIGTERM', () => {})
spawn('sleep', ['600', process.argv[2]], { detached: true, stdio: 'ignore' })
console.log('on')
`
  const languages = ['javascript']
  let image = ''
  beforeAll(async () => {
    image = await resolveProjectImage(client, 'node')
  })
  const makeNode = (options: DockerCodeExecutorOptions = {}): DockerCodeExecutor =>
    makeDocker({ build: shellless(image), languages, ...options })

  test('both streams, the exit code, arguments, variables, input and files arrive as they are', async () => {
    const executor = makeNode({ environment: { 'A B': 'odd name' } })
    const source = `const { readFileSync, symlinkSync } = require('node:fs')
console.log(readFileSync(0, 'utf8'), process.argv.slice(2), process.env['A B'], process.getuid())
console.log(readFileSync('a/b/large').length, readFileSync('a/né', 'utf8'))
console.error('apart')
symlinkSync('/etc', 'link')
process.exit(124)`
    const files = { 'main.cjs': source, 'a/b/large': 'x'.repeat(3_000_000), 'a/né': 'ü' }
    const result = await executor.executeCode(files, 'javascript', { args: ['', "a 'b'\n"], stdin: 'given', entryPoint: 'main.cjs' })
    expect(result).toMatchObject({
      output: `given [ '', "a 'b'\\n" ] odd name 10001\n3000000 ü\n`,
      error: 'apart\n',
      termination: { kind: 'exited', exitCode: 124 },
    })
    await expectCode(executor.executeCode({ 'link/x.js': '' }, 'javascript', { entryPoint: 'link/x.js' }), 'INVALID_PATH')
  })

  test('a timeout ends the whole tree, /tmp is emptied, and the container is used again', async () => {
    const { executor, label } = makeLabeled({ build: shellless(image), languages })
    const marker = newMarker()
    const source = `${family}require('node:fs').writeFileSync('/tmp/left', '')\nsetInterval(() => {}, 1e6)`
    const files = { 'main.cjs': source }
    await executor.start()
    const before = await containerIds(label)
    const run = executor.executeCode(files, 'javascript', { args: [marker], timeoutMs: 3_000 })
    expect(await outcomeOf(run)).toMatchObject({ how: 'timed-out', output: 'on\n' })
    expect(processesWith(marker)).toEqual([])
    expect((await executor.executeCode('console.log(require("node:fs").readdirSync("/tmp"))', 'javascript')).output).toBe('[]\n')
    expect(await containerIds(label)).toEqual(before)
  })

  test('limits are told with the evidence of the kernel, and what kills all that it sees is alone', async () => {
    const executor = makeNode({ limits: { memory: '192m', pids: 40 } })
    const greedy = 'console.log("on")\nconst all = []\nfor (;;) all.push(Buffer.alloc(2 ** 20, 1))'
    expect(await outcomeOf(executor.executeCode(greedy, 'javascript'))).toMatchObject({ how: 'out-of-memory', output: 'on\n' })
    const killer = 'process.kill(-1, "SIGKILL")\nconsole.log("alone")'
    expect((await executor.executeCode(killer, 'javascript')).output).toBe('alone\n')
  })

  test('its working directory can be recycled, and so can it', async () => {
    const executor = makeNode()
    for (const way of ['workspace', 'container'] as const) {
      await executor.executeCode('require("node:fs").mkdirSync("left/over", { recursive: true, mode: 0o500 })', 'javascript')
      await executor.recycle(way)
      expect((await executor.executeCode('console.log(require("node:fs").existsSync("left"))', 'javascript')).output).toBe('false\n')
    }
  })
})

/** Runs a program that means no good, and holds that nothing of it lives and that the next one runs. */
async function attackPython(executor: DockerCodeExecutor, source: string): Promise<Outcome> {
  const marker = newMarker()
  const outcome = await outcomeOf(executor.executeCode(source, 'python', { args: [marker] }))
  expect(processesWith(marker)).toEqual([])
  expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  return outcome
}
