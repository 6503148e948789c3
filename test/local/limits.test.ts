import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ResourceExhaustedError, ResourceLimits } from '../../src/core/index.ts'
import { CgroupScope } from '../../src/engine/host/cgroup-scope.ts'
import type { CgroupHost } from '../../src/engine/host/cgroup-host.ts'
import { PrivateDirectory } from '../../src/engine/host/private-directory.ts'
import { PreparedShell } from '../../src/executors/local/prepared-shell.ts'
import { PipeStock } from '../../src/executors/local/output-pipes.ts'
import { expectCode } from '../support/expect-code.ts'
import { host, makeLocal, makePortable, makeSandboxed, noCgroups, noSandbox, skipBecause } from '../support/local.ts'
import { OwnerProcess } from '../support/owner.ts'
import { cgroupsOf, newMarker, processesWith, scratchDirectory } from '../support/world.ts'

const MEBIBYTE = 1024 ** 2
/** Takes memory mebibyte by mebibyte and touches it. */
const takes = (mebibytes: number): string =>
  `taken = []\nprint("begun", flush=True)\nfor _ in range(${mebibytes}): taken.append(b"x" * ${MEBIBYTE})\nprint("fits")`
const resultOf = (error: unknown) => (error as ResourceExhaustedError).result

describe('by cgroup', () => {
  skipBecause(noCgroups)
  test('memory: the kernel’s own counter is the evidence', async () => {
    const scope = new CgroupScope(host.cgroups as CgroupHost, 'evidence', {
      memory: 48 * MEBIBYTE,
      memorySwap: undefined,
      cpus: undefined,
      pids: undefined,
    })
    const directory = new PrivateDirectory()
    const pipes = new PipeStock(directory.make('pipes'))
    const setup = { scope, cwd: directory.path, env: { PATH: '/usr/bin:/bin' }, limitCommands: [], pipes, sandbox: undefined }
    const shell = await PreparedShell.start(setup)
    expect(scope.evidence()).toEqual({ memoryKills: 0, refusedForks: 0 })
    shell.launch({ argv: ['/usr/bin/perl', '-e', `$x = "x" x (400 * ${MEBIBYTE}); print length $x`], env: {} })
    expect(await shell.exited).toEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(scope.evidence().memoryKills).toBeGreaterThan(0)
    await shell.dispose()
    await directory.remove()
    expect(cgroupsOf()).toEqual([])
  })

  test('memory: a program that a SIGKILL of its own ended under a memory limit did not run out of memory', async () => {
    const executor = makeLocal({ limits: { memory: '96m' } })
    expect((await executor.executeCode('kill -9 $$', 'sh')).termination).toEqual({ kind: 'signaled', signal: 'SIGKILL' })
    expect((await executor.executeCode('exit 137', 'sh')).termination).toEqual({ kind: 'exited', exitCode: 137 })
  })

  test('memory: a program whose child ran out and that succeeds nevertheless has succeeded', async () => {
    const source = `import subprocess, sys\nchild = subprocess.run([sys.executable, "-c", ${JSON.stringify(takes(400))}])\nprint(child.returncode)`
    const result = await makeLocal({ limits: { memory: '96m' } }).executeCode(source, 'python')
    expect(result).toMatchObject({ success: true, output: 'begun\n-9\n' })
  })

  test('pids: of exactly as many as allowed none is refused, of one more one is', async () => {
    const sleepers = (count: number): string => `import os, time
for _ in range(${count}):
    if os.fork() == 0:
        time.sleep(1)
        os._exit(0)
for _ in range(${count}): os.wait()
print("all")`
    const row = { name: 'perlish', extensions: ['.pp'], command: ['/usr/bin/python3'] } as const
    const executor = makeLocal({ limits: { pids: 10 }, languages: [row] })
    expect((await executor.executeCode(sleepers(9), 'perlish')).output).toBe('all\n')
    const error = await expectCode(executor.executeCode(sleepers(10), 'perlish'), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual({ limit: 'pids', value: 10 })
  })

  test('pids: a fork bomb leaves nothing', async () => {
    const marker = newMarker()
    const error = await expectCode(
      makeLocal({ limits: { pids: 30 } }).executeCode(`sh -c 'sleep 600; :' ${marker} &\nb() { b | b & }; b; sleep 5`, 'sh'),
      'RESOURCE_EXHAUSTED',
    )
    expect(resultOf(error).termination).toEqual({ kind: 'too-many-processes', limit: 30 })
    expect(processesWith(marker)).toEqual([])
  })

  test('cpus: a spinning tree gets about its share, all processes together', async () => {
    const source = `import os, time
for _ in range(2): os.fork()
until = time.monotonic() + 2
while time.monotonic() < until: pass
os.write(1, b"%f\\n" % time.process_time())
try:
    while True: os.wait() # what the first process leaves behind when it ends is ended
except ChildProcessError: pass`
    const { output } = await makeLocal({ limits: { cpus: 0.4 } }).executeCode(source, 'python')
    const seconds = output.trim().split('\n').map(Number)
    expect(seconds).toHaveLength(4)
    const share = seconds.reduce((sum, each) => sum + each, 0) / 2
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.75)
  })

  test('cpus: a limit that lies above the machine is none', async () => {
    expect((await makeLocal({ limits: { cpus: 100_000 } }).executeCode('echo fine', 'sh')).output).toBe('fine\n')
  })

  test('no cgroup is left by runs under every limit at once', async () => {
    const limits = { memory: '128m', memorySwap: '128m', cpus: 1, pids: 50, disk: '16m', openFiles: 64 }
    const executor = makeLocal({ limits })
    for (let round = 0; round < 20; round += 1) expect((await executor.executeCode('echo x', 'sh')).success).toBe(true)
    expect(cgroupsOf().length).toBeLessThanOrEqual(8) // a waiting shell or two, in up to four hierarchies each
    await executor.stop()
    expect(cgroupsOf()).toEqual([])
  })

  test.each<[ResourceLimits]>([[{ memory: 1 }], [{ memory: 4096 }], [{ memory: '100k' }]])(
    'memory for which not even a shell starts (%o) is a coded error, and nothing is left',
    async (limits) => {
      const executor = makeLocal({ limits, startupTimeoutMs: 10_000 })
      const outcome = await executor.executeCode('echo x', 'sh').catch((error: unknown) => error)
      expect(['RESOURCE_EXHAUSTED', 'BACKEND_REJECTED', 'BACKEND_UNREACHABLE', 'INVALID_ARGUMENT']).toContain(
        (outcome as { code?: string }).code,
      )
      await executor.stop()
      expect(cgroupsOf()).toEqual([])
    },
  )
})

describe('by watching, on a machine without cgroups', () => {
  test('memory: a program that takes too much is ended, with what it printed', async () => {
    const marker = newMarker()
    const executor = makePortable({ limits: { memory: '96m' } })
    const source = `${takes(300)}\nimport subprocess\nsubprocess.run(["sh", "-c", "sleep 600; :", "${marker}"])`
    const error = await expectCode(executor.executeCode(source, 'python'), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual({ limit: 'memory', value: 96 * MEBIBYTE })
    expect(resultOf(error)).toMatchObject({ termination: { kind: 'out-of-memory', limitBytes: 96 * MEBIBYTE }, exitCode: null })
    expect(resultOf(error).output).toContain('begun\n')
    expect(processesWith(marker)).toEqual([])
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })

  test('memory: what many processes share counts once', async () => {
    const source = `import os, time
shared = b"x" * (60 * ${MEBIBYTE})
children = [os.fork() or (time.sleep(1), os._exit(0)) for _ in range(4)]
for _ in children: os.wait()
print("fits")`
    expect((await makePortable({ limits: { memory: '160m' } }).executeCode(source, 'python')).output).toBe('fits\n')
  })

  test('memory: a daemon that left session and parents counts as well', async () => {
    const source = `import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        taken = [b"x" * ${MEBIBYTE} for _ in range(250)]
        time.sleep(60)
    os._exit(0)
time.sleep(60)`
    await expectCode(makePortable({ limits: { memory: '128m' }, timeoutMs: 20_000 }).executeCode(source, 'python'), 'RESOURCE_EXHAUSTED')
  })
})

describe('held everywhere', () => {
  test.each([
    ['no isolation', makeLocal, undefined],
    ['fallbacks', makePortable, undefined],
    ['bubblewrap', makeSandboxed, noSandbox],
  ] as const)('%s: open files, for each process by itself', async (_, make, missing) => {
    if (missing !== undefined) return
    const source = 'import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE))'
    expect((await make({ limits: { openFiles: 64 } }).executeCode(source, 'python')).output).toBe('(64, 64)\n')
    expect((await make({ limits: { openFiles: 1_048_576 } }).executeCode('echo fine', 'sh')).output).toBe('fine\n')
  })

  test.each([[1], [2], [3]])(
    '%d open files, too few for any program, is a coded error or a failed program, and no hang',
    async (openFiles) => {
      const executor = makeLocal({ limits: { openFiles }, startupTimeoutMs: 10_000 })
      const outcome = await executor.executeCode('echo x', 'sh', { timeoutMs: 5_000 }).catch((error: unknown) => error)
      const { code, success } = outcome as { code?: string; success?: boolean }
      expect(code ?? success).not.toBe(true)
      expect([undefined, 'BACKEND_REJECTED', 'BACKEND_UNREACHABLE']).toContain(code)
      await executor.stop()
      expect(cgroupsOf()).toEqual([])
    },
  )

  test('no core file is written, also where whoever started us allows them', async (context) => {
    const owner = new OwnerProcess(
      `const executor = new LocalCodeExecutor({ isolation: 'none' })\nconsole.log((await executor.executeCode('ulimit -c', 'sh')).output.trim())`,
      {},
      'ulimit -c unlimited',
    )
    const { exitCode } = await owner.ended
    context.skip(owner.stderr.includes('ulimit'), `core files cannot be allowed here: ${owner.stderr}`)
    expect(exitCode).toBe(0)
    expect(owner.stdout).toBe('0\n')
  })

  test('disk: what links lead to outside does not count, what stands inside does', async () => {
    const [workDir, outside] = [scratchDirectory(), scratchDirectory()]
    const executor = makeLocal({ workDir, limits: { disk: '4m' } })
    const fits = await executor.executeCode(
      `ln -s ${outside} out; head -c 3000000 /dev/zero > out/a; head -c 3000000 /dev/zero > out/b; false`,
      'sh',
    )
    expect(fits.termination).toEqual({ kind: 'exited', exitCode: 1 })
    const error = await expectCode(
      executor.executeCode('for i in 1 2 3 4 5; do head -c 1000000 /dev/zero > f$i; done; sleep 5', 'sh'),
      'RESOURCE_EXHAUSTED',
    )
    expect(error.details).toEqual({ limit: 'disk', value: 4 * MEBIBYTE })
    expect(readFileSync(join(outside, 'a'))).toHaveLength(3_000_000)
  })

  test('a limit is held for each run, and the next one is not blamed for the last', async () => {
    const executor = makeLocal({ limits: { disk: '2m' } })
    await expectCode(executor.executeCode('head -c 9000000 /dev/zero > large', 'sh'), 'RESOURCE_EXHAUSTED')
    expect((await executor.executeCode('rm large', 'sh')).success).toBe(true)
    expect((await executor.executeCode('exit 4', 'sh')).exitCode).toBe(4)
  })
})
