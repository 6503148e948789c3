import type { Capability } from '../../core/index.ts'

/** What both ways of use can do. */
export const CAPABILITIES: ReadonlySet<Capability> = new Set(['stdin', 'memory-limit', 'cpu-limit', 'open-files-limit'])

const MISSING: Readonly<Partial<Record<Capability, string>>> = {
  'pids-limit':
    'Azure Container Instances have no limit of processes; the group has a machine of its own, so that only its own run suffers',
  'disk-limit': 'Azure Container Instances have no limit of disk but 50 GB for a group',
  'memory-swap-limit': 'container groups have no swap, so that limits.memory is all there is',
  'network-isolation': 'a group without a virtual network always reaches the internet; give subnetIds and cut it there',
}

/** Why one of them is missing. */
export function explainMissing(capability: Capability): string {
  return MISSING[capability] ?? 'Azure Container Instances have no means for it'
}
