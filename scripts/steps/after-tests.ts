import { errorCodeGaps } from '../lib/error-coverage.ts'
import { readEvidence } from '../lib/evidence.ts'
import { NO_ACCOUNT } from '../lib/no-account.ts'
import { unmetRequirements } from '../lib/requirements.ts'
import type { Step, StepOutcome } from '../lib/step.ts'

/** Every row of the error table was thrown by some test. */
export const errorCodesStep: Step = {
  name: 'every error code is thrown',
  async run({ evidence }) {
    // Imported here so that a source file that does not load fails this step and not the whole run.
    const { ERROR_CODES } = await import('../../src/core/index.ts')
    const { CODES_OF_EXECUTORS } = await import('../../test/support/codes-of-executors.ts')
    return fromProblems(errorCodeGaps(Object.keys(ERROR_CODES), await readEvidence(evidence), CODES_OF_EXECUTORS))
  },
}

/** What `POLYRUN_REQUIRE` names was exercised. */
export const requirementsStep: Step = {
  name: 'what is required was exercised',
  async run({ evidence, required }) {
    return fromProblems(unmetRequirements(required, await readEvidence(evidence)))
  },
}

/** A run that must leave nothing out has no skipped test, but for those that need an account. */
export const noSkipsStep: Step = {
  name: 'no test is skipped in CI',
  run({ ci, finished }) {
    const all = finished.flatMap(({ outcome }) => outcome.tests?.skipped ?? [])
    const skipped = all.filter(({ reason }) => !reason.startsWith(NO_ACCOUNT))
    return Promise.resolve(fromProblems(ci ? skipped.map(({ name, reason }) => `${name} was skipped: ${reason}`) : []))
  },
}

function fromProblems(problems: readonly string[]): StepOutcome {
  return { ok: problems.length === 0, output: problems.join('\n') }
}
