import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BUILTIN_LANGUAGES } from '../../src/languages/builtin/index.ts'
import { makeDirectory, polyrun, shell } from './polyrun.ts'

interface LanguageData {
  readonly name: string
  readonly available: boolean
  readonly programs?: Readonly<Record<string, string>>
  readonly missing?: { readonly tried: readonly string[]; readonly get: readonly string[] }
}

test('languages --json lists every language, with a program that exists or with how to get it', async () => {
  const { exitCode, stdout, stderr } = await polyrun(['languages', '--json'])
  const languages = JSON.parse(stdout) as LanguageData[]
  expect(languages.map(({ name }) => name)).toEqual(BUILTIN_LANGUAGES.map(({ name }) => name))
  expect(languages.find(({ name }) => name === 'javascript')).toMatchObject({ available: true })
  for (const { name, available, programs = {}, missing } of languages) {
    if (available)
      expect(
        Object.values(programs).filter((path) => !existsSync(path)),
        name,
      ).toEqual([])
    else
      expect(
        [missing?.tried.length, missing?.get.length].every((count) => Number(count) > 0),
        name,
      ).toBe(true)
  }
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test('languages as text says how many are here, and how to get the others', async () => {
  // A PATH with nothing but Node, and what the executor itself needs: every other language is missing.
  using directory = makeDirectory()
  symlinkSync(process.execPath, join(directory.path, 'node'))
  symlinkSync('/usr/bin/mkfifo', join(directory.path, 'mkfifo'))
  const { exitCode, stdout, stderr } = await polyrun(['languages'], { env: { PATH: directory.path } })
  expect(stdout).toMatch(/^\d+ of \d+ languages are here \(local\)\.\n {2}javascript +\.js \.mjs \.cjs +\/\S+\n/)
  expect(stdout).toMatch(/\n {2}ruby +ruby +apt-get install ruby\n/)
  expect(stdout).not.toMatch(/[ \t]\n/)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test('doctor says what holds on this machine and through what', async () => {
  const { exitCode, stdout, stderr } = await polyrun(['doctor'])
  expect(stdout).toContain(process.version)
  expect(stdout).toMatch(/\nlocal .*: available\n/)
  expect(stdout).toMatch(/\n {2}--isolation auto +(bubblewrap|none) +\S/)
  expect(stdout).toMatch(/\n {2}ending a tree +\S/)
  expect(stdout).toMatch(/\n {2}memory-limit +(kernel|best effort|not here) +\S/)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test('doctor --json has the same as data', async () => {
  const { stdout } = await polyrun(['doctor', '--json'])
  const [local] = (JSON.parse(stdout) as { executors: { holds: { capability: string; strength: string; through: string }[] }[] }).executors
  expect(local).toMatchObject({ name: 'local', status: 'available' })
  expect(local?.holds.find(({ capability }) => capability === 'open-files-limit')).toEqual({
    capability: 'open-files-limit',
    strength: 'kernel',
    through: 'RLIMIT_NOFILE',
  })
})

test('doctor says why there is no engine, and so does a run', async () => {
  using directory = makeDirectory({ 'main.sh': 'echo ran' })
  const options = { cwd: directory.path, env: { DOCKER_HOST: `unix://${join(directory.path, 'none.sock')}` } }
  const { exitCode, stdout } = await polyrun(['doctor'], options)
  expect(stdout).toMatch(/\ndocker .*: unavailable\n {2}\S.*No Docker engine answers at unix:\/\/\/.*none\.sock.*DOCKER_HOST[^\n]*\n/)
  expect(exitCode).toBe(0)
  const run = await polyrun(['run', '--executor', 'docker', 'main.sh'], options)
  expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^polyrun: [^\n]*none\.sock[^\n]*\n$/) as string })
})

test('a reader that leaves early is no crash', async () => {
  const outcome = await shell('polyrun languages | head -1 >/dev/null; polyrun doctor | true')
  expect(outcome).toMatchObject({ stdout: '', stderr: '' })
})
