import type { Capability } from '../../core/index.ts'
import type { EngineFacts, EngineLimit } from './engine-facts.ts'

/** One thing that the docker executor holds on an engine, and through what. */
export interface Hold {
  readonly strength: 'kernel' | 'not here'
  /** The means, or what is missing. */
  readonly through: string
}

/** What an engine holds of the limits and of what keeps programs apart, with the executor's own settings. */
export function holdsOf({ limits, cgroupVersion, mapsUsers }: EngineFacts): Readonly<Partial<Record<Capability, Hold>>> {
  const cgroup = (limit: EngineLimit, controller: string): Hold =>
    limits[limit]
      ? { strength: 'kernel', through: `${controller} controller of cgroup version ${cgroupVersion}` }
      : { strength: 'not here', through: `the engine cannot use the cgroup controller ${controller}, see docker info` }
  const users = mapsUsers ? ', and users that are nobody outside' : ''
  return {
    'memory-limit': cgroup('MemoryLimit', 'memory'),
    'memory-swap-limit': cgroup('SwapLimit', 'memory'),
    'cpu-limit': cgroup('CpuCfsQuota', 'cpu'),
    'pids-limit': cgroup('PidsLimit', 'pids'),
    'disk-limit': { strength: 'kernel', through: 'the sizes of /workspace and /tmp, which are in memory (tmpfs); not with --workdir' },
    'open-files-limit': { strength: 'kernel', through: 'RLIMIT_NOFILE' },
    'file-isolation': {
      strength: 'kernel',
      through: `a mount namespace with a read-only root, no capabilities, no rights of root${users}`,
    },
    'network-isolation': { strength: 'kernel', through: 'a network namespace with nothing in it; not with --network' },
  }
}
