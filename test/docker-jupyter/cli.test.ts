import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseNotebook } from '../../src/notebook/index.ts'
import { makeDirectory, polyrun } from '../cli/polyrun.ts'
import { needKernelEngine } from '../support/docker-jupyter.ts'

const engine = await needKernelEngine()
const env = { DOCKER_HOST: `unix://${engine.socketPath}` }
const WHERE = ['--executor', 'docker-jupyter', '--image', engine.image, '--pull', 'never']

test('a notebook of another language runs in a container', async () => {
  const cells = ['x <- c(1, 2, 6)', 'mean(x)', 'plot(x)'].map((source) => ({
    cell_type: 'code',
    source,
    metadata: {},
    execution_count: null,
    outputs: [],
  }))
  const metadata = { kernelspec: { name: 'ir', display_name: 'R', language: 'R' } }
  using directory = makeDirectory({ 'in.ipynb': JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }) })
  const outcome = await polyrun(['notebook', 'run', 'in.ipynb', ...WHERE, '--output', 'out.ipynb'], { cwd: directory.path, env })
  expect(outcome.stderr).toMatch(/cell 3 of 3: succeeded/)
  expect(outcome.exitCode).toBe(0)
  const shown = parseNotebook(readFileSync(join(directory.path, 'out.ipynb'), 'utf8')).cells.flatMap((cell) =>
    cell.cell_type === 'code' ? cell.outputs : [],
  )
  expect(JSON.stringify(shown)).toContain('[1] 3')
  expect(shown.some((output) => 'data' in output && typeof output.data['image/png'] === 'string')).toBe(true)
})

test('a program runs in a kernel, and its exception is its exit code', async () => {
  using directory = makeDirectory({ 'main.py': 'import os, part\nprint(os.getuid(), part.word)\n1 / 0', 'part.py': 'word = "part"' })
  const outcome = await polyrun(['run', ...WHERE, 'main.py', 'part.py'], { cwd: directory.path, env })
  expect(outcome.stdout).toBe('10001 part\n')
  expect(outcome.stderr).toContain('ZeroDivisionError')
  expect(outcome.exitCode).toBe(1)
})
