import Docker from 'dockerode'
import { expect, test } from 'vitest'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { dockerEngine } from '../support/docker.ts'
import { skipBecause } from '../support/local.ts'
import { clientOf, groupOf, noEngine } from './support.ts'

skipBecause(noEngine)

const RUNS = 24
const AT_THE_SAME_TIME = 4
/** How long one run may take before it is given up. */
const PATIENCE_MS = 4_000

/** `Error` alone is what the client's poller makes of an operation that failed. */
const REASON = /^(given up|the group failed|(Rest|CredentialUnavailable|Authentication)?Error .*)$/

/** What a client sees of one group from its create to its delete: its log, or why not. */
async function live(azure: Azure, name: string): Promise<string> {
  const client = clientOf(azure, 2)
  const abortSignal = AbortSignal.timeout(PATIENCE_MS)
  const rg = azure.resourceGroup
  try {
    await client.containerGroups.beginCreateOrUpdate(rg, name, groupOf(azure, `echo ${name}`), { abortSignal })
    for (;;) {
      const { instanceView } = await client.containerGroups.get(rg, name, { abortSignal })
      if (instanceView?.state === 'Succeeded') break
      if (instanceView?.state === 'Failed') return 'the group failed'
    }
    return (await client.containers.listLogs(rg, name, 'one', { abortSignal })).content ?? ''
  } catch (error) {
    const { name: kind, code, statusCode } = error as { name: string; code?: string; statusCode?: number }
    return kind === 'AbortError' ? 'given up' : `${kind} ${statusCode ?? ''} ${code ?? ''}`
  } finally {
    await client.containerGroups.beginDelete(rg, name).catch(() => undefined)
  }
}

test('whatever happens by chance, each run ends with its log or a reason, and a sweep leaves nothing', { timeout: 120_000 }, async () => {
  await using azure = await startAzure({ network: 'none', delays: { restarting: 50 } })
  const hits = azure.failAtRandom('chance', {
    throttled: { chance: 0.04, retryAfterSeconds: 1 },
    'server-error': 0.03,
    'connection-cut': 0.03,
    'token-expired': 0.1,
    'token-refused': 0.01,
    'operation-stuck': 0.08,
    'provisioning-fails': 0.08,
    'no-capacity': 0.05,
    restarts: 0.1,
    'deleted-outside': 0.05,
    'slow-delete': { chance: 0.2, ms: 300 },
    'logs-not-available': 0.1,
  })
  const names = Array.from({ length: RUNS }, (_, index) => `run-${index}`)
  const outcomes = new Map<string, string>()
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) outcomes.set(name, await live(azure, name))
  }
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work))
  const wrong = [...outcomes].filter(
    ([name, said]) =>
      said !==
        `${name}
` && !REASON.test(said),
  )
  expect(wrong).toEqual([])
  expect(outcomes.size).toBe(RUNS)
  expect([...outcomes].filter(([name, said]) => said === `${name}\n`).length).toBeGreaterThan(0)
  expect(hits.size).toBeGreaterThan(4)
  azure.heal()
  const client = clientOf(azure)
  for await (const { name = '' } of client.containerGroups.listByResourceGroup(azure.resourceGroup))
    await client.containerGroups.beginDeleteAndWait(azure.resourceGroup, name, { updateIntervalInMs: 50 })
  expect(azure.groups()).toEqual([])
  expect(await containersOf(azure)).toEqual([])
  expect(azure.violations).toEqual([])
})

async function containersOf(azure: Azure): Promise<string[]> {
  const engine = await dockerEngine()
  if ('unavailable' in engine) throw new Error(engine.unavailable)
  const found = await new Docker({ socketPath: engine.socketPath }).listContainers({ all: true, filters: { label: [azure.label] } })
  return found.map(({ Id }) => Id)
}
