import type { DockerTimes } from './docker-times.ts'
import type { Measurement } from './row.ts'

/** The most that a program through an executor may take, in shares of what others take. */
export interface Bounds {
  readonly exec: number
  /** Absent where the row says nothing about it. */
  readonly bare?: number
}

/** The bounds in words. */
export function wordBounds({ exec, bare }: Bounds): string {
  return [`<= ${exec.toFixed(2)}x p50 of exec`, ...(bare === undefined ? [] : [`<= ${bare}x p50 of the bare spawn`])].join(', ')
}

/** Judges times. Where only the bare spawn is missing, and nothing was missed, the row was not measured in full, and says so. */
export function judge({ exec, bare, whyNoBare, details, figures, samples }: DockerTimes, bounds: Bounds): Measurement {
  const tells = [`${exec.ratio.toFixed(3)}x of exec`, ...(bare ? [`${bare.ratio.toFixed(2)}x of the bare spawn`] : [])]
  const isMissed = exec.ratio > bounds.exec || (bounds.bare !== undefined && bare !== undefined && bare.ratio > bounds.bare)
  return {
    measured: tells.join(', '),
    met: !isMissed,
    ...(whyNoBare !== undefined && !isMissed && { unavailable: `no bare spawn to compare with: ${whyNoBare}` }),
    details,
    figures,
    samples,
  }
}
