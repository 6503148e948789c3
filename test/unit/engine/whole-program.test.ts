import { describe, expect, test } from 'vitest'
import { CodeExecutorError, TimeoutError, type ExecutionEvent } from '../../../src/core/index.ts'
import { CappedBytes } from '../../../src/engine/capped-bytes.ts'
import {
  CommandExecutor,
  type CommandExecutorOptions,
  type WholeProgram,
  type WholeProgramExit,
  type WholeProgramIo,
} from '../../../src/engine/index.ts'
import type { LanguageDefinition } from '../../../src/languages/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { FakeBackend } from '../../support/fake-backend.ts'
import { untilAborted } from '../../support/fake-executor.ts'

const TOY: LanguageDefinition = {
  name: 'toy',
  extensions: ['.toy'],
  toolchains: [
    {
      programs: ['toyc'],
      buildFiles: () => ({ settings: 'fast' }),
      compile: (unit) => [[unit.program('toyc'), ...unit.sources]],
      run: (unit, args) => [`${unit.buildDir}/program`, ...args],
      env: () => ({ LEVEL: 'toolchain', OTHER: 'toolchain' }),
    },
    { programs: ['toyi'], run: (unit, args) => [unit.program('toyi'), unit.entryPoint, ...args] },
  ],
}

/** A place that runs whole programs as a test says. */
class WholeBackend extends FakeBackend {
  readonly programs: WholeProgram[] = []
  readonly #run: (io: WholeProgramIo, program: WholeProgram) => Promise<WholeProgramExit>

  constructor(
    run: (io: WholeProgramIo, program: WholeProgram) => Promise<WholeProgramExit> = async () => ({ kind: 'exited', exitCode: 0 }),
  ) {
    super()
    this.#run = run
  }

  runWhole(program: WholeProgram, io: WholeProgramIo): Promise<WholeProgramExit> {
    this.programs.push(program)
    return this.#run(io, program)
  }

  assertTakes(program: WholeProgram): void {
    if (program.files.size > 2) throw new CodeExecutorError('FILE_TOO_LARGE', 'too many', { path: 'x', sizeBytes: 3, limitBytes: 2 })
  }
}

function make(backend: WholeBackend, options: CommandExecutorOptions = {}): CommandExecutor {
  return new CommandExecutor(backend, { languages: [TOY], ...options })
}

test('a place that runs whole programs gets everything at once and is asked for nothing else', async () => {
  const backend = new WholeBackend()
  await using executor = make(backend)
  await executor.executeCode('text', 'toy', { args: ['a'], env: { LEVEL: 'call' }, stdin: 'in', timeoutMs: 7_000 })
  expect([backend.commands, backend.files.size]).toEqual([[], 0])
  const [program] = backend.programs
  expect(program).toMatchObject({ language: 'toy', timeoutMs: 7_000 })
  const [path = ''] = program?.files.keys() ?? []
  const [first, second] = program?.ways ?? []
  expect(first).toMatchObject({
    programs: ['toyc'],
    compile: [{ argv: ['toyc', path], env: { LEVEL: 'call', OTHER: 'toolchain' } }],
    run: { argv: [`${first?.directory}/program`, 'a'], stdin: Buffer.from('in') },
  })
  expect([...(first?.files.keys() ?? [])]).toEqual([`${first?.directory}/settings`])
  expect(second).toMatchObject({
    programs: ['toyi'],
    directory: undefined,
    compile: [],
    run: { argv: ['toyi', path, 'a'], env: { LEVEL: 'call' } },
  })
  expect(program?.temporary).toEqual([path, first?.directory])
})

test('what the place refuses is refused before it is opened', async () => {
  const backend = new WholeBackend()
  let opened = 0
  backend.open = async () => void (opened += 1)
  await using executor = make(backend)
  await expectCode(executor.executeCode({ 'main.toy': '', a: '', b: '' }, 'toy'), 'FILE_TOO_LARGE')
  expect(opened).toBe(0)
})

test('a place without the programs of any way has the language not', async () => {
  await using executor = make(new WholeBackend(async () => ({ kind: 'no-way' })))
  const error = await expectCode(executor.executeCode('text', 'toy'), 'LANGUAGE_UNAVAILABLE')
  expect(error.details.tried).toEqual(['toyc', 'toyi'])
})

test('phases, output and what never came are told where they belong', async () => {
  const backend = new WholeBackend(async (io) => {
    io.onPhase('compile')
    io.onError(Buffer.from('warning'))
    io.onPhase('run')
    io.onOutput(Buffer.from('first'))
    io.onOmitted?.('output', 1_000)
    io.onOutput(Buffer.from('last'))
    return { kind: 'exited', exitCode: 4 }
  })
  await using executor = make(backend)
  const events: ExecutionEvent[] = []
  for await (const event of executor.streamCode('text', 'toy')) events.push(event)
  expect(events.map((event) => (event.type === 'phase-start' ? event.phase : event.type))).toEqual([
    'compile',
    'error-delta',
    'run',
    'output-delta',
    'end',
  ])
  expect(events.at(-1)).toMatchObject({
    result: {
      output: 'first\n[... 1000 bytes left out ...]\nlast',
      error: 'warning',
      omittedBytes: { output: 1_000, error: 0 },
      exitCode: 4,
    },
  })
})

describe('the time limit', () => {
  test('is the engine’s, unless the place holds it', async () => {
    await using executor = make(new WholeBackend(async (io) => untilAborted(io.signal)))
    await expectCode(executor.executeCode('text', 'toy', { timeoutMs: 20 }), 'TIMEOUT')
  })

  test('of a place that holds it is over when the place says so', async () => {
    const over = Promise.withResolvers<void>()
    const backend = new WholeBackend(async (io, { timeoutMs }) => {
      io.holdDeadline()
      io.onOutput(Buffer.from('partly'))
      await over.promise
      return { kind: 'timed-out', limitMs: timeoutMs }
    })
    await using executor = make(backend)
    const run = executor.executeCode('text', 'toy', { timeoutMs: 20 })
    setTimeout(over.resolve, 100)
    const error = await expectCode(run, 'TIMEOUT')
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as TimeoutError).result).toMatchObject({ output: 'partly', termination: { kind: 'timed-out', limitMs: 20 } })
    expect((error as TimeoutError).result.durationMs).toBeGreaterThan(80)
  })
})

test('bytes that never came push out what the end of a cap held, and are counted once', () => {
  const capped = new CappedBytes(8)
  capped.push(Buffer.from('abcdef'))
  capped.omit(100)
  capped.push(Buffer.from('xyz'))
  expect(capped.omittedBytes).toBe(102)
  expect(capped.text()).toBe('abcd\n[... 102 bytes left out ...]\nxyz')
})
