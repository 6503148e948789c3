import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { analyze, plot, published } from '../../docs/examples/docker-jupyter.ts'
import { needKernelEngine } from '../support/docker-jupyter.ts'
import { scratchDirectory } from '../support/world.ts'

const engine = await needKernelEngine()
const before = process.env['DOCKER_HOST']
process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`

afterAll(() => {
  if (before === undefined) delete process.env['DOCKER_HOST']
  else process.env['DOCKER_HOST'] = before
})

test('a data frame over three calls', async () => {
  expect(await analyze()).toBe('7\n')
})

test('a plot', async () => {
  const path = join(scratchDirectory(), 'plot.png')
  const png = await plot(path)
  expect(readFileSync(path).equals(png)).toBe(true)
  expect(Buffer.from(png).subarray(1, 4).toString('latin1')).toBe('PNG')
})

test('a port', async () => {
  expect(await published('a-token-of-the-docs-0123456789')).toBe('42')
})
