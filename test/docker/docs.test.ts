import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { analyze, fromDockerfile, isolated, preloaded, useFiles, workInContainer } from '../../docs/examples/docker.ts'
import { dockerEngine } from '../support/docker.ts'
import { BASE_IMAGE } from '../support/engines/base-image.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

/** The examples of the docs take the image that is built when it is first needed. */
const LIMIT_MS = 10 * 60_000
const engine = await dockerEngine()
const before = process.env['DOCKER_HOST']
if ('socketPath' in engine) process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
skipBecause('unavailable' in engine ? engine.unavailable : undefined)

afterAll(() => {
  if (before === undefined) delete process.env['DOCKER_HOST']
  else process.env['DOCKER_HOST'] = before
})

test('the first example', { timeout: LIMIT_MS }, async () => {
  expect(await analyze()).toBe('[3 5 7]\n')
})

test('files of this machine', { timeout: LIMIT_MS }, async () => {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'data.csv'), 'a,b\n1,2\n')
  expect(await useFiles(directory)).toBe('2\n')
  expect(readFileSync(join(directory, 'count.txt'), 'utf8')).toBe('2\n')
})

test('preloaded modules', { timeout: LIMIT_MS }, async () => {
  expect(await preloaded()).toBe('2.0\n')
})

test('a fresh container for every call', { timeout: LIMIT_MS }, async () => {
  expect(await isolated()).toEqual([])
})

test('an image out of a Dockerfile, with arguments, and a variable of this process', { timeout: LIMIT_MS }, async () => {
  const context = scratchDirectory()
  writeFileSync(join(context, 'Dockerfile'), `FROM ${BASE_IMAGE}\nARG GREETING\nRUN echo "$GREETING" >/greeting\n`)
  process.env['API_KEY'] = 'a-key'
  try {
    expect(await fromDockerfile(context)).toBe('hello\na-key\n')
  } finally {
    delete process.env['API_KEY']
  }
})

test('files and commands in a container', { timeout: LIMIT_MS }, async () => {
  const directory = scratchDirectory()
  expect(await workInContainer(directory)).toBe('0 report.txt')
  expect(readFileSync(join(directory, 'report.txt'), 'utf8')).toBe('42')
})
