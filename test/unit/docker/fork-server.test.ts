import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ForkServer } from '../../../src/executors/docker/preload/fork-server.ts'
import { expectCode } from '../../support/expect-code.ts'
import {
  HAS_PYTHON,
  Heard,
  openServer,
  PYTHON,
  runForked,
  runFresh,
  startServer,
  type OpenServer,
  type PythonEnd,
  type PythonRun,
} from '../../support/python.ts'
import { TWIN_PROGRAMS, type TwinProgram } from '../../support/python-programs.ts'
import { isAlive, newMarker, PATIENCE, scratchDirectory, seeAlive, seeDead } from '../../support/world.ts'

const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8' }
/** What the language sets for itself. */
const LANGUAGE_ENV = { ...ENV, PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' }
const AHEAD_BYTES = 256 * 1024 ** 2
/** Such that other modules are made differently when these are there. */
const MODULES = [
  'json',
  'decimal',
  'asyncio',
  'unittest',
  'logging',
  'random',
  'multiprocessing.pool',
  'concurrent.futures.process',
  'ctypes',
]

function layOut({ main, files = {}, script = 'main.py', args = [], env = {}, stdin }: TwinProgram, base = ENV): PythonRun {
  const cwd = scratchDirectory()
  chmodSync(cwd, 0o755) // some tests run as another user
  for (const [path, text] of Object.entries({ 'main.py': main, ...files })) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text)
  }
  return { argv: [PYTHON, script, ...args], cwd, env: { ...base, ...env }, ...(stdin !== undefined && { stdin: Buffer.from(stdin) }) }
}

/** Where objects are in memory is new each time. */
function withoutAddresses({ output, error, status }: PythonEnd): PythonEnd {
  const clean = (text: string): string => text.replaceAll(/0x[0-9a-f]{8,}|(?<=started )\d{10,}/g, 'ADDRESS')
  return { output: clean(output), error: clean(error), status }
}

describe.skipIf(!HAS_PYTHON).each([
  ['as the language starts it', LANGUAGE_ENV, TWIN_PROGRAMS, undefined],
  ['in a process that was made ahead', LANGUAGE_ENV, TWIN_PROGRAMS, AHEAD_BYTES],
  // Here files are written as Python does by default, in blocks.
  [
    'without variables of Python',
    ENV,
    TWIN_PROGRAMS.filter(([name]) => /stream|output|input|file|fork|descriptor|exit|end|thread/.test(name)),
    undefined,
  ],
] as const)('a forked Python is like a new one, %s', (_title, env, programs, aheadBytes) => {
  let open: OpenServer
  beforeAll(async () => void (open = await openServer({ modules: MODULES, env, ...(aheadBytes !== undefined && { aheadBytes }) })))
  afterAll(() => open[Symbol.asyncDispose]())

  test.each(programs)('%s', async (_name, program) => {
    const run = layOut(program, env)
    open.server.makeAhead()
    const fresh = await runFresh(run)
    const forked = await runForked(open.server, run)
    expect(open.server.canRun(run)).toBe(true)
    expect(withoutAddresses(forked)).toEqual(withoutAddresses(fresh))
  })
})

describe.skipIf(!HAS_PYTHON)('a place with start code of its own', () => {
  test.each([
    ['that works', "import sys\nsys.path.append('/added')"],
    ['that is not there', "raise ImportError(name='sitecustomize')"],
    ['that fails', "raise ValueError('in start')"],
    ['that cannot be read', 'def ('],
  ])('%s', async (_name, source) => {
    const library = scratchDirectory()
    writeFileSync(join(library, 'sitecustomize.py'), source)
    const env = { ...ENV, PYTHONPATH: library }
    const server = await startServer({ modules: ['json'], env })
    const run = layOut({ main: "import sys\nprint(sys.path, 'sitecustomize' in sys.modules, sys.modules.get('sitecustomize'))" }, env)
    const forked = await runForked(server, run)
    expect(forked.status).toEqual({ exitCode: 0 })
    expect(forked).toEqual(await runFresh(run))
  })
})

describe.skipIf(!HAS_PYTHON)('a fork server', () => {
  const say = (main: string, more: Partial<TwinProgram> = {}): PythonRun => layOut({ main, ...more })
  const inherited = { env: ENV }

  test('has imported its modules, once', async () => {
    const library = scratchDirectory()
    const log = join(library, 'log')
    writeFileSync(join(library, 'costly.py'), `open(${JSON.stringify(log)}, 'a').write('imported\\n')\nprint('costly')`)
    const env = { ...ENV, PYTHONPATH: library }
    const server = await startServer({ modules: ['costly', 'xml.dom.minidom'], env })
    const run = layOut(
      { main: "import sys, os\nprint('costly' in sys.modules, 'xml.dom.minidom' in sys.modules, os.environ['PYTHONPATH'])\nimport costly" },
      env,
    )
    for (let count = 0; count < 3; count += 1) {
      expect(await runForked(server, run)).toEqual({ output: `True True ${library}\n`, error: '', status: { exitCode: 0 } })
    }
    expect(readFileSync(log, 'utf8')).toBe('imported\n')
  })

  test('gives every run random numbers of its own', async () => {
    const server = await startServer({ ...inherited, modules: ['random', 'uuid', 'tempfile', 'multiprocessing.process', 'ssl'] })
    const run = say(`import random, uuid, tempfile, ssl, multiprocessing.process as m
for each in random.random(), uuid.uuid4(), uuid.uuid1(), tempfile.mktemp(), ssl.RAND_bytes(8), bytes(m.current_process().authkey): print(each)`)
    const [first, second] = [await runForked(server, run), await runForked(server, run)]
    const [lines, others] = [first.output.split('\n').slice(0, -1), second.output.split('\n').slice(0, -1)]
    expect([lines.length, others.length]).toEqual([6, 6])
    for (const [index, line] of lines.entries()) expect(line).not.toBe(others[index])
  })

  test('runs in the given directory, with the given umask', async () => {
    const server = await startServer(inherited, { cwd: '/' })
    const run = say("import os\nopen('made', 'w').close()\nprint(oct(os.stat('made').st_mode), os.path.exists('main.py'))")
    const heard = new Heard()
    expect(await server.run({ ...run, umask: 0o027 }, heard)).toMatchObject({ outcome: { exitCode: 0 } })
    expect(heard.output).toBe('0o100640 True\n')
  })

  test('keeps nothing of one run for the next', async () => {
    const server = await startServer({ ...inherited, modules: ['json', 'decimal'] })
    await runForked(
      server,
      say(
        "import json, os, sys, decimal\njson.x = 1\nos.environ['LEFT'] = 'x'\nos.chdir('/')\nsys.path.insert(0, '/x')\nos.umask(0o777)\ndecimal.getcontext().prec = 3",
        { stdin: 'unread' },
      ),
    )
    const looks = say(
      "import json, os, sys, decimal\nprint(hasattr(json, 'x'), 'LEFT' in os.environ, '/x' in sys.path, os.umask(0) == 0o777, decimal.getcontext().prec, sys.stdin.read())",
    )
    expect((await runForked(server, looks)).output).toBe('False False False False 28 \n')
  })

  test('writes what a program left unwritten, wherever it left it', async () => {
    const server = await startServer({ ...inherited, modules: ['json', 'logging'] })
    const run = say(`import json, logging
for place, name in (json, 'module'), (json.JSONDecoder, 'class'), (logging.root.filters, 'list'), (globals(), 'own'):
    file = open(name, 'w')
    file.write(name)
    place.append(file) if name == 'list' else place.update(x=file) if name == 'own' else setattr(place, 'x', file)
del file`)
    expect(await runForked(server, run)).toEqual({ output: '', error: '', status: { exitCode: 0 } })
    for (const name of ['module', 'class', 'list', 'own']) expect(readFileSync(join(run.cwd, name), 'utf8')).toBe(name)
  })

  test('survives a crash, and signals that a program may send', async () => {
    const server = await startServer(inherited)
    expect((await runForked(server, say('import ctypes\nctypes.string_at(0)'))).status).toEqual({ signal: 'SIGSEGV' })
    const signals =
      'import os, signal\nfor s in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD: os.kill(os.getppid(), s)\nprint(os.getppid())'
    expect((await runForked(server, say(signals))).output).toBe(`${server.pid}\n`)
    expect((await runForked(server, say('print(1)'))).output).toBe('1\n')
    expect(children(server.pid)).toEqual([])
  })

  test('is lost to a program that kills it, and says so', async () => {
    const server = await startServer(inherited)
    const killer = say('import os, time\nprint("before", flush=True)\nos.kill(os.getppid(), 9)\ntime.sleep(0.1)')
    const heard = new Heard()
    await expectCode(server.run(killer, heard), 'BACKEND_LOST')
    expect(heard.output).toBe('before\n')
    expect(server.isClosed).toBe(true)
    await expectCode(server.run(killer, heard), 'BACKEND_LOST')
  })

  test('ends with its input, and its program too', async () => {
    const marker = newMarker()
    const server = await startServer(inherited)
    const running = server.run(
      say(`import subprocess, time\nopen('pid', 'w').write('x')\nsubprocess.Popen(['sleep', '600${marker}']).wait()`),
      new Heard(),
    )
    running.catch(() => {})
    await seeAlive(marker)
    const [program = 0] = children(server.pid)
    server.stop()
    await expectCode(running, 'BACKEND_LOST')
    expect(isAlive(program)).toBe(false)
    await seeDead(marker)
  })

  test('ends with its input when nothing runs', async () => {
    const server = await startServer(inherited)
    server.stop()
    await server.closed
    expect(isAlive(server.pid)).toBe(false)
  })

  test('hands on a flood as it comes', async () => {
    const server = await startServer(inherited)
    let bytes = 0
    let most = 0
    const before = process.memoryUsage().rss
    const onOutput = (chunk: Buffer): void => {
      bytes += chunk.byteLength
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    const flood = say('import sys\nfor i in range(4800): sys.stdout.buffer.write(bytes(65536))')
    expect(await server.run(flood, { onOutput, onError: () => {} })).toMatchObject({ outcome: { exitCode: 0 } })
    expect(bytes).toBe(4800 * 65536)
    expect(most).toBeLessThan(160 * 2 ** 20)
  })

  test('is not held up by what a program did to its streams', async () => {
    const server = await startServer(inherited)
    const changes = say('import os\nfor n in 1, 2: os.set_blocking(n, False)')
    expect(await runForked(server, changes)).toEqual({ output: '', error: '', status: { exitCode: 0 } })
    const { output, error } = await runForked(server, say("import sys\nfor f in sys.stdout, sys.stderr: f.write('x' * 1000000)"))
    expect([output.length, error.length]).toEqual([1_000_000, 1_000_000])
  })

  test('does not mix what a process left behind prints into the next run', async () => {
    const server = await startServer(inherited)
    const directory = scratchDirectory()
    const leaves = `import os, time
if os.fork() == 0:
    os.setsid()
    while not os.path.exists(${JSON.stringify(join(directory, 'go'))}): time.sleep(.01)
    for n in 1, 2: os.write(n, b'late')
    open(${JSON.stringify(join(directory, 'done'))}, 'w').close()
    os._exit(0)`
    expect((await runForked(server, say(leaves))).status).toEqual({ exitCode: 0 })
    writeFileSync(join(directory, 'go'), '')
    // Nothing is read meanwhile: this waits without giving way, so that what was left still lies in the pipe.
    const deadline = Date.now() + PATIENCE.timeout
    while (!existsSync(join(directory, 'done')) && Date.now() < deadline);
    expect(existsSync(join(directory, 'done'))).toBe(true)
    expect(await runForked(server, say('print(1)'))).toEqual({ output: '1\n', error: '', status: { exitCode: 0 } })
  })

  test('takes one run at a time', async () => {
    const server = await startServer(inherited)
    const first = server.run(say('print(1)'), new Heard())
    await expectCode(server.run(say('print(2)'), new Heard()), 'PROTOCOL_VIOLATION')
    expect(await first).toMatchObject({ outcome: { exitCode: 0 } })
  })

  test('leaves alone what a new process would import differently', async () => {
    const server = await startServer({ ...inherited, modules: ['json'] })
    const nothing = { output: '', error: '', status: undefined }
    const files = { 'json.py': 'x = 1' }
    expect(await runForked(server, say('import json\nprint(json.x)', { files }))).toEqual(nothing)
    expect(await runForked(server, say('import json', { files: { 'json/__init__.py': '' } }))).toEqual(nothing)
    expect(await runForked(server, { ...say('print(1)'), cwd: '/nonexistent' })).toEqual(nothing)
    const harmless = { 'json.txt': '', 'other.py': '', 'data/json.py': '' }
    expect((await runForked(server, say('import json\nprint(json.loads("1"))', { files: harmless }))).output).toBe('1\n')
  })

  test('refuses what no process can be given', async () => {
    const server = await startServer(inherited)
    await expectCode(server.run(say('', { args: ['a\0b'] }), new Heard()), 'INVALID_ARGUMENT')
    expect((await runForked(server, say('print(1)'))).output).toBe('1\n')
  })
})

describe.skipIf(!HAS_PYTHON)('a process that was made ahead', () => {
  const SAY_PID: TwinProgram = { main: 'import os\nprint(os.getpid())' }

  /** A server, and the process that it made ahead. */
  async function withProcess(aheadBytes = AHEAD_BYTES): Promise<{ readonly server: ForkServer; readonly pid: number }> {
    const server = await startServer({ env: ENV, modules: ['json'], aheadBytes })
    server.makeAhead()
    const pid = await vi.waitFor(() => children(server.pid)[0] ?? expect.fail('none was made'), PATIENCE)
    return { server, pid }
  }

  test('runs the next program, and that one alone', async () => {
    const { server, pid } = await withProcess()
    server.makeAhead() // one is enough
    expect((await runForked(server, layOut(SAY_PID))).output).toBe(`${pid}\n`)
    expect(children(server.pid)).toEqual([])
    expect((await runForked(server, layOut(SAY_PID))).output).not.toBe(`${pid}\n`)
  })

  test('has its memory to itself before it is needed, as far as it may', async () => {
    const own = (pid: number): number => {
      const [, kilobytes] = /^Private_Dirty: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
      return Number(kilobytes)
    }
    const { pid } = await withProcess()
    await vi.waitFor(() => expect(own(pid)).toBeGreaterThan(4_000), PATIENCE)
    const { server, pid: bare } = await withProcess(0)
    expect((await runForked(server, layOut({ main: 'import time' }))).status).toEqual({ exitCode: 0 })
    const again = await withProcess(0)
    expect(own(again.pid)).toBeLessThan(2_000)
    expect(isAlive(bare)).toBe(false)
  })

  test('ends when it is not needed after all', async () => {
    const { server, pid } = await withProcess()
    server.dropAhead()
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE)
    server.dropAhead() // there is none
    expect(await runForked(server, layOut({ main: 'print(1)' }))).toEqual({ output: '1\n', error: '', status: { exitCode: 0 } })
  })

  test('is missed by nobody when something ended it', async () => {
    const { server, pid } = await withProcess()
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE)
    const { output, status } = await runForked(server, layOut(SAY_PID))
    expect(status).toEqual({ exitCode: 0 })
    expect(output).not.toBe(`${pid}\n`)
    expect(children(server.pid)).toEqual([])
  })

  test('ends with its server', async () => {
    const { server, pid } = await withProcess()
    server.stop()
    await server.closed
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE)
  })

  test('waits for its input as one without does, and reads all of it', async () => {
    const { server } = await withProcess()
    const stdin = 'x'.repeat(300_000)
    const run = layOut({ main: 'import sys\nprint(len(sys.stdin.read()))', stdin })
    expect(await runForked(server, run)).toEqual({ output: '300000\n', error: '', status: { exitCode: 0 } })
  })
})

describe.skipIf(!HAS_PYTHON)('which runs a fork server takes', () => {
  test.each([
    ['the same variables', {}, true],
    ['a variable that nobody reads ahead', { API_KEY: 'x' }, true],
    ['a time zone', { TZ: 'Asia/Tokyo' }, true],
    ['a variable of Python', { PYTHONHASHSEED: '0' }, false],
    ['another value of one', { PYTHONUTF8: '0' }, false],
    ['a library that the loader takes first', { LD_PRELOAD: 'x.so' }, false],
    ['the path of the loader', { LD_LIBRARY_PATH: '/x' }, false],
    ['another language', { LANG: 'de_DE.UTF-8' }, false],
    ['another home, where modules may be', { HOME: '/tmp' }, false],
    ['the threads of a library', { OMP_NUM_THREADS: '1' }, false],
    ['a variable that a module asked for', { ASKED_FOR: 'x' }, false],
    ['a variable that a module looked for', { LOOKED_FOR: 'x' }, false],
  ])('%s', async (_name, env, taken) => {
    const library = scratchDirectory()
    writeFileSync(join(library, 'asks.py'), "import os\nos.getenv('ASKED_FOR')\n'LOOKED_FOR' in os.environ")
    const own = { ...LANGUAGE_ENV, PYTHONPATH: library }
    const server = await startServer({ modules: ['asks'], env: own })
    expect(server.canRun({ argv: [PYTHON, 'main.py'], env: { ...own, ...env } })).toBe(taken)
  })

  test('no other command line than an interpreter, a script and its arguments, and no fewer variables', async () => {
    const server = await startServer({ env: ENV })
    const takes = (...argv: [string, ...string[]]): boolean => server.canRun({ argv, env: ENV })
    expect(takes(PYTHON, 'main.py', '-u')).toBe(true)
    for (const rest of [[], ['-u', 'main.py'], ['-c', ''], ['-'], [''], ['./main.py']]) expect(takes(PYTHON, ...rest)).toBe(false)
    expect(takes('/usr/bin/python2', 'main.py')).toBe(false)
    expect(server.canRun({ argv: [PYTHON, 'main.py'], env: { PATH: ENV.PATH } })).toBe(false)
  })
})

describe.skipIf(!HAS_PYTHON)('a fork server that cannot be', () => {
  test.each([
    ['is not there', 'no_such_module', /no_such_module cannot be imported: ModuleNotFoundError: No module named 'no_such_module'/],
    ['raises', 'raises', /raises cannot be imported: ValueError: first line/],
    ['exits', 'leaves', /leaves cannot be imported: SystemExit: 3/],
  ])('names a module that %s', async (_what, module, message) => {
    const library = scratchDirectory()
    writeFileSync(join(library, 'raises.py'), "raise ValueError('first line\\nsecond line')")
    writeFileSync(join(library, 'leaves.py'), 'import sys; sys.exit(3)')
    const env = { ...ENV, PYTHONPATH: library }
    const error = await expectCode(startServer({ modules: ['json', module], env }), 'INVALID_ARGUMENT')
    expect(error.message).toMatch(message)
    expect(error.details).toEqual({ argument: 'preload', value: module })
  })

  test('says the last words of what is no Python', async () => {
    expect((await expectCode(startServer({ python: '/bin/sh' }), 'BACKEND_REJECTED')).message).toMatch(/import|not found|sh:/)
    expect((await expectCode(startServer({ python: '/bin/true' }), 'BACKEND_REJECTED')).message).toMatch(/ended at once/)
  })

  test.each([[[]], [['']], [['1a']], [['a b']], [['json', 'os; print(1)']], [['a..b']], [['-c']]])(
    'takes no such names: %j',
    async (modules) => {
      await expectCode(startServer({ modules }), 'INVALID_ARGUMENT')
    },
  )
})

describe.skipIf(!HAS_PYTHON)('the secret of a fork server', () => {
  // Root may look into everything, so this takes another user where root runs it.
  const user = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  const ATTACK = `import os, sys
def tries(pid):
    def reads_memory():
        with open(f'/proc/{pid}/maps') as maps: start = int(maps.readline().split('-')[0], 16)
        with open(f'/proc/{pid}/mem', 'rb') as memory: memory.seek(start); memory.read(16)
    for attempt in (reads_memory, lambda: open(f'/proc/{pid}/environ').read(), lambda: os.listdir(f'/proc/{pid}/fd'), lambda: os.open(f'/proc/{pid}/fd/4', 0)):
        try: attempt(); print('open')
        except OSError as error: print(type(error).__name__)
`

  test('is in no memory and no descriptor that a program can reach', async () => {
    const server = await startServer({ env: ENV }, user)
    const attacked = await runForked(server, layOut({ main: `${ATTACK}\ntries(os.getppid())`, script: 'main.py' }))
    expect(attacked).toEqual({ output: 'PermissionError\n'.repeat(4), error: '', status: { exitCode: 0 } })
  })

  test('is in no process that was made ahead either', async () => {
    const server = await startServer({ env: ENV, aheadBytes: AHEAD_BYTES }, user)
    server.makeAhead()
    const pid = await vi.waitFor(() => children(server.pid)[0] ?? expect.fail('none was made'), PATIENCE)
    const attack = spawnSync(PYTHON, ['-c', `${ATTACK}\ntries(${pid})`], { ...user, encoding: 'utf8' })
    expect(attack.stdout).toBe('PermissionError\n'.repeat(4))
  })

  test('would be, were the server an ordinary process', async () => {
    const server = await startServer({ env: ENV }, user)
    const attacked = await runForked(
      server,
      layOut({ main: `${ATTACK}\nr, w = os.pipe(); os.dup2(r, 4)\nif os.fork() == 0: tries(os.getppid())\nelse: os.wait()` }),
    )
    expect(attacked.output).toBe('open\n'.repeat(4))
  })
})

/** The processes that a process of this machine has and has not looked after. */
function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}
