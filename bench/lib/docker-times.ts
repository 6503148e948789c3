import type { Interleaved } from './interleave.ts'
import { comparePairs, summarize, type Comparison } from './statistics.ts'
import { milliseconds, spread } from './words.ts'

/** What a program takes through an executor, as a command that the engine starts in a container, and without a container. */
export interface DockerTimes {
  readonly samples: Interleaved
  readonly exec: Comparison
  /** Against a bare spawn; absent where none can be made, or none was asked for. */
  readonly bare?: BareComparison
  /** Why there is no bare spawn, where one was asked for. */
  readonly whyNoBare?: string
  readonly details: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

/** What a bare spawn takes, and what it would without chroot(1), which nobody who runs a program on his machine needs. */
export interface BareComparison {
  /** p50 of the subject over p50 of the bare spawn less what chroot(1) takes. */
  readonly ratio: number
  readonly chrootMs: number
}

/** Says what samples of `exec` and `polyrun`, and perhaps of `bare`, `chroot` and `plain`, come to. */
export function describeTimes(samples: Interleaved): DockerTimes {
  const { exec = [], polyrun = [] } = samples
  const [ours, engines] = [summarize(polyrun), summarize(exec)]
  const compared = comparePairs(exec, polyrun)
  const without = describeBare(samples)
  return {
    samples,
    exec: compared,
    ...(without && { bare: without.compared }),
    details: [
      `exec ${spread(engines)}, polyrun ${spread(ours)}, ${polyrun.length} rounds; p50 of the pairs ${compared.pairRatio.toFixed(3)}x`,
      ...(without ? [without.detail] : []),
    ],
    figures: {
      execP50Ms: engines.p50,
      polyrunP50Ms: ours.p50,
      polyrunP95Ms: ours.p95,
      execRatioTimes: compared.ratio,
      ...without?.figures,
    },
  }
}

interface BareDescription {
  readonly compared: BareComparison
  readonly detail: string
  readonly figures: Readonly<Record<string, number>>
}

function describeBare({ bare, chroot, plain, polyrun = [] }: Interleaved): BareDescription | undefined {
  if (bare === undefined || chroot === undefined || plain === undefined) return undefined
  const times = summarize(bare)
  const chrootMs = Math.max(0, comparePairs(plain, chroot).difference)
  const ratio = summarize(polyrun).p50 / (times.p50 - chrootMs)
  const detail = `bare spawn ${spread(times)}, of which chroot ${milliseconds(chrootMs)}, which the ratio leaves out; with it ${comparePairs(bare, polyrun).ratio.toFixed(2)}x`
  return { compared: { ratio, chrootMs }, detail, figures: { bareP50Ms: times.p50, chrootMs, bareRatioTimes: ratio } }
}
