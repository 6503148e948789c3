import type { Capability, ErrorCode, LanguageName } from '../core/index.ts'
import { BODIES } from './bodies/index.ts'
import { ContractContext, type Body } from './context.ts'
import { REQUIREMENTS, type Requirement, type RequirementId } from './requirements.ts'
import type { ExecutorSubject } from './subject.ts'

/** One test of the contract, for any test framework. */
export interface ContractCase {
  /** The requirement, or `language:<name>:<program>`. */
  readonly id: string
  /** The promise as a sentence. */
  readonly title: string
  /** Why the subject does not meet it. `run` then passes only while that is so. */
  readonly expectedFailure?: string
  /** Why it cannot be tried here. `run` then rejects with this; a framework should skip it by name. */
  readonly unavailable?: string
  /** Proves the promise on executors of its own, which are stopped when it settles. */
  run(options?: RunOptions): Promise<void>
}

/** Options of {@link ContractCase.run}. */
export interface RunOptions {
  /** Is told the code of each coded error that the executor threw as it should. */
  readonly onErrorCode?: (code: ErrorCode) => void
}

/** A case that takes longer than this hangs. */
const CASE_LIMIT_MS = 55_000

/**
 * The tests that an executor must pass: every requirement of its family whose capabilities it has. What it says it cannot do
 * is tested too: that it refuses.
 * @throws Error when `subject.exceptions` names no requirement that is tested
 */
export function executorContract(subject: ExecutorSubject): ContractCase[] {
  const capabilities = new Set(subject.capabilities)
  const cases = Object.entries<Requirement>(REQUIREMENTS)
    .filter(([, requirement]) => applies(requirement, subject, capabilities))
    .map(([id, requirement]) => {
      const missing = (requirement.languages ?? ['sh']).filter((language) => !subject.languages.includes(language))
      return toCase(subject, id, requirement.title, BODIES[id as RequirementId], whyUnavailable(subject, missing))
    })
  const ids = new Set(cases.map(({ id }) => id))
  const unknown = Object.keys(subject.exceptions ?? {}).filter((id) => !ids.has(id))
  if (unknown.length > 0) throw new Error(`${subject.name} makes exceptions of what is not tested on it: ${unknown.join(', ')}`)
  return cases
}

/** Makes a case of a body. For the suites of this package. */
export function toCase(subject: ExecutorSubject, id: string, title: string, body: Body, unavailable: string | undefined): ContractCase {
  const expectedFailure = subject.exceptions?.[id]
  return {
    id,
    title,
    ...(expectedFailure !== undefined && { expectedFailure }),
    ...(unavailable !== undefined && { unavailable }),
    async run({ onErrorCode = () => {} } = {}) {
      if (unavailable !== undefined) throw new Error(`${id} cannot be tried on ${subject.name}: ${unavailable}`)
      const failure = await outcomeOf(body, new ContractContext(subject, onErrorCode))
      if (expectedFailure === undefined) {
        if (failure) throw failure.error
      } else if (!failure) {
        throw new Error(`${id} holds on ${subject.name} now. Remove the exception: ${expectedFailure}`)
      }
    },
  }
}

function applies(requirement: Requirement, subject: ExecutorSubject, capabilities: ReadonlySet<Capability>): boolean {
  return requirement.families.includes(subject.family) && (requirement.needs ?? []).every((capability) => capabilities.has(capability))
}

function whyUnavailable(subject: ExecutorSubject, missing: readonly LanguageName[]): string | undefined {
  return missing.length === 0 ? undefined : `${subject.name} has no ${missing.join(' and no ')}`
}

/** Runs a body and stops its executors; what went wrong first counts. */
async function outcomeOf(body: Body, context: ContractContext): Promise<{ readonly error: unknown } | undefined> {
  let failure: { readonly error: unknown } | undefined
  try {
    await context.within(body(context), 'the test to be over', CASE_LIMIT_MS)
  } catch (error) {
    failure = { error }
  }
  try {
    await context.stopAll()
  } catch (error) {
    failure ??= { error }
  }
  return failure
}
