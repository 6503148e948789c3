import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analyze, byUrl, interrupt, plot } from '../../docs/examples/jupyter.ts'
import { noJupyter, virtualEnv } from '../support/jupyter-executor.ts'
import { startPlainServer, type PlainServer } from '../support/jupyter-server.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

skipBecause(noJupyter)
let server: PlainServer | undefined
beforeAll(async () => {
  server = await startPlainServer(virtualEnv)
}, 130_000)
afterAll(() => server?.stop())

test('a data frame over three calls', async () => {
  expect(await analyze(virtualEnv)).toBe('7\n')
})

test('a plot', async () => {
  const path = join(scratchDirectory(), 'plot.png')
  const png = await plot(virtualEnv, path)
  expect(readFileSync(path).equals(png)).toBe(true)
  expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG')
})

test('an interrupted cell', async () => {
  expect(await interrupt(virtualEnv)).toBe('trained for an hour\n')
})

test('a server by URL', async () => {
  expect(await byUrl(server?.url ?? '', server?.token ?? '')).toBe('42')
})
