import { expect, test } from 'vitest'
import { CodeExecutorError } from '../../src/core/index.ts'
import { sweepContainerGroups, type AzureContainerCodeExecutor } from '../../src/executors/azure-container/index.ts'
import type { Odds } from '../support/azure/faults.ts'
import { azureForFile, makeAzure, noAzure, reach } from '../support/azure-executor.ts'
import { recordErrorCode } from '../support/evidence.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noAzure)
const azure = await azureForFile()

const ODDS: Odds = {
  throttled: 0.02,
  'server-error': 0.01,
  'no-capacity': 0.03,
  'connection-cut': 0.01,
  'operation-stuck': 0.03,
  'provisioning-fails': 0.03,
  restarts: 0.04,
  'deleted-outside': 0.03,
  'slow-delete': 0.1,
  'socket-cut': 0.2,
  'logs-not-available': 0.05,
  'token-expired': 0.05,
}
const SEED = 'polyrun 1'

/** What a run came to: `right`, or the code of an error. Anything else is thrown. */
async function outcomeOf(executor: AzureContainerCodeExecutor, index: number): Promise<string> {
  try {
    const result = await executor.executeCode('echo "out $1"; sleep 0.2; echo "err $1" >&2; exit $(($1 % 5))', 'sh', {
      args: [String(index)],
    })
    expect(result.output).toBe(`out ${index}\n`)
    expect(result.error).toBe(`err ${index}\n`)
    expect(result.exitCode).toBe(index % 5)
    return 'right'
  } catch (error) {
    if (!CodeExecutorError.is(error)) throw error
    recordErrorCode(error.code)
    return error.code
  }
}

test(
  '100 runs with faults at random: each is right or a coded error, and no group is left after the sweep',
  { timeout: 400_000 },
  async () => {
    const hits = azure.failAtRandom(SEED, ODDS)
    const counts: Record<string, number> = {}
    const runs = async (executor: AzureContainerCodeExecutor, from: number, to: number): Promise<void> => {
      const outcomes = await Promise.all(Array.from({ length: to - from }, (_, index) => outcomeOf(executor, from + index)))
      for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
    }
    const options = { startupTimeoutMs: 8_000, timeoutMs: 20_000, location: ['westeurope', 'northeurope'] }
    const executions = makeAzure(azure, { ...options, concurrency: 6 })
    const sessions = makeAzure(azure, { ...options, isolation: 'session', concurrency: 2, startupTimeoutMs: 20_000 })
    await Promise.all([runs(executions, 0, 75), runs(sessions, 75, 100)])
    for (const executor of [executions, sessions]) {
      await executor.stop().catch((error: unknown) => expect(CodeExecutorError.is(error, 'CLEANUP_FAILED')).toBe(true))
    }
    azure.heal()
    console.log(JSON.stringify({ seed: SEED, counts, faults: Object.fromEntries(hits) }))
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(100)
    expect(counts['right'], 'most runs go well').toBeGreaterThan(50)
    expect(
      [...hits.values()].reduce((sum, count) => sum + count, 0),
      'faults struck',
    ).toBeGreaterThan(20)
    const { image: _, location: _l, ...place } = reach(azure)
    await sweepContainerGroups({ ...place, at: new Date(Date.now() + 24 * 3_600_000) } as Parameters<typeof sweepContainerGroups>[0])
    expect(azure.groups()).toEqual([])
  },
)
