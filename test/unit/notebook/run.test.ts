import { describe, expect, test } from 'vitest'
import { TimeoutError, type CodeResult, type Termination } from '../../../src/core/index.ts'
import type { CellRecord } from '../../../src/engine/index.ts'
import { parseNotebook, recordNotebook, runNotebook, type NotebookProgress, type RunNotebookOptions } from '../../../src/notebook/index.ts'
import { describeTermination } from '../../../src/core/index.ts'

type Source = string | { readonly source: string; readonly tags?: readonly string[]; readonly type?: string }

/** An executor that knows four programs: `raise`, `die`, `exit` and `sleep`. Everything else is shown. */
class Executor {
  readonly ran: string[] = []
  readonly #listeners = new Set<(cell: CellRecord) => void>()

  recordCells(listener: (cell: CellRecord) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get recordings(): number {
    return this.#listeners.size
  }

  async executeCode(code: unknown, language: string): Promise<CodeResult> {
    const text = String(code)
    this.ran.push(text)
    const outputs: CellRecord['outputs'] =
      text === 'raise'
        ? [{ kind: 'raised', name: 'E', message: 'm', traceback: ['t'] }]
        : [
            {
              kind: 'display',
              display: { kind: 'result', id: undefined, data: { 'image/png': Buffer.from('png'), 'text/plain': text }, metadata: {} },
            },
          ]
    for (const listener of this.#listeners) listener({ code: text, language, kernel: 'k', executionCount: this.ran.length, outputs })
    const ends: Readonly<Record<string, Termination>> = {
      raise: { kind: 'raised', name: 'E', message: 'm', traceback: 't' },
      die: { kind: 'signaled', signal: 'SIGSEGV' },
      sleep: { kind: 'timed-out', limitMs: 5 },
    }
    const termination = ends[text] ?? { kind: 'exited', exitCode: 0 }
    const success = termination.kind === 'exited'
    const facts = { output: '', error: '', exitCode: success ? 0 : null, success, termination, phase: 'run', durationMs: 1 } as const
    const result: CodeResult = {
      ...facts,
      display: [],
      omittedBytes: { output: 0, error: 0 },
      ...((text === 'die' || text === 'exit') && { stateLost: true }),
    }
    if (text === 'sleep') throw new TimeoutError(result, 5)
    return result
  }
}

const make = (sources: readonly Source[]): ReturnType<typeof parseNotebook> =>
  parseNotebook(
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: sources.map((each, index) => {
        const { source, tags = [], type = 'code' } = typeof each === 'string' ? { source: each } : each
        const old = [{ output_type: 'stream', name: 'stdout', text: 'old' }]
        return {
          id: `c${index}`,
          cell_type: type,
          source,
          metadata: { tags },
          ...(type === 'code' && { execution_count: 9, outputs: old }),
        }
      }),
    }),
  )

async function run(sources: readonly Source[], options: RunNotebookOptions = {}) {
  const executor = new Executor()
  const told: NotebookProgress[] = []
  const result = await runNotebook(make(sources), executor, { ...options, onProgress: (each) => told.push(each) })
  expect(executor.recordings, 'no listener stays').toBe(0)
  const outputs = result.notebook.cells.map((cell) => (cell.cell_type === 'code' ? cell.outputs : []))
  return { ...result, ran: executor.ran, told, outputs, ends: result.failed.map(({ termination }) => describeTermination(termination)) }
}

describe('which cells run', () => {
  test('code cells in order; text, empty ones and those to skip are left out, and what was skipped keeps its outputs', async () => {
    const { ran, outputs, told, isComplete } = await run([
      'a',
      { source: '# text', type: 'markdown' },
      '  \n',
      { source: 'b', tags: ['skip-execution'] },
      '%matplotlib inline\n!ls',
    ])
    expect(ran).toEqual(['a', '%matplotlib inline\n!ls'])
    expect(isComplete).toBe(true)
    expect(outputs[3]).toMatchObject([{ text: 'old' }])
    expect(outputs[0]).toEqual([
      { output_type: 'execute_result', execution_count: 1, data: { 'image/png': 'cG5n', 'text/plain': 'a' }, metadata: {} },
    ])
    expect(told.map(({ state, number, of }) => `${state} ${number}/${of}`)).toEqual([
      'begun 1/4',
      'succeeded 1/4',
      'skipped 2/4',
      'skipped 3/4',
      'begun 4/4',
      'succeeded 4/4',
    ])
  })

  test('the run stops after an exception, and cells that were not reached have no outputs', async () => {
    const { ran, ends, isComplete, outputs } = await run(['a', 'raise', 'b'])
    expect({ ran, ends, isComplete }).toEqual({ ran: ['a', 'raise'], ends: ['E'], isComplete: false })
    expect(outputs[1]).toEqual([{ output_type: 'error', ename: 'E', evalue: 'm', traceback: ['t'] }])
    expect(outputs[2]).toEqual([])
  })

  test('it goes on after one that was to be raised, and when asked to', async () => {
    const tagged = await run([{ source: 'raise', tags: ['raises-exception'] }, 'b'])
    expect(tagged).toMatchObject({ ran: ['raise', 'b'], ends: [], isComplete: true })
    expect(await run(['raise', 'b'], { onError: 'allow' })).toMatchObject({ ran: ['raise', 'b'], ends: [], isComplete: true })
    expect(await run(['raise', 'b'], { onError: 'go-on' })).toMatchObject({ ran: ['raise', 'b'], ends: ['E'], isComplete: true })
  })

  test('a time limit is a failure in any case, and the notebook says so', async () => {
    const { outputs, ends } = await run([{ source: 'sleep', tags: ['raises-exception'] }, 'b'], { onError: 'allow' })
    expect(ends).toEqual(['longer than 5 ms'])
    expect(outputs[0]).toContainEqual(expect.objectContaining({ output_type: 'error', ename: 'CellTimeoutError' }))
    expect(outputs[1]).toHaveLength(1)
  })

  test('it ends with the kernel, whatever was asked', async () => {
    const { ran, ends, isComplete, outputs } = await run([{ source: 'die', tags: ['raises-exception'] }, 'b'], { onError: 'allow' })
    expect({ ran, ends, isComplete }).toEqual({ ran: ['die'], ends: ['SIGSEGV'], isComplete: false })
    expect(outputs[0]).toContainEqual(expect.objectContaining({ ename: 'DeadKernelError', evalue: 'the kernel was ended by SIGSEGV' }))
  })
})

test('a kernel that exited with 0 has failed its cell all the same', async () => {
  const { ends, outputs, isComplete } = await run(['exit', 'b'], { onError: 'allow' })
  expect({ ends, isComplete }).toEqual({ ends: ['exit 0'], isComplete: false })
  expect(outputs[0]).toContainEqual(expect.objectContaining({ evalue: 'the kernel exited with 0' }))
})

test('a recording is a notebook of what was run since, and ends when it is disposed of', async () => {
  const executor = new Executor()
  await executor.executeCode('before', 'python')
  const recording = recordNotebook(executor)
  expect(recording.toNotebook()).toMatchObject({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] })
  await executor.executeCode('a', 'python')
  await executor.executeCode('raise', 'r')
  const first = recording.toNotebook()
  expect(first.metadata.kernelspec).toEqual({ name: 'k', display_name: 'k', language: 'python' })
  expect(first.cells).toMatchObject([
    { source: 'a', execution_count: 2, metadata: {} },
    { source: 'raise', execution_count: 3, metadata: { language: 'r' } },
  ])
  expect(recording.toNotebook().cells.map(({ id }) => id)).toEqual(first.cells.map(({ id }) => id))
  recording[Symbol.dispose]()
  await executor.executeCode('after', 'python')
  expect(recording.toNotebook().cells).toHaveLength(2)
})
