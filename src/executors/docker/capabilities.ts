import type { Capability } from '../../core/index.ts'
import type { DockerSettings } from './settings.ts'

const ALWAYS: readonly Capability[] = [
  'stdin',
  'memory-limit',
  'memory-swap-limit',
  'cpu-limit',
  'pids-limit',
  'open-files-limit',
  'file-isolation',
]

/** What an executor with these settings can do. */
export function capabilitiesOf({ network, workDirIsVolume }: DockerSettings): ReadonlySet<Capability> {
  return new Set<Capability>([
    ...ALWAYS,
    ...(workDirIsVolume ? [] : (['disk-limit'] as const)),
    ...(network === 'none' ? (['network-isolation'] as const) : []),
  ])
}

/** Why one of them is missing. */
export function explainMissing(capability: Capability): string {
  if (capability === 'disk-limit') return 'the working directory is a volume, whose size is not ours to limit'
  if (capability === 'network-isolation') return "network is not 'none'"
  return 'containers have no means for it'
}
