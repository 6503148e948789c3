import { existsSync, readdirSync, readFileSync, readlinkSync as readlink, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CodeExecutorError, ResourceExhaustedError } from '../../src/core/index.ts'
import { listProcesses } from '../../src/engine/process-table.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeJupyter, noJupyter, virtualEnv } from '../support/jupyter-executor.ts'
import { OwnerProcess } from '../support/owner.ts'
import { makeLocal, skipBecause } from '../support/local.ts'
import {
  isAlive,
  leftovers,
  newMarker,
  openDescriptors,
  PATIENCE,
  processesWith,
  scratchDirectory,
  seeAlive,
  temporaryDirectoriesOf,
} from '../support/world.ts'

/** The process of a server of this process. */
function serverPid(): number {
  const found = listProcesses().find(
    ({ pid, parent }) => parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('jupyter-server'),
  )
  expect(found).toBeDefined()
  return found?.pid ?? 0
}

/** The kernels of this process, which have the path of their connection file among their arguments. */
function kernels(): number[] {
  const connection = new RegExp(`/polyrun-${process.pid}-[\\w-]+/r/kernel-`)
  return listProcesses().flatMap(({ pid }) => (connection.test(readProc(pid, 'cmdline')) && isAlive(pid) ? [pid] : []))
}

skipBecause(noJupyter)

describe('a server of its own', () => {
  test('leaves no kernel, no server, no file, no cgroup and no descriptor', async () => {
    const before = leftovers()
    const descriptors = openDescriptors()
    const executor = makeJupyter({
      spareKernels: 1,
      kernelSpec: {
        displayName: 'Mine',
        language: 'python',
        argv: ['python3', '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
        env: { MINE: 'yes' },
      },
    })
    const result = await executor.executeCode('import os\nprint(os.environ["MINE"], os.environ["JUPYTER_RUNTIME_DIR"])', 'python')
    expect(result.output).toMatch(/^yes \//)
    const runtime = result.output.trim().slice(4)
    expect(readdirSync(runtime).some((name) => name.startsWith('kernel-'))).toBe(true)
    const server = serverPid()
    await executor.stop()
    expect(isAlive(server)).toBe(false)
    expect(existsSync(runtime)).toBe(false)
    expect(processesWith(runtime)).toEqual([])
    expect(leftovers()).toEqual(before)
    await expect.poll(openDescriptors, PATIENCE).toBe(descriptors)
  })

  test('has no port, and its directory is nobody else’s', async () => {
    const executor = makeJupyter()
    await executor.start()
    const [directory = ''] = temporaryDirectoriesOf()
    const socket = join('/tmp', directory, 's')
    expect(readFileSync('/proc/net/unix', 'utf8')).toContain(socket)
    const { output } = await executor.executeCode(
      'import os\nprint(oct(os.stat(os.path.dirname(os.environ["JUPYTER_RUNTIME_DIR"])).st_mode))',
      'python',
    )
    expect(output).toBe('0o40700\n')
    // The sockets of the server's own process: none of them listens on TCP.
    const sockets = readdirSync(`/proc/${serverPid()}/fd`).flatMap((fd) => socketOf(serverPid(), fd))
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .filter((line) => / 0A /.test(line) && sockets.some((inode) => line.includes(` ${inode} `)))
    expect(listening).toEqual([])
  })

  test('killed while a cell runs: told, and the next call has a new one', async () => {
    const executor = makeJupyter()
    await executor.executeCode('kept = 1', 'python')
    const run = executor.executeCode('import time; time.sleep(60)', 'python')
    run.catch(() => {})
    await expect.poll(() => kernels().length, PATIENCE).toBe(1)
    process.kill(serverPid(), 'SIGKILL')
    const error = await expectCode(run, 'BACKEND_LOST')
    expect(error.message).toMatch(/the server was ended by SIGKILL/)
    expect(error.message).not.toContain('deprecated')
    expect((await executor.executeCode('print("kept" in globals())', 'python')).output).toBe('False\n')
    // The kernel of the server that was killed may take a moment to be gone.
    await expect.poll(() => kernels().length, PATIENCE).toBe(1)
  })

  test('killed: what runs in other executors of this process goes on', async () => {
    const [executor, other, local] = [makeJupyter(), makeJupyter(), makeLocal()]
    await executor.executeCode('kept = 1', 'python')
    const lost = serverPid()
    await other.start()
    const [inKernel, inShell] = [newMarker(), newMarker()]
    const wait = (marker: string): string => `sh -c "sleep 2; :" ${marker}; echo done`
    const runs = [
      other.executeCode(`import subprocess; print(subprocess.getoutput('${wait(inKernel)}'))`, 'python'),
      local.executeCode(wait(inShell), 'sh'),
    ]
    for (const run of runs) run.catch(() => {})
    await Promise.all([seeAlive(inKernel), seeAlive(inShell)])
    process.kill(lost, 'SIGKILL')
    expect((await Promise.all(runs)).map(({ output }) => output)).toEqual(['done\n', 'done\n'])
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  })

  test('killed while nobody can look, its kernel gone after it: told as the server’s end, not the kernel’s', async () => {
    const executor = makeJupyter()
    const begun = join(scratchDirectory(), 'begun')
    const run = executor.executeCode(`open(${JSON.stringify(begun)}, 'w'); import time; time.sleep(60)`, 'python')
    run.catch(() => {})
    await expect.poll(() => existsSync(begun), PATIENCE).toBe(true)
    const [kernel = 0] = kernels()
    process.kill(serverPid(), 'SIGKILL')
    // Nothing is heard of the connection meanwhile; a kernel looks for its parent every second.
    for (const deadline = Date.now() + 30_000; isAlive(kernel) && Date.now() < deadline;);
    expect(isAlive(kernel)).toBe(false)
    const error = await expectCode(run, 'BACKEND_LOST')
    expect(error.message).toMatch(/the server was ended by SIGKILL/)
  })

  test('killed while a kernel starts: the call has its kernel on a new one', async () => {
    const hold = join(scratchDirectory(), 'hold')
    const begin = 'while [ -e "$2" ]; do sleep 0.05; done; exec python3 -m ipykernel_launcher -f "$1"'
    const argv = ['sh', '-c', begin, 'kernel', '{connection_file}', hold]
    const executor = makeJupyter({ kernelSpec: { displayName: 'Slow', language: 'python', argv, env: {} } })
    await executor.executeCode('import os; os._exit(3)', 'python')
    await expect.poll(() => kernels().length, PATIENCE).toBe(0)
    writeFileSync(hold, '')
    const run = executor.executeCode('print("there")', 'python')
    run.catch(() => {})
    await expect.poll(() => kernels().length, PATIENCE).toBe(1)
    const lost = serverPid()
    process.kill(lost, 'SIGKILL')
    rmSync(hold)
    expect((await run).output).toBe('there\n')
    expect(serverPid()).not.toBe(lost)
  })

  test('a kernel killed with -9, and one that a fault ends, are told with the signal', async () => {
    const executor = makeJupyter()
    const { output } = await executor.executeCode('import os; print(os.getpid())', 'python')
    const run = executor.executeCode('import time; print("on"); time.sleep(60)', 'python')
    process.kill(Number(output), 'SIGKILL')
    expect(await run).toMatchObject({ exitCode: null, stateLost: true, termination: { kind: 'signaled', signal: 'SIGKILL' } })
    const fault = await executor.executeCode('import ctypes; ctypes.string_at(0)', 'python')
    expect(fault).toMatchObject({ stateLost: true, termination: { kind: 'signaled', signal: 'SIGSEGV' } })
    const exit = await executor.executeCode('import os; os._exit(7)', 'python')
    expect(exit).toMatchObject({ exitCode: 7, success: false, stateLost: true, termination: { kind: 'exited', exitCode: 7 } })
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  })

  test('a kernel out of memory is told, with what it printed', async () => {
    const limitBytes = 300 * 1024 ** 2
    const executor = makeJupyter({ limits: { memory: limitBytes } })
    const run = executor.executeCode('print("filling", flush=True)\nimport time; time.sleep(0.3)\nx = b"x" * 10**9', 'python')
    const error = await expectCode(run, 'RESOURCE_EXHAUSTED')
    expect(error).toBeInstanceOf(ResourceExhaustedError)
    expect((error as ResourceExhaustedError).result).toMatchObject({
      output: 'filling\n',
      stateLost: true,
      termination: { kind: 'out-of-memory', limitBytes },
    })
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
  })

  test('ends with this process, however that went', async () => {
    const module = JSON.stringify(new URL('../../src/executors/jupyter/index.ts', import.meta.url).href)
    const owner = new OwnerProcess(`
      const { JupyterCodeExecutor } = await import(${module})
      const executor = new JupyterCodeExecutor({ virtualEnv: ${JSON.stringify(virtualEnv)} })
      await executor.executeCode('import subprocess; subprocess.Popen(["sleep", "600"], start_new_session=True)', 'python')
      console.log((await executor.executeCode('import os; print(os.environ["POLYRUN_RUN"])', 'python')).output, 'ready')
      setInterval(() => {}, 1000)`)
    await expect.poll(() => owner.stdout + owner.stderr, { timeout: 90_000 }).toContain('ready')
    const mark = owner.stdout.split('\n')[0]?.trim() ?? ''
    const marked = (): number[] =>
      listProcesses()
        .map(({ pid }) => pid)
        .filter((pid) => readProc(pid, 'environ').includes(mark))
    expect(marked().length).toBeGreaterThanOrEqual(3)
    process.kill(owner.pid, 'SIGKILL')
    await expect.poll(marked, PATIENCE).toEqual([])
  }, 120_000)

  test('keeps its process alive while a kernel starts in place of another, and no longer', async () => {
    const module = JSON.stringify(new URL('../../src/executors/jupyter/index.ts', import.meta.url).href)
    const owner = new OwnerProcess(`
      const { JupyterCodeExecutor } = await import(${module})
      const executor = new JupyterCodeExecutor({ virtualEnv: ${JSON.stringify(virtualEnv)} })
      await executor.executeCode('import os; os._exit(3)', 'python')
      console.log((await executor.executeCode('import time; time.sleep(0.5); print("next")', 'python')).output)`)
    expect(await owner.ended, owner.stderr).toEqual({ exitCode: 0, signal: null })
    expect(owner.stdout).toBe('next\n\n')
  })

  test('that is not installed, or does not start', async () => {
    const nowhere = scratchDirectory()
    const none = await expectCode(makeJupyter({ jupyterCommand: join(nowhere, 'jupyter-server') }).start(), 'PEER_MISSING')
    expect(none.message).toContain('pip install jupyter-server ipykernel')
    const broken = await expectCode(
      makeJupyter({ jupyterCommand: ['sh', '-c', 'echo no license >&2; exit 3'] }).start(),
      'BACKEND_UNREACHABLE',
    )
    expect(broken.message).toMatch(/exited with 3.*no license/s)
    expect(temporaryDirectoriesOf()).toEqual([])
  })

  test('whose kernel dies at its start: what it said is in the error, and nothing is left', async () => {
    const argv = ['python3', '-c', 'import sys; sys.exit("the disk is on fire")', '{connection_file}']
    const executor = makeJupyter({ kernelSpec: { language: 'python', argv } })
    const error = await expectCode(executor.start(), 'BACKEND_UNREACHABLE')
    expect(error.message).toContain('the disk is on fire')
    expect(temporaryDirectoriesOf()).toEqual([])
    await expectCode(makeJupyter({ kernelName: 'no-such-kernel' }).start(), 'INVALID_ARGUMENT')
  })

  test('whose kernel never answers is given up in time', async () => {
    const argv = ['python3', '-c', 'import time; time.sleep(600)', '{connection_file}']
    const executor = makeJupyter({ kernelSpec: { language: 'python', argv }, startupTimeoutMs: 6_000 })
    await expectCode(executor.start(), 'START_TIMEOUT')
    expect(kernels()).toEqual([])
    expect(temporaryDirectoriesOf()).toEqual([])
  })
})

test('options that make no sense are refused when it is made', () => {
  const refused = (options: object): unknown => {
    try {
      makeJupyter({ virtualEnv: undefined as never, ...options })
    } catch (error) {
      return CodeExecutorError.is(error) ? error.code : error
    }
    return 'taken'
  }
  for (const options of [
    { serverUrl: 'no address' },
    { serverUrl: 'ftp://x/' },
    { token: 'x' },
    { spareKernels: -1 },
    { kernelName: '../x' },
    { concurrency: 2 },
    { unknown: 1 },
    { kernelSpec: { language: 'python', argv: ['python3'] } },
    { interruptGraceMs: 0 },
    { outputDir: '' },
  ])
    expect(refused(options), JSON.stringify(options)).toBe('INVALID_ARGUMENT')
  for (const options of [
    { serverUrl: 'http://x/', env: { A: 'b' } },
    { serverUrl: 'http://x/', limits: { memory: '1g' } },
    { limits: { disk: '1g' } },
  ])
    expect(refused(options), JSON.stringify(options)).toBe('CAPABILITY_UNSUPPORTED')
  expect(refused({ kernels: { klingon: 'x' } })).toBe('LANGUAGE_UNKNOWN')
  expect(refused({ serverUrl: 'http://x/', workDir: '../up' })).toBe('INVALID_PATH')
})

function readProc(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function socketOf(pid: number, fd: string): string[] {
  try {
    const inode = /socket:\[(\d+)\]/.exec(readlink(`/proc/${pid}/fd/${fd}`))?.[1]
    return inode === undefined ? [] : [inode]
  } catch {
    return []
  }
}
