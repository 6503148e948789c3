import type { Interleaved } from './interleave.ts'

/** One line of the benchmark's table: a figure, and how it is measured. */
export interface BenchRow {
  /** What `--only` takes. */
  readonly name: string
  /** What is measured, for the table. */
  readonly what: string
  /** The figure to be reached, in words; absent where there is none and the row only informs. */
  readonly target?: string
  /** How often it is measured when nothing else is said. */
  readonly rounds: number
  /** The count is part of the figure, and `--rounds` does not change it. */
  readonly fixed?: boolean
  /** Flags of the Node process in which the row runs. Every row has one of its own. */
  readonly nodeFlags?: readonly string[]
  run(rounds: number): Promise<Measurement>
}

/** What a row found. */
export interface Measurement {
  /** The measured figure, in the words of the target. */
  readonly measured: string
  /** Whether the target was reached; absent without a target, or when it could not be measured. */
  readonly met?: boolean
  /** Why it could not be measured here. */
  readonly unavailable?: string
  /** What a reader needs to judge the figure, one sentence or list of numbers each. */
  readonly details: readonly string[]
  /** Every number, by a name that ends in its unit. */
  readonly figures: Readonly<Record<string, number>>
  /** The single measurements behind the figures. */
  readonly samples?: Interleaved
}

/** What a row says that cannot be measured on this machine. */
export function unavailable(why: string): Measurement {
  return { measured: '-', unavailable: why, details: [], figures: {} }
}
