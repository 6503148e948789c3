import { describe, expect, test } from 'vitest'
import { CodeExecutorError, ResourceExhaustedError, TimeoutError, type Capability, type ExecutionEvent } from '../../../src/core/index.ts'
import { CommandExecutor, type CommandExit, type CommandExecutorOptions } from '../../../src/engine/index.ts'
import type { LanguageDefinition } from '../../../src/languages/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { FakeBackend, type FakeCommand } from '../../support/fake-backend.ts'
import { untilAborted } from '../../support/fake-executor.ts'
import { gate } from '../../support/fake-place.ts'

const OK: CommandExit = { kind: 'exited', exitCode: 0 }

/** A language with a compiler of two steps, and one without. */
const TOY: LanguageDefinition = {
  name: 'toy',
  extensions: ['.toy'],
  toolchains: [
    {
      programs: ['toyc'],
      buildFiles: () => ({ settings: 'fast' }),
      compile: (unit) => [
        ['toyc', 'check', ...unit.sources],
        ['toyc', 'build', unit.buildDir],
      ],
      run: (unit, args) => [`${unit.buildDir}/program`, ...args],
      env: () => ({ LEVEL: 'toolchain', OTHER: 'toolchain' }),
    },
  ],
}
const PLAIN: LanguageDefinition = { name: 'plain', extensions: ['.txt'], command: ['cat'] }

/** An executor over a fake place in which every program is found; helper commands work, the others do as the test says. */
function make(
  program: FakeCommand = async () => OK,
  options: CommandExecutorOptions = {},
): { backend: FakeBackend; executor: CommandExecutor } {
  const backend = Object.assign(new FakeBackend(program), {
    capabilities: new Set<Capability>(['stdin']),
    findProgram: async (name: string) => `/bin/${name}`,
    makeDirectory: async () => {},
    remove: async (paths: readonly string[]) => {
      for (const path of paths)
        for (const name of backend.files.keys()) if (name === path || name.startsWith(`${path}/`)) backend.files.delete(name)
    },
  })
  return { backend, executor: new CommandExecutor(backend, { languages: [TOY, PLAIN], ...options }) }
}

const argvOf = (backend: FakeBackend): readonly string[] => backend.commands.map(({ argv }) => argv.join(' '))

describe('one run', () => {
  test('compiles step by step, then runs what came of it, with the input for the program alone', async () => {
    const { backend, executor } = make()
    const result = await executor.executeCode({ 'a.toy': 'x', 'main.toy': 'y', notes: 'z' }, 'toy', { args: ['1'], stdin: 'in' })
    expect(result).toMatchObject({ success: true, phase: 'run' })
    const [check, build, run] = backend.commands
    expect(check?.argv).toEqual(['toyc', 'check', 'a.toy', 'main.toy'])
    const buildDir = build?.argv[2] ?? ''
    expect(buildDir).toMatch(/^\.polyrun-[0-9a-f]{8}$/)
    expect(run?.argv).toEqual([`${buildDir}/program`, '1'])
    expect([check?.stdin, build?.stdin, run?.stdin]).toEqual([undefined, undefined, Buffer.from('in')])
  })

  test('a step that fails is the result of phase compile, and nothing after it happens', async () => {
    const { backend, executor } = make(async () => ({ kind: 'exited', exitCode: 2 }))
    expect(await executor.executeCode('x', 'toy')).toMatchObject({ phase: 'compile', exitCode: 2, success: false })
    expect(backend.commands).toHaveLength(1)
  })

  test('what the call gives is stronger than what the toolchain wants', async () => {
    const { backend, executor } = make()
    await executor.executeCode('x', 'toy', { env: { LEVEL: 'call' } })
    for (const { env } of backend.commands) expect(env).toEqual({ LEVEL: 'call', OTHER: 'toolchain' })
  })

  test('named files stay, build files and texts go', async () => {
    const { backend, executor } = make()
    await executor.executeCode({ 'main.toy': 'x' }, 'toy')
    await executor.executeCode('text', 'plain')
    expect([...backend.files.keys()]).toEqual(['main.toy'])
  })

  test('with keepFiles everything stays', async () => {
    const { backend, executor } = make(undefined, { keepFiles: true })
    await executor.executeCode('text', 'toy')
    await executor.executeCode('text', 'plain')
    const names = [...backend.files.keys()]
    expect(names).toHaveLength(3)
    expect(names.join(' ')).toMatch(/main_\w{8}\.toy \.polyrun-\w{8}\/settings main_\w{8}\.txt$/)
  })

  test('a file whose name looks like a flag is handed over as a path', async () => {
    const { backend, executor } = make()
    await executor.executeCode({ '-e.txt': 'x' }, 'plain')
    expect(argvOf(backend)).toEqual(['/bin/cat ./-e.txt'])
  })

  test('a failure while removing is told and does not pass for a result', async () => {
    const { backend, executor } = make()
    Object.assign(backend, { remove: () => Promise.reject(new Error('device gone')) })
    await expectCode(executor.executeCode('x', 'plain'), 'BACKEND_LOST')
  })

  test.each<[CommandExit, string]>([
    [{ kind: 'out-of-memory', limitBytes: 5 }, 'memory'],
    [{ kind: 'too-many-processes', limit: 5 }, 'pids'],
    [{ kind: 'out-of-disk', limitBytes: 5 }, 'disk'],
  ])('%o is RESOURCE_EXHAUSTED with what was printed', async (termination, limit) => {
    const { executor } = make(async (_, io) => {
      io.onOutput(Buffer.from('so far'))
      return termination
    })
    const error = await expectCode(executor.executeCode('x', 'plain'), 'RESOURCE_EXHAUSTED')
    expect(error).toBeInstanceOf(ResourceExhaustedError)
    expect(error).toMatchObject({ details: { limit, value: 5 }, result: { output: 'so far', exitCode: null, termination } })
  })
})

describe('the time limit', () => {
  const obeys: FakeCommand = async (_, io) => {
    io.onOutput(Buffer.from('started'))
    return untilAborted(io.signal)
  }

  test('rejects with what was printed', async () => {
    const error = await expectCode(make(obeys).executor.executeCode('x', 'plain', { timeoutMs: 20 }), 'TIMEOUT')
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({
      details: { limitMs: 20 },
      result: { output: 'started', termination: { kind: 'timed-out', limitMs: 20 } },
    })
  })

  test('does not hide that the place failed while it ended the program', async () => {
    const left = new CodeExecutorError('CLEANUP_FAILED', 'still alive', { executor: 'fake', left: ['process 7'] })
    const { executor } = make((_, io) => untilAborted(io.signal).catch(() => Promise.reject(left)))
    await expect(executor.executeCode('x', 'plain', { timeoutMs: 20 })).rejects.toBe(left)
  })

  test('counts from the turn of a run, not from the call', async () => {
    const first = gate()
    const { executor } = make(async ({ argv }) => (argv[1] === 'a.txt' ? first.passed.then(() => OK) : OK), { concurrency: 1 })
    const running = executor.executeCode({ 'a.txt': 'x' }, 'plain')
    const waiting = executor.executeCode({ 'b.txt': 'x' }, 'plain', { timeoutMs: 250 })
    setTimeout(first.open, 400)
    expect((await running).success).toBe(true)
    expect((await waiting).success).toBe(true)
  })
})

describe('streamCode', () => {
  test('tells phases, deltas and the end, and throws no limit', async () => {
    const { executor } = make(async (_, io) => {
      io.onOutput(Buffer.from('a'))
      return { kind: 'out-of-memory', limitBytes: 5 }
    })
    const events: ExecutionEvent[] = []
    for await (const event of executor.streamCode('x', 'plain')) events.push(event)
    expect(events.map(({ type }) => type)).toEqual(['phase-start', 'output-delta', 'end'])
    expect(events.at(-1)).toMatchObject({ result: { termination: { kind: 'out-of-memory' } } })
  })

  test('leaving the loop waits until the command is over', async () => {
    let over = false
    const { executor } = make(async (_, io) => {
      await untilAborted(io.signal).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 50))
      over = true
      return OK
    })
    for await (const event of executor.streamCode('x', 'plain')) {
      expect(event.type).toBe('phase-start')
      break
    }
    expect(over).toBe(true)
  })

  test('nothing runs before somebody reads', async () => {
    const { backend, executor } = make()
    const stream = executor.streamCode('x', 'plain')
    await executor.start()
    await stream[Symbol.asyncIterator]().return?.()
    expect(backend.commands).toEqual([])
  })

  test('leaving while the next event is awaited ends the program, too', async () => {
    const { executor } = make((_, io) => untilAborted(io.signal))
    const iterator = executor.streamCode('x', 'plain', { timeoutMs: 2_000 })[Symbol.asyncIterator]()
    await iterator.next()
    const startedAt = performance.now()
    const [next] = await Promise.allSettled([iterator.next(), iterator.return?.()])
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(next).toMatchObject({ status: 'fulfilled' })
  })
})

describe('construction', () => {
  test('a limit that the place cannot hold is refused with what is missing', async () => {
    const backend = Object.assign(new FakeBackend(), { explainMissing: (capability: string) => `it has no ${capability}` })
    const cases = { memory: '64m', cpus: 1, pids: 5, disk: '1g', openFiles: 9 }
    for (const [limit, value] of Object.entries(cases)) {
      const error = await expectCode(() => new CommandExecutor(backend, { limits: { [limit]: value } }), 'CAPABILITY_UNSUPPORTED', limit)
      expect(error.message).toContain(`limits.${limit}`)
      expect(error.details.missing).toBe(`it has no ${error.details.capability}`)
    }
    expect(new CommandExecutor(backend, { limits: { outputBytes: 5 } }).name).toBe('fake')
  })

  test.each<[unknown]>([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], ['2']])(
    'concurrency %o is refused',
    async (concurrency) => {
      const options = { concurrency: concurrency as number }
      await expectCode(() => new CommandExecutor(new FakeBackend(), options), 'INVALID_ARGUMENT')
    },
  )

  test.each<[string, unknown]>([
    ['timeoutMs', 0],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', 2 ** 31],
    ['startupTimeoutMs', -1],
    ['startupTimeoutMs', Number.POSITIVE_INFINITY],
  ])('%s %o is refused by name', async (name, value) => {
    const { details } = await expectCode(() => new CommandExecutor(new FakeBackend(), { [name]: value }), 'INVALID_ARGUMENT')
    expect(details.argument).toBe(name)
  })
})

test('inspectLanguages tells what is there, and what is missing with its error', async () => {
  const { backend, executor } = make()
  Object.assign(backend, { findProgram: async (name: string) => (name === 'cat' ? '/bin/cat' : undefined) })
  const [toy, plain] = await executor.inspectLanguages()
  expect(CodeExecutorError.is(toy?.error, 'LANGUAGE_UNAVAILABLE')).toBe(true)
  expect(plain?.programs?.get('cat')).toBe('/bin/cat')
})
