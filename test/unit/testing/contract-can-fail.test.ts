import assert from 'node:assert/strict'
import { afterEach, describe, expect, test } from 'vitest'
import { CAPABILITIES } from '../../../src/core/index.ts'
import { executorContract, FaultyExecutor, REQUIREMENTS, type ContractCase, type ExecutorSubject } from '../../../src/testing/index.ts'
import { cleanUp } from './broken-backends.ts'
import { SABOTAGES } from './sabotages.ts'

/** Requirements that an executor meets which says yes to everything and does nothing. */
const MET_BY_DOING_NOTHING: readonly string[] = ['capabilities:refused']

const subjectOf = (subject: Pick<ExecutorSubject, 'name' | 'create'> & Partial<ExecutorSubject>): ExecutorSubject => ({
  family: 'command',
  languages: ['sh', 'python'],
  capabilities: ['stdin'],
  ...subject,
})

const failureOf = (each: ContractCase): Promise<unknown> =>
  each.run().then(
    () => undefined,
    (error: unknown) => error,
  )

afterEach(cleanUp)

describe('a requirement goes red', () => {
  for (const [name, { create, red, capabilities, timeScale }] of Object.entries(SABOTAGES)) {
    test(`for a backend that ${name}`, { timeout: 300_000 }, async () => {
      const subject = subjectOf({
        name,
        create: (options = {}) => create(options),
        ...(capabilities && { capabilities }),
        ...(timeScale !== undefined && { timeScale }),
      })
      const cases = executorContract(subject).filter(({ id }) => (red as readonly string[]).includes(id))
      expect(cases.map(({ id }) => id).toSorted()).toEqual(red.toSorted())
      const failures = await Promise.all(cases.map(async (each) => ({ id: each.id, failure: await failureOf(each) })))
      expect(
        failures.filter(({ failure }) => failure === undefined).map(({ id }) => id),
        'requirements that did not notice',
      ).toEqual([])
    })
  }

  test('for an executor that says yes to everything and does nothing', { timeout: 300_000 }, async () => {
    const create = (): FaultyExecutor => new FaultyExecutor({}, { capabilities: CAPABILITIES })
    const cases = executorContract(subjectOf({ name: 'yes', create, capabilities: CAPABILITIES.slice(0, -1), timeScale: 0.1 }))
    const failures = await Promise.all(cases.map(async (each) => ({ id: each.id, failure: await failureOf(each) })))
    for (const { failure } of failures) if (failure !== undefined) assert.ok(failure instanceof Error)
    expect(failures.filter(({ failure }) => failure === undefined).map(({ id }) => id)).toEqual(MET_BY_DOING_NOTHING)
  })

  test('each of them, for one sabotage at least', () => {
    const proven = new Set<string>(Object.values(SABOTAGES).flatMap(({ red }) => red))
    const unproven = Object.keys(REQUIREMENTS).filter((id) => !proven.has(id))
    expect(unproven.filter((id) => MET_BY_DOING_NOTHING.includes(id))).toEqual([])
  })
})
