import type { Capability } from '../../core/index.ts'
import { isVersion2 } from '../../engine/host/cgroup-host.ts'
import type { LocalHost } from './host.ts'
import type { LocalSettings } from './options.ts'

/** How strongly something is held. */
export type Strength = 'kernel' | 'best effort' | 'not here'

/** One thing that the local executor holds on a machine, and through what. */
export interface Hold {
  readonly strength: Strength
  /** The means, or what is missing. */
  readonly through: string
}

/** What a machine can hold of the limits, the same table for options, errors and `polyrun doctor`. */
export function holdsOf(host: LocalHost): Readonly<Partial<Record<Capability, Hold>>> {
  const { cgroups, platform } = host
  const posix = platform !== 'win32'
  const cgroup = (controller: 'memory' | 'cpu' | 'pids', otherwise: Hold): Hold => {
    const parent = cgroups?.parents.get(controller)
    return parent === undefined
      ? otherwise
      : { strength: 'kernel', through: `${controller} controller of cgroup version ${isVersion2(parent) ? 2 : 1}` }
  }
  const missing = (what: string): Hold => ({
    strength: 'not here',
    through: cgroups ? `the cgroup ${what} controller is not ours to use` : 'no cgroup can be made here',
  })
  const onPosix = (hold: Hold): Hold => (posix ? hold : { strength: 'not here', through: 'not on Windows' })
  return {
    'memory-limit': cgroup('memory', onPosix({ strength: 'best effort', through: 'watching the resident memory of the process tree' })),
    'memory-swap-limit': cgroup('memory', missing('memory')),
    'cpu-limit': cgroup('cpu', missing('cpu')),
    'pids-limit': cgroup('pids', missing('pids')),
    'disk-limit': onPosix({ strength: 'best effort', through: 'a kernel limit per file, and watching the size of the working directory' }),
    'open-files-limit': onPosix({ strength: 'kernel', through: 'RLIMIT_NOFILE' }),
  }
}

export function capabilitiesOf(host: LocalHost, settings: LocalSettings): ReadonlySet<Capability> {
  const held = (Object.entries(holdsOf(host)) as [Capability, Hold][])
    .filter(([, { strength }]) => strength !== 'not here')
    .map(([capability]) => capability)
  const sandboxed: Capability[] =
    settings.isolation === 'bubblewrap' ? ['file-isolation', ...(settings.network === 'none' ? (['network-isolation'] as const) : [])] : []
  return new Set<Capability>(['stdin', ...held, ...sandboxed])
}

export function explainMissing(capability: Capability, host: LocalHost): string {
  return holdsOf(host)[capability]?.through ?? 'the local executor has no means for it'
}
