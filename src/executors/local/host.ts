import { findCgroups, type CgroupHost } from '../../engine/host/cgroup-host.ts'
import { whyNotSandboxed } from './bubblewrap.ts'
import { findOnPath } from '../../engine/host/environment.ts'

/** What this machine has for holding programs; found out by trying. */
export interface LocalHost {
  /** As `process.platform`. */
  readonly platform: string
  /** Where cgroups can be made, or `undefined`. */
  readonly cgroups: CgroupHost | undefined
  /** The bubblewrap program, or `undefined`. */
  readonly bubblewrap: string | undefined
  /** Why bubblewrap cannot be used; `undefined` when it can. Tries it, which takes some milliseconds. */
  whyNoSandbox(): string | undefined
}

/** Looks at this machine. */
export function inspectHost(): LocalHost {
  const linux = process.platform === 'linux'
  const bubblewrap = linux ? findOnPath('bwrap', process.env['PATH'] ?? '/usr/bin:/bin', '/') : undefined
  return {
    platform: process.platform,
    cgroups: linux ? findCgroups() : undefined,
    bubblewrap,
    whyNoSandbox: () => (linux ? whyNotSandboxed(bubblewrap) : 'bubblewrap exists on Linux only'),
  }
}

/** This machine as a POSIX system without Linux's means: process groups, markers and sampling hold programs. For tests. */
export function portableHost(): LocalHost {
  return { platform: process.platform, cgroups: undefined, bubblewrap: undefined, whyNoSandbox: () => 'left out on purpose' }
}
