import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXECUTORS } from '../../src/cli/executors.ts'
import { LANGUAGE_NAMES } from '../../src/core/index.ts'
import { BUILTIN_LANGUAGES } from '../../src/languages/builtin/index.ts'
import { LITTLE_PROGRAMS } from '../../src/testing/index.ts'

/** Holds the two checklists of docs/contributing.md, one sentence for each thing that was forgotten. */
const provisioned = readFileSync('scripts/provision/debian.json', 'utf8')
const executors = readdirSync('src/executors')
const readme = readFileSync('README.md', 'utf8')

/** Rows whose programs Debian 12 does not have, so that no test machine of ours can be given them. */
const NOT_IN_DEBIAN = ['powershell', 'julia', 'zig', 'swift', 'dart', 'typescript', 'javascript', 'kotlin', 'scala']

function forgottenOfLanguage(name: string): string[] {
  const row = BUILTIN_LANGUAGES.find((language) => language.name === name)
  return [
    row ? undefined : 'a row in src/languages/builtin/',
    LITTLE_PROGRAMS[name] ? undefined : 'its little programs in src/testing/programs/',
    NOT_IN_DEBIAN.includes(name) || row?.packages.debian?.some((each) => provisioned.includes(`"${each}"`))
      ? undefined
      : 'its Debian package in scripts/provision/debian.json',
  ].filter((each) => each !== undefined)
}

function forgottenOfExecutor(name: string): string[] {
  return [
    name in EXECUTORS ? undefined : 'a row in src/cli/executors.ts',
    existsSync(`test/contract/${name}.test.ts`) ? undefined : 'a file in test/contract/',
    existsSync(`docs/executors/${name}.md`) ? undefined : 'a page in docs/executors/',
    readme.includes(`docs/executors/${name}.md`) ? undefined : 'a line in the table of the README',
  ].filter((each) => each !== undefined)
}

test('the checklists see what is there', () => {
  expect(LANGUAGE_NAMES.length).toBeGreaterThan(30)
  expect(executors).toContain('local')
})

test('the checklists name what is missing', () => {
  expect(forgottenOfLanguage('klingon')).toHaveLength(3)
  expect(forgottenOfExecutor('moon')).toHaveLength(4)
})

test.each(LANGUAGE_NAMES)('nothing was forgotten of the language %s', (name) => {
  expect(forgottenOfLanguage(name)).toEqual([])
})

test.each(executors)('nothing was forgotten of the executor %s', (name) => {
  expect(forgottenOfExecutor(name)).toEqual([])
})
