import type { Capability } from '../../core/index.ts'
import { E2BCodeExecutor } from '../../executors/e2b/index.ts'
import { examineE2B } from '../../executors/e2b/examine.ts'
import { describeError, invalid } from '../errors.ts'
import type { ExecutorAdapter, ExecutorReport, HoldReport } from '../executors.ts'
import { given } from '../given.ts'

/** The e2b executor on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, workDir, network, image }) {
    if (workDir !== undefined) {
      throw invalid('--workdir', workDir, '--workdir is a directory of this machine, which a sandbox of E2B does not see. Leave it out.')
    }
    return new E2BCodeExecutor({
      ...given({ timeoutMs, limits, template: image }),
      ...(network !== undefined && { allowInternetAccess: readNetwork(network) }),
      concurrency: 1,
    })
  },
  async examine(): Promise<ExecutorReport> {
    try {
      const sandboxes = await examineE2B()
      const because = 'the key is accepted; no sandbox was made for this look'
      return { status: 'available', facts: [{ name: 'sandboxes of this machine', value: String(sandboxes), because }], holds: HOLDS }
    } catch (error) {
      return { status: 'unavailable', reason: describeError(error, false) }
    }
  },
}

const HOLDS: readonly HoldReport[] = (
  [
    ['memory-limit', 'not here', 'the template decides'],
    ['cpu-limit', 'not here', 'the template decides'],
    ['pids-limit', 'not here', 'the template decides'],
    ['disk-limit', 'not here', 'the template decides'],
    ['open-files-limit', 'kernel', 'RLIMIT_NOFILE in the sandbox'],
    ['file-isolation', 'not here', 'programs may write all over the sandbox, and nowhere else'],
    ['network-isolation', 'kernel', 'E2B, with --network none'],
  ] as const satisfies readonly (readonly [Capability, HoldReport['strength'], string])[]
).map(([capability, strength, through]) => ({ capability, strength, through }))

function readNetwork(name: string): boolean {
  if (name === 'none') return false
  if (name === 'internet') return true
  throw invalid('--network', name, `--network ${name} is no network of the e2b executor. It knows none and internet.`)
}
