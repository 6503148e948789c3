import type { Capability } from '../../../core/index.ts'
import type { CgroupHost } from '../../../engine/index.ts'

const CONTROLLERS = { 'memory-limit': 'memory', 'memory-swap-limit': 'memory', 'cpu-limit': 'cpu', 'pids-limit': 'pids' } as const

/** What kernels of this machine can be held to: each has a cgroup of its own where one can be made. */
export function holdsOf(cgroups: CgroupHost | undefined): ReadonlySet<Capability> {
  const held = Object.entries(CONTROLLERS).filter(([, controller]) => cgroups?.parents.has(controller))
  return new Set<Capability>([...held.map(([capability]) => capability as Capability), 'open-files-limit'])
}

export function explainMissing(capability: Capability, cgroups: CgroupHost | undefined): string {
  if (!(capability in CONTROLLERS))
    return 'a kernel of this machine works with all your rights; see the executors that run it in a container'
  return cgroups === undefined
    ? 'no cgroup can be made here, and a kernel lives too long to be watched from outside'
    : `the cgroup ${CONTROLLERS[capability as keyof typeof CONTROLLERS]} controller is not ours to use`
}
