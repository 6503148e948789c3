/** One part of `npm test`. */
export interface Step {
  readonly name: string
  readonly run: (context: StepContext) => Promise<StepOutcome>
}

/** What the steps of one run share. */
export interface StepContext {
  /** A private temporary directory, removed after the run. */
  readonly temp: string
  /** The directory where the tests record what they exercised. */
  readonly evidence: string
  /** Whether this is a run that must leave nothing out. */
  readonly ci: boolean
  /** `POLYRUN_REQUIRE`: what must have been exercised. */
  readonly required: string
  /** The steps before this one. */
  readonly finished: readonly FinishedStep[]
}

/** What came of a step. The counts are those of tests inside it; the step itself counts as one more. */
export interface StepOutcome {
  readonly ok: boolean
  /** Everything it said; shown when it failed. */
  readonly output: string
  /** What is worth telling although it went well. */
  readonly notes?: readonly string[]
  readonly tests?: TestCounts
}

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  /** What failed, by name, and the beginning of why. */
  readonly failures: readonly FailedTest[]
  readonly skipped: readonly SkippedTest[]
}

export interface SkippedTest {
  readonly name: string
  readonly reason: string
}

export interface FailedTest {
  readonly name: string
  readonly message: string
}

export interface FinishedStep {
  readonly name: string
  readonly outcome: StepOutcome
}
