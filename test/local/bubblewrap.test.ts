import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ResourceExhaustedError } from '../../src/core/index.ts'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { host, makeSandboxed, noSandbox, skipBecause } from '../support/local.ts'
import { leftovers, newMarker, processesWith, scratchDirectory } from '../support/world.ts'

const SECRET = 'nobody may read this'

/** A file with a secret that is gone after the test. */
function secretIn(directory: string): string {
  const path = join(directory, `secret-${newMarker()}`)
  fs.writeFileSync(path, SECRET)
  onTestFinished(() => fs.rmSync(path, { force: true }))
  return path
}

describe('reading', () => {
  skipBecause(noSandbox)
  test('files at home, in other directories, and of the system’s secrets cannot be read', async () => {
    const executor = makeSandboxed()
    const paths = [
      secretIn(homedir()),
      secretIn(scratchDirectory()),
      secretIn('/tmp'),
      secretIn('/var/tmp'),
      secretIn('/dev/shm'),
      secretIn('/run'),
    ]
    for (const path of paths) {
      const result = await executor.executeCode('cat "$1"', 'sh', { args: [path] })
      expect(result.success, path).toBe(false)
      expect(result.output + result.error, path).not.toContain(SECRET)
    }
    const shadow = await executor.executeCode('cat /etc/shadow /etc/gshadow /etc/sudoers /etc/ssh/*key 2>/dev/null | wc -c', 'sh')
    expect(shadow.output.trim()).toBe('0')
  })

  test('a path through a link in the working directory leads nowhere', async () => {
    const secret = secretIn(scratchDirectory())
    const executor = makeSandboxed()
    const { output } = await executor.executeCode('ln -s "$1" link; cat link || echo none', 'sh', { args: [secret] })
    expect(output).toBe('none\n')
  })

  test('the home is empty, can be written to, and what is written is gone after stop', async () => {
    const name = `from-sandbox-${newMarker()}`
    const executor = makeSandboxed()
    const { output } = await executor.executeCode('ls -A ~ | wc -l; echo x > ~/"$1"; cat ~/"$1"', 'sh', { args: [name] })
    expect(output.trim()).toBe('0\nx')
    expect(fs.existsSync(join(homedir(), name))).toBe(false)
    await executor.stop()
    expect(leftovers().directories).toEqual([])
  })

  test('nothing of the parent process can be seen: environment, processes, sockets', async () => {
    const { output } = await makeSandboxed().executeCode(
      'cat /proc/[0-9]*/comm | sort -u | tr "\\n" " "; ls /proc | grep -c "^[0-9]"',
      'sh',
    )
    expect(output).not.toContain('node')
    expect(Number(output.trim().split(/\s+/).at(-1))).toBeLessThan(12)
  })

  test('a socket of the machine, such as that of Docker, cannot be seen', async () => {
    const path = `/run/polyrun-test-${newMarker()}.sock`
    const server = createServer().listen(path)
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const { output } = await makeSandboxed().executeCode(
      'ls -A /run /var/run 2>/dev/null; [ -S "$1" ] || echo hidden; [ -S /var/run/docker.sock ] || echo hidden',
      'sh',
      { args: [path] },
    )
    expect(output).not.toContain('polyrun-test')
    expect(output.match(/hidden/g)).toHaveLength(2)
  })

  test('readOnlyPaths can be read and not written to', async () => {
    const shown = scratchDirectory()
    fs.writeFileSync(join(shown, 'data'), 'shown')
    const executor = makeSandboxed({ readOnlyPaths: [shown] })
    const { output } = await executor.executeCode('cat "$1/data"; echo x > "$1/data" || echo refused', 'sh', { args: [shown] })
    expect(output).toBe('shownrefused\n')
    expect(fs.readFileSync(join(shown, 'data'), 'utf8')).toBe('shown')
  })

  test('a path to show that is not there is a coded error, and nothing is left', async () => {
    const before = leftovers()
    const { message } = await expectCode(() => makeSandboxed({ readOnlyPaths: ['/not/there/at/all'] }), 'INVALID_ARGUMENT')
    expect(message).toContain('/not/there/at/all')
    expect(leftovers()).toEqual(before)
  })
})

describe('writing', () => {
  skipBecause(noSandbox)
  test('the system is read-only, for root as well', async (context) => {
    // Only what is made here is attacked: should the sandbox be broken, the machine must not be.
    const victim = `/usr/polyrun-victim-${newMarker()}`
    const added = `/usr/polyrun-added-${newMarker()}`
    try {
      fs.mkdirSync(victim)
      onTestFinished(() => [victim, added].forEach((path) => fs.rmSync(path, { recursive: true, force: true })))
    } catch {
      context.skip('making something in /usr takes root')
    }
    fs.writeFileSync(join(victim, 'file'), 'as it was')
    const attacks = [
      `echo x > ${added} && echo wrote`,
      `echo x >> ${victim}/file && echo appended`,
      `rm ${victim}/file && echo removed`,
      `chmod 777 ${victim} && echo changed`,
      `mv ${victim} ${victim}-away && echo moved`,
      'mount -t tmpfs none /mnt && echo mounted',
      'mount -o remount,rw / && echo remounted',
    ]
    expect((await makeSandboxed().executeCode(`${attacks.join('; ')}; echo done`, 'sh')).output).toBe('done\n')
    expect(fs.existsSync(added)).toBe(false)
    expect(fs.readFileSync(join(victim, 'file'), 'utf8')).toBe('as it was')
    expect(fs.statSync(victim).mode & 0o777).toBe(0o755)
  })

  test('the working directory is writable and the same inside and outside', async () => {
    const workDir = scratchDirectory()
    const { output } = await makeSandboxed({ workDir }).executeCode('pwd; echo x > file', 'sh')
    expect(output).toBe(`${workDir}\n`)
    expect(fs.readFileSync(join(workDir, 'file'), 'utf8')).toBe('x\n')
  })

  test('/tmp is private to each run', async () => {
    const name = `polyrun-test-${newMarker()}`
    const executor = makeSandboxed()
    expect((await executor.executeCode('echo x > /tmp/"$1"; cat /tmp/"$1"', 'sh', { args: [name] })).output).toBe('x\n')
    expect((await executor.executeCode('ls /tmp | grep -c polyrun-test', 'sh')).output.trim()).toBe('0')
    expect(fs.existsSync(`/tmp/${name}`)).toBe(false)
  })

  test.each([
    ['HOME', '/'],
    ['HOME', ''],
    ['HOME', '/nonexistent/home'],
    ['HOME', 'relative/home'],
    ['HOME', '/usr'],
  ])('with %s=%j programs run, or the executor is refused with a coded error', async (variable, value) => {
    const run = async (): Promise<unknown> => makeSandboxed({ env: { [variable]: value } }).executeCode('echo ran; pwd', 'sh')
    const outcome = await run().catch((error: unknown) => error)
    if ((outcome as { code?: string }).code !== undefined) {
      await expectCode(() => Promise.reject(outcome as Error), 'INVALID_ARGUMENT')
    } else {
      expect(outcome).toMatchObject({ error: '', success: true })
    }
  })
})

describe('network', () => {
  skipBecause(noSandbox)
  async function listen(): Promise<{ readonly port: number; readonly connections: () => number }> {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    return { port: (server.address() as { port: number }).port, connections: () => connections }
  }
  const connect = `import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3)
    print("connected")
except OSError as error: print("refused")`

  test('a listener of this machine is out of reach, unless the network was asked for', async () => {
    const { port, connections } = await listen()
    const args = [String(port)]
    expect((await makeSandboxed().executeCode(connect, 'python', { args })).output).toBe('refused\n')
    expect(connections()).toBe(0)
    expect((await makeSandboxed({ network: 'host' }).executeCode(connect, 'python', { args })).output).toBe('connected\n')
    expect(connections()).toBe(1)
  })

  test('abstract sockets of this machine are out of reach', async () => {
    const name = `\0polyrun-test-${newMarker()}`
    const server = createServer().listen(name)
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const source = `import socket, sys\ns = socket.socket(socket.AF_UNIX)\ntry:\n    s.connect("\\0" + sys.argv[1])\n    print("connected")\nexcept OSError: print("refused")`
    expect((await makeSandboxed().executeCode(source, 'python', { args: [name.slice(1)] })).output).toBe('refused\n')
  })

  test('the capabilities say what is held', () => {
    expect([...makeSandboxed().capabilities]).toEqual(expect.arrayContaining(['file-isolation', 'network-isolation']))
    expect([...makeSandboxed({ network: 'host' }).capabilities]).not.toContain('network-isolation')
    expect([...new LocalCodeExecutor({ isolation: 'none' }, host).capabilities]).not.toContain('file-isolation')
  })
})

describe('limits', () => {
  skipBecause(noSandbox)
  const DISK = { limit: 'disk', value: 8 * 1024 ** 2 }
  const run = (source: string) => makeSandboxed({ limits: { disk: '8m' } }).executeCode(source, 'sh')

  test.each([
    ['one large file in /tmp', 'head -c 20000000 /dev/zero > /tmp/large'],
    ['many files in /tmp', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 1000000 /dev/zero > /tmp/$i || exit 1; done'],
    [
      'many files in the working directory',
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 1000000 /dev/zero > $i; sleep 0.05; done; sleep 1',
    ],
    ['many files at home', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 1000000 /dev/zero > ~/$i; sleep 0.05; done; sleep 1'],
  ])('disk: %s', async (_, source) => {
    const error = await expectCode(run(source), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual(DISK)
    expect((error as ResourceExhaustedError).result.exitCode).toBe(null)
  })

  test('pids: the processes of the sandbox itself do not count', async () => {
    const child = 'if os.fork() == 0:\n        time.sleep(0.5); os._exit(0)'
    const source = `import os, time\nfor _ in range(4):\n    ${child}\nfor _ in range(4): os.wait()\nprint("all")`
    expect((await makeSandboxed({ limits: { pids: 5 } }).executeCode(source, 'python')).output).toBe('all\n')
    await expectCode(makeSandboxed({ limits: { pids: 4 } }).executeCode(source, 'python'), 'RESOURCE_EXHAUSTED')
  })
})

test('no process of a sandbox is left after stop, a waiting one included', async (context) => {
  context.skip(noSandbox !== undefined, noSandbox)
  const marker = newMarker()
  const workDir = join(scratchDirectory(), marker) // the sandbox has it in its arguments
  const executor = makeSandboxed({ workDir })
  await executor.executeCode('echo', 'sh')
  expect(processesWith(marker)).not.toEqual([])
  await executor.stop()
  expect(processesWith(marker)).toEqual([])
})
