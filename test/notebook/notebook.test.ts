import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run as runExample, save } from '../../docs/examples/notebook.ts'
import { JupyterCodeExecutor } from '../../src/executors/jupyter/index.ts'
import { formatNotebook, recordNotebook } from '../../src/notebook/index.ts'
import { makeDirectory, start, type Outcome } from '../cli/polyrun.ts'
import { jupyterEnvironment } from '../support/jupyter.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

const environment = await jupyterEnvironment()
skipBecause('unavailable' in environment ? environment.unavailable : undefined)
const virtualEnv = 'unavailable' in environment ? '' : environment.virtualEnv

/** Has Jupyter's own package read and validate a file, and returns what it says of it. */
function validate(path: string): { readonly minor: number; readonly cells: number } {
  const program =
    'import json, sys, nbformat\nbook = nbformat.read(sys.argv[1], nbformat.NO_CONVERT)\nnbformat.validate(book)\n' +
    'print(json.dumps({"minor": book.nbformat_minor, "cells": len(book.cells)}))'
  return JSON.parse(execFileSync(join(virtualEnv, 'bin/python'), ['-W', 'error', '-c', program, path], { encoding: 'utf8' })) as never
}

const cell = (source: string, tags: readonly string[] = []): object => ({
  cell_type: 'code',
  source,
  metadata: { tags },
  execution_count: null,
  outputs: [],
})
const book = (...cells: readonly object[]): string => JSON.stringify({ nbformat: 4, nbformat_minor: 2, metadata: {}, cells })

function run(words: readonly string[], cwd: string): Promise<Outcome> {
  const path = `${join(virtualEnv, 'bin')}:${process.env['PATH'] ?? ''}`
  return start(['notebook', 'run', ...words], { cwd, env: { PATH: path } }).ended
}

test('what a session ran is a notebook that Jupyter takes', async () => {
  await using executor = new JupyterCodeExecutor({ virtualEnv })
  using recording = recordNotebook(executor)
  await executor.executeCode('import sys\nprint("out")\nprint("err", file=sys.stderr)\n1 + 1', 'python')
  const rich =
    'from IPython.display import display, HTML, JSON, SVG\ndisplay(HTML("<b>x</b>"), JSON({"a": [1]}), SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"))\n' +
    'import base64\ndisplay({"image/png": base64.b64encode(b"png").decode(), "application/x-unknown": "text"}, raw=True)'
  await executor.executeCode(rich, 'python')
  await executor.executeCode('raise ValueError("wrong")', 'python')
  const path = join(scratchDirectory(), 'session.ipynb')
  writeFileSync(path, formatNotebook(recording.toNotebook()))
  expect(validate(path)).toEqual({ minor: 5, cells: 3 })
  const outputs = recording
    .toNotebook()
    .cells.map((each) => (each.cell_type === 'code' ? each.outputs.map((output) => output.output_type) : []))
  expect(outputs[0]).toEqual(expect.arrayContaining(['stream', 'execute_result']))
  expect(outputs[1]).toEqual(['display_data', 'display_data', 'display_data', 'display_data'])
  expect(outputs[2]).toEqual(['error'])
})

describe('polyrun notebook run', () => {
  test('magics, shell escapes and tags; the output is a notebook, the input stays, and nothing else is there', async () => {
    const source = book(
      cell('x = 6'),
      cell('%matplotlib inline\n!echo from a shell'),
      cell('1 / 0', ['raises-exception']),
      cell('raise SystemError', ['skip-execution']),
      { cell_type: 'markdown', source: ['# text\n', 'more'], metadata: {} },
      cell('%%bash\necho from bash'),
      cell('print(x * 7)'),
    )
    using directory = makeDirectory({ 'in.ipynb': source })
    const outcome = await run(['in.ipynb', '--output', 'out.ipynb'], directory.path)
    expect(outcome.stderr).toMatch(/cell 4 of 6: skipped\n/)
    expect(outcome.stderr).toMatch(/cell 6 of 6: succeeded in \d+\.\d s\n$/)
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '' })
    expect(readdirSync(directory.path).toSorted()).toEqual(['in.ipynb', 'out.ipynb'])
    expect(readFileSync(join(directory.path, 'in.ipynb'), 'utf8')).toBe(source)
    expect(validate(join(directory.path, 'out.ipynb'))).toEqual({ minor: 5, cells: 7 })
    const written = readFileSync(join(directory.path, 'out.ipynb'), 'utf8')
    for (const text of ['from a shell', 'from bash', '42', 'ZeroDivisionError']) expect(written).toContain(text)
  })

  test('a cell that fails ends the run: what came before is written, and the exit code says so', async () => {
    using directory = makeDirectory({ 'in.ipynb': book(cell('print("before")'), cell('1 / 0'), cell('print("after")')) })
    const outcome = await run(['in.ipynb', '--output', 'in.ipynb'], directory.path)
    expect(outcome.exitCode).toBe(1)
    expect(outcome.stderr).toMatch(/polyrun: cell 2 \(id \w+\) failed: ZeroDivisionError: division by zero/)
    const written = readFileSync(join(directory.path, 'in.ipynb'), 'utf8')
    expect(written).toContain('before\\n')
    expect(written).not.toContain('"after\\n"')
    validate(join(directory.path, 'in.ipynb'))
  })

  test('goes on when asked, and has failed or not as asked', async () => {
    using directory = makeDirectory({ 'in.ipynb': book(cell('1 / 0'), cell('print("after")')) })
    const goneOn = await run(['in.ipynb', '--keep-going', '--output', '-'], directory.path)
    expect(goneOn.exitCode).toBe(1)
    expect(goneOn.stdout).toContain('after\\n')
    const allowed = await run(['in.ipynb', '--allow-errors', '--output', '-'], directory.path)
    expect(allowed.exitCode).toBe(0)
    expect(JSON.parse(allowed.stdout)).toMatchObject({ nbformat: 4, nbformat_minor: 5 })
  })

  test('a cell that is too slow, and a kernel that dies', async () => {
    using directory = makeDirectory({
      'slow.ipynb': book(cell('while True: pass')),
      'dead.ipynb': book(cell('import os\nos._exit(0)'), cell('1')),
    })
    const slow = await run(['slow.ipynb', '--timeout', '1s', '--output', '-'], directory.path)
    expect(slow.exitCode).toBe(124)
    expect(slow.stdout).toContain('CellTimeoutError')
    const dead = await run(['dead.ipynb', '--allow-errors'], directory.path)
    expect(dead.exitCode).toBe(1)
    expect(dead.stderr).toContain('DeadKernelError')
  })

  test('bad input is told before anything starts, and nothing is written', async () => {
    using directory = makeDirectory({
      'text.ipynb': 'no JSON',
      'old.ipynb': JSON.stringify({ nbformat: 3, worksheets: [] }),
      'good.ipynb': book(cell('1')),
      'klingon.ipynb': JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: { language_info: { name: 'klingon' } },
        cells: [cell('1')],
      }),
    })
    const tell = async (...words: readonly string[]): Promise<string> => {
      const { exitCode, stderr } = await run(words, directory.path)
      expect(exitCode, stderr).toBe(2)
      return stderr
    }
    expect(await tell('text.ipynb')).toMatch(/text\.ipynb is no JSON/)
    expect(await tell('old.ipynb')).toMatch(/jupyter nbconvert --to notebook --inplace old\.ipynb/)
    expect(await tell('missing.ipynb')).toMatch(/missing\.ipynb/)
    expect(await tell('good.ipynb', '--output', 'nowhere/out.ipynb')).toMatch(/--output nowhere\/out\.ipynb cannot be written/)
    expect(await tell('good.ipynb', '--executor', 'docker')).toMatch(/docker-jupyter/)
    expect(await tell('good.ipynb', '--keep-going', '--allow-errors')).toMatch(/cannot be used with/)
    expect(await tell('klingon.ipynb')).toMatch(/klingon/)
    expect(readdirSync(directory.path)).toHaveLength(4)
  })

  test('five megabytes, and the mode of a file that is replaced', async () => {
    const big = cell('print("done")')
    Object.assign(big, { outputs: [{ output_type: 'stream', name: 'stdout', text: 'x'.repeat(5_000_000) }] })
    using directory = makeDirectory({ 'big.ipynb': book(big, cell('print("y" * 5_000_000)')), 'out.ipynb': '' })
    const before = statSync(join(directory.path, 'out.ipynb')).mode
    expect(await run(['big.ipynb', '--output', 'out.ipynb'], directory.path)).toMatchObject({ exitCode: 0 })
    expect(validate(join(directory.path, 'out.ipynb')).cells).toBe(2)
    const after = statSync(join(directory.path, 'out.ipynb'))
    expect(after.mode).toBe(before)
    expect(after.size).toBeGreaterThan(5_000_000)
    expect(after.size).toBeLessThan(6_000_000)
  })
})

test('the examples of the page', async () => {
  const path = join(scratchDirectory(), 'session.ipynb')
  expect(await save(virtualEnv, path)).toBe(2)
  expect(await runExample(virtualEnv, path)).toBe(true)
  expect(validate(path)).toEqual({ minor: 5, cells: 2 })
})
