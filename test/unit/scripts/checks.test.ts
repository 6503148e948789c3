import { expect, test } from 'vitest'
import { mayProvision, missingPackages, unknownPackages } from '../../../scripts/lib/debian-packages.ts'
import { isCi } from '../../../scripts/lib/environment.ts'
import { errorCodeGaps } from '../../../scripts/lib/error-coverage.ts'
import type { Evidence } from '../../../scripts/lib/evidence.ts'
import { NO_ACCOUNT } from '../../../scripts/lib/no-account.ts'
import { unmetRequirements } from '../../../scripts/lib/requirements.ts'
import { noSkipsStep } from '../../../scripts/steps/after-tests.ts'

const evidence: Evidence = {
  executors: [
    { name: 'local (isolation none)', status: 'exercised' },
    { name: 'local (bubblewrap)', status: 'unavailable', reason: 'bwrap is not installed' },
  ],
  languages: [
    { name: 'c', status: 'exercised' },
    { name: 'zig', status: 'unavailable', reason: 'zig was not found' },
  ],
  checks: [{ name: 'description (validator)', status: 'exercised' }],
  errorCodes: [],
}

test('what is required and was exercised is fine', () => {
  expect(unmetRequirements('', evidence)).toEqual([])
  expect(unmetRequirements('local, c,languages:1,validator', evidence)).toEqual([])
})

test('what is required and was not exercised is told with the reason', () => {
  expect(unmetRequirements('bubblewrap,zig,languages:2,cgroup', evidence)).toEqual([
    'bubblewrap must be exercised, and local (bubblewrap) is unavailable because bwrap is not installed',
    'zig must be exercised, and zig is unavailable because zig was not found',
    '2 languages must be exercised, and 1 were',
    'cgroup must be exercised, and no test recorded it',
  ])
})

test('an error code is thrown by a test, unless the executor that throws it is not here', () => {
  const seen = { ...evidence, errorCodes: ['THROWN'] }
  const owners = { OF_LOCAL: 'local (isolation none)', OF_BUBBLEWRAP: 'local (bubblewrap)' }
  const gaps = errorCodeGaps(['THROWN', 'FORGOTTEN', 'OF_LOCAL', 'OF_BUBBLEWRAP'], seen, owners)
  expect(gaps).toEqual([expect.stringMatching(/^FORGOTTEN /), expect.stringMatching(/^OF_LOCAL /)])
})

test('a skipped test is a failure in CI only', async () => {
  const tests = { passed: 0, failed: 0, failures: [], skipped: [{ name: 'a', reason: 'b' }] }
  const context = { temp: '', evidence: '', required: '', finished: [{ name: 'tests', outcome: { ok: true, output: '', tests } }] }
  expect((await noSkipsStep.run({ ...context, ci: false })).ok).toBe(true)
  expect(await noSkipsStep.run({ ...context, ci: true })).toEqual({ ok: false, output: 'a was skipped: b' })
  const live = { passed: 0, failed: 0, failures: [], skipped: [{ name: 'a', reason: `${NO_ACCOUNT}b` }] }
  const finished = [{ name: 'tests', outcome: { ok: true, output: '', tests: live } }]
  expect(await noSkipsStep.run({ ...context, finished, ci: true })).toEqual({ ok: true, output: '' })
})

test.each([
  [undefined, false],
  ['', false],
  ['0', false],
  ['false', false],
  ['1', true],
  ['true', true],
])('CI=%s means %s', (value, expected) => {
  expect(isCi({ CI: value })).toBe(expected)
})

test('a package counts as installed only when dpkg says so', () => {
  const packages = ['here', 'removed', 'unknown'].map((name) => ({ package: name, brings: name }))
  expect(missingPackages(packages, 'here installed\nremoved config-files\n').map((one) => one.package)).toEqual(['removed', 'unknown'])
})

test('nothing is installed without root or without being asked', () => {
  expect(mayProvision({ uid: 0, ci: true, asked: false })).toBe(true)
  expect(mayProvision({ uid: 0, ci: false, asked: true })).toBe(true)
  expect(mayProvision({ uid: 0, ci: false, asked: false })).toBe(false)
  expect(mayProvision({ uid: 1000, ci: true, asked: true })).toBe(false)
  expect(mayProvision({ uid: undefined, ci: true, asked: true })).toBe(false)
})

test('reads which packages apt does not have', () => {
  const output =
    "Reading...\nE: Unable to locate package one\nE: Package 'two' has no installation candidate\nE: Couldn't find any package by glob 'one'\n"
  expect(unknownPackages(output)).toEqual(['one', 'two'])
})
