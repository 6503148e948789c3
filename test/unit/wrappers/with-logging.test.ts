import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CodeExecutorError, type CodeSource } from '../../../src/core/index.ts'
import { describeLogEntry, withLogging, type LogEntry } from '../../../src/wrappers/index.ts'
import { FakeExecutor, untilAborted, type FakeProgram } from '../../support/fake-executor.ts'
import { codedThrow, errorOf, eventsOf, realExecutor } from './outcomes.ts'

function logged(program?: FakeProgram) {
  const inner = new FakeExecutor(program)
  const entries: LogEntry[] = []
  const executor = withLogging(inner, { log: (entry) => entries.push(entry) })
  return { inner, entries, executor, told: () => entries.map(({ event }) => event) }
}

const LOST = new CodeExecutorError('BACKEND_LOST', 'gone: secret', { executor: 'fake' })

describe('a run', () => {
  test('is told with its start and its end', async () => {
    const { executor, entries } = logged(async () => ({ omittedBytes: { output: 3, error: 4 } }))
    await executor.executeCode({ 'main.py': '1', 'b.py': '2' }, 'python')
    const about = { executor: 'fake', run: 1, language: 'python' }
    expect(entries).toEqual([
      { event: 'execution-start', ...about, files: ['main.py', 'b.py'] },
      {
        event: 'execution-end',
        ...about,
        success: true,
        termination: 'exited',
        exitCode: 0,
        phase: 'run',
        omittedBytes: 7,
        durationMs: expect.any(Number),
      },
    ])
  })

  test('keeps its number while others go on beside it', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { executor, entries } = logged(async ({ source }) => (await gates[Number(source)]?.promise, {}))
    const runs = [executor.executeCode('0', 'python'), executor.executeCode('1', 'python')]
    gates[1]?.resolve()
    await runs[1]
    gates[0]?.resolve()
    await runs[0]
    expect(entries.map((entry) => ('run' in entry ? `${entry.event} ${entry.run}` : ''))).toEqual([
      'execution-start 1',
      'execution-start 2',
      'execution-end 2',
      'execution-end 1',
    ])
  })

  test('that a limit ended is an end, from executeCode and from streamCode', async () => {
    const { executor, entries, told } = logged(async () => ({
      termination: { kind: 'timed-out', limitMs: 5 },
      success: false,
      exitCode: null,
    }))
    await errorOf(executor.executeCode('1', 'python'))
    await eventsOf(executor.streamCode('1', 'python'))
    expect(told()).toEqual(['execution-start', 'execution-end', 'execution-start', 'execution-end'])
    expect(entries[1]).toMatchObject({ termination: 'timed-out', success: false, run: 1 })
    expect(entries[3]).toMatchObject({ termination: 'timed-out', success: false, run: 2 })
  })

  test('that failed has its code, and the error passes through untouched', async () => {
    const { executor, entries } = logged(async () => {
      throw LOST
    })
    expect(await errorOf(executor.executeCode('1', 'python'))).toBe(LOST)
    expect(await errorOf(eventsOf(executor.streamCode('1', 'python')))).toBe(LOST)
    expect(entries[1]).toMatchObject({ event: 'execution-failed', cause: 'error', code: 'BACKEND_LOST' })
    expect(entries[3]).toMatchObject({ event: 'execution-failed', cause: 'error', code: 'BACKEND_LOST' })
  })

  test('that was aborted says so', async () => {
    const { executor, entries } = logged(({ signal }) => untilAborted(signal))
    const controller = new AbortController()
    const run = executor.executeCode('1', 'python', { signal: controller.signal })
    controller.abort()
    await errorOf(run)
    expect(entries[1]).toMatchObject({ event: 'execution-failed', cause: 'aborted', code: undefined })
  })

  test('whose stream was left says so when the program is gone', async () => {
    const { executor, entries, inner } = logged(async ({ signal }, tell) => {
      tell({ type: 'output-delta', text: 'a' })
      return untilAborted(signal)
    })
    for await (const event of executor.streamCode('1', 'python')) {
      expect(event).toEqual({ type: 'output-delta', text: 'a' })
      break
    }
    expect(inner.running).toBe(0)
    expect(entries[1]).toMatchObject({ event: 'execution-failed', cause: 'left' })
    expect(entries).toHaveLength(2)
  })
})

test('start, restart and stop are told, also when they fail', async () => {
  const { executor, entries, told, inner } = logged()
  await executor.start()
  await executor.restart()
  inner.onRestart = () => Promise.reject(LOST)
  expect(await errorOf(executor.restart())).toBe(LOST)
  await executor[Symbol.asyncDispose]()
  expect(told()).toEqual(['start', 'restart', 'restart-failed', 'stop'])
  expect(entries[2]).toMatchObject({ executor: 'fake', code: 'BACKEND_LOST', durationMs: expect.any(Number) })
  expect([inner.started, inner.restarted, inner.stopped]).toEqual([1, 2, 1])
})

test('no entry holds what a program was given or printed', async () => {
  const secret = 'hunter2'
  const { executor, entries } = logged(async ({ options }, tell) => {
    tell({ type: 'output-delta', text: secret })
    if (options.entryPoint === 'fail') throw LOST
    return {
      output: secret,
      error: secret,
      exitCode: 1,
      success: false,
      termination: { kind: 'raised', name: secret, message: secret, traceback: secret },
    }
  })
  const options = { args: [secret], stdin: secret, env: { TOKEN: secret } }
  await executor.executeCode(secret, 'python', options)
  await eventsOf(executor.streamCode({ 'main.py': secret }, 'python', options))
  LOST.cause = new Error(secret)
  await errorOf(executor.executeCode(secret, 'python', { ...options, entryPoint: 'fail' }))
  expect(entries).toHaveLength(6)
  expect(JSON.stringify(entries) + entries.map(describeLogEntry).join()).not.toMatch(/hunter2|secret/)
})

test.each<[string, (entry: LogEntry) => unknown]>([
  [
    'throws',
    () => {
      throw new Error('disk full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('disk full'))],
])('a log that %s breaks no run', async (_, log) => {
  const unhandled: unknown[] = []
  const listen = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', listen)
  try {
    await using executor = withLogging(realExecutor(), { log })
    expect((await executor.executeCode('echo a', 'bash')).output).toBe('a\n')
    expect((await eventsOf(executor.streamCode('echo a', 'bash'))).at(-1)?.type).toBe('end')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', listen)
  }
})

describe('lines for people', () => {
  const about = { executor: 'local', run: 3, language: 'c' }
  test.each<[LogEntry, string]>([
    [{ event: 'execution-start', ...about, files: undefined }, 'local: run 3 (c) starts'],
    [{ event: 'execution-start', ...about, files: ['a.c', 'b.c'] }, 'local: run 3 (c) starts, 2 files'],
    [
      {
        event: 'execution-end',
        ...about,
        success: false,
        termination: 'exited',
        exitCode: 1,
        phase: 'compile',
        omittedBytes: 9,
        durationMs: 12.4,
      },
      'local: run 3 (c) ended after 12 ms: exited 1 while compiling, 9 bytes of output left out',
    ],
    [{ event: 'execution-failed', ...about, cause: 'left', code: undefined, durationMs: 5 }, 'local: run 3 (c) failed after 5 ms: left'],
    [{ event: 'start', executor: 'local', durationMs: 5 }, 'local: start done after 5 ms'],
    [{ event: 'stop-failed', executor: 'local', durationMs: 5, code: 'CLEANUP_FAILED' }, 'local: stop failed after 5 ms: CLEANUP_FAILED'],
  ])('%o', (entry, line) => {
    expect(describeLogEntry(entry)).toBe(line)
  })

  test('a language that a model made up stays on its line', () => {
    const line = describeLogEntry({ event: 'execution-start', ...about, language: `c\n\u001b[31m${'x'.repeat(500)}`, files: undefined })
    expect(line).not.toContain('\n')
    expect(line).not.toContain('\u001b')
    expect(line.length).toBeLessThan(150)
  })
})

test('without a log, NODE_DEBUG=polyrun shows a line per event, and nothing is shown otherwise', async () => {
  const program = `
    import { withLogging } from ${JSON.stringify(new URL('../../../src/wrappers/index.ts', import.meta.url).href)}
    import { FakeExecutor } from ${JSON.stringify(new URL('../../support/fake-executor.ts', import.meta.url).href)}
    await withLogging(new FakeExecutor()).executeCode('1', 'python')
  `
  const show = async (debug: string): Promise<string> => {
    const options = { env: { ...process.env, NODE_DEBUG: debug }, cwd: fileURLToPath(new URL('.', import.meta.url)) }
    return (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], options)).stderr
  }
  expect(await show('polyrun')).toMatch(
    /POLYRUN \d+: fake: run 1 \(python\) starts\nPOLYRUN \d+: fake: run 1 \(python\) ended after \d+ ms: exited 0\n/,
  )
  expect(await show('')).not.toContain('fake: run')
})

test('what is no option is refused', () => {
  expect(codedThrow(() => withLogging(new FakeExecutor(), { log: 'x' as never }), 'INVALID_ARGUMENT').details.argument).toBe('options.log')
  expect(codedThrow(() => withLogging(new FakeExecutor(), { logger: () => {} } as never), 'INVALID_ARGUMENT').details.argument).toBe(
    'options.logger',
  )
})

test('source that is no source is told, and refused by the executor alone', async () => {
  const { executor, told } = logged(async () => {
    throw LOST
  })
  await errorOf(executor.executeCode(null as unknown as CodeSource, 'python'))
  expect(told()).toEqual(['execution-start', 'execution-failed'])
})
