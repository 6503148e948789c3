import type { Capability } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import { holdsOf, inspectHost, LocalCodeExecutor, type Hold, type LocalHost } from '../../executors/local/index.ts'
import { invalid } from '../errors.ts'
import type { ExecutorAdapter, ExecutorReport, Fact, HoldReport } from '../executors.ts'
import { given } from '../given.ts'

/** The local executor on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, workDir, isolation, network }, { warn }) {
    if (isolation === undefined) {
      warn('no isolation: the program can do whatever you can (--isolation auto confines it, --isolation none hides this)')
    }
    return new LocalCodeExecutor({
      ...given({ timeoutMs, limits, workDir }),
      ...(network !== undefined && { network: readNetwork(network) }),
      isolation: isolation ?? 'none',
      concurrency: 1,
    })
  },
  async examine(): Promise<ExecutorReport> {
    const host = inspectHost()
    try {
      await using executor = new LocalCodeExecutor({ isolation: 'auto' }, host)
      await executor.start()
    } catch (error) {
      return { status: 'unavailable', reason: messageOf(error) }
    }
    return { status: 'available', facts: [isolationOf(host), treeEndOf(host)], holds: reportHolds(host) }
  },
}

function readNetwork(name: string): 'none' | 'host' {
  if (name === 'none' || name === 'host') return name
  throw invalid(
    '--network',
    name,
    `--network ${name} is no network of the local executor. It knows none and host; others are for --executor docker.`,
  )
}

function isolationOf(host: LocalHost): Fact {
  const missing = host.whyNoSandbox()
  const name = '--isolation auto'
  if (missing !== undefined) return { name, value: 'none', because: missing }
  return { name, value: 'bubblewrap', because: `${host.bubblewrap ?? 'bwrap'} works: no home, no network, a system that is read-only` }
}

function treeEndOf({ cgroups, platform }: LocalHost): Fact {
  const name = 'ending a tree'
  if (cgroups !== undefined) {
    return { name, value: 'cgroup', because: `made in ${cgroups.parents.get('kill') ?? 'no known place'}` }
  }
  const value = platform === 'win32' ? 'the means of Windows' : 'process groups, and a marker in the environment'
  return { name, value, because: 'no cgroup can be made here' }
}

function reportHolds(host: LocalHost): readonly HoldReport[] {
  const limits = Object.entries(holdsOf(host)) as [Capability, Hold][]
  const missing = host.whyNoSandbox()
  const sandbox: Omit<HoldReport, 'capability'> =
    missing === undefined ? { strength: 'kernel', through: 'bubblewrap (--isolation)' } : { strength: 'not here', through: missing }
  return [
    ...limits.map(([capability, hold]) => ({ capability, ...hold })),
    { capability: 'file-isolation', ...sandbox },
    { capability: 'network-isolation', ...sandbox },
  ]
}
