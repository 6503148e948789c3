import { beforeAll, describe, test } from 'vitest'
import type { ContractCase } from '../../src/testing/index.ts'
import { recordErrorCode, recordSubject, type SubjectRecord } from '../support/evidence.ts'

/** More than a case allows itself, so that its own message is what is seen. */
const TEST_LIMIT_MS = 90_000

/** Registers contract cases with vitest, and tells the summary that they were exercised. */
export function registerContract(
  { kind, name }: Pick<SubjectRecord, 'kind' | 'name'>,
  cases: readonly ContractCase[],
  timeScale = 1,
): void {
  describe(name, () => {
    beforeAll(() => recordSubject({ kind, name, status: 'exercised' }))
    for (const each of cases) {
      const title = `${each.id}: ${each.title}${each.expectedFailure === undefined ? '' : ` [expected to fail: ${each.expectedFailure}]`}`
      test(title, { timeout: TEST_LIMIT_MS * timeScale }, async (context) => {
        if (each.unavailable !== undefined) return context.skip(each.unavailable)
        await each.run({ onErrorCode: recordErrorCode })
      })
    }
  })
}

/** Registers one skipped test for a subject that is not there, and tells the summary why. */
export function registerUnavailable({ kind, name }: Pick<SubjectRecord, 'kind' | 'name'>, reason: string): void {
  recordSubject({ kind, name, status: 'unavailable', reason })
  describe(name, () => {
    test('is available', (context) => context.skip(reason))
  })
}
