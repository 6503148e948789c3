import { loadSandboxClass } from '../../../src/executors/e2b/connect.ts'
import type { Probe } from '../../../src/testing/index.ts'

/** What `Sandbox.connect` of the package gives, as far as it is used here. */
interface Connecting {
  connect(id: string): Promise<{ readonly commands: { run(command: string, options: object): Promise<{ readonly stdout: string }> } }>
}

/** The wanted text is in a variable, and so in no argument of what looks for it. */
const FIND_MARKER = `case $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ') in *"$WANTED"*) echo found ;; esac`

/** Looks into the sandboxes that have some metadata, through E2B. */
export async function liveProbe(metadata: Record<string, string>): Promise<Probe> {
  const sandboxes = await loadSandboxClass()
  const inAny = async (script: string, wanted: string): Promise<boolean> => {
    const pages = sandboxes.list({ requestTimeoutMs: 30_000, debug: false, query: { metadata } })
    const ids: string[] = []
    while (pages.hasNext) ids.push(...(await pages.nextItems()).map(({ sandboxId }) => sandboxId))
    const found = ids.map(async (id) => {
      const sandbox = await (sandboxes as unknown as Connecting).connect(id)
      return (await sandbox.commands.run(script, { user: 'root', envs: { WANTED: wanted } })).stdout.includes('found')
    })
    // One that ends meanwhile has nothing any more.
    return (await Promise.allSettled(found)).some((each) => each.status === 'fulfilled' && each.value)
  }
  return {
    isAlive: (marker) => inAny(FIND_MARKER, marker),
    fileExists: (path) => inAny('[ -e "$WANTED" ] || [ -L "$WANTED" ] && echo found || true', path),
  }
}
