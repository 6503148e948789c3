import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sweepContainerGroups } from '../../src/executors/azure-container/index.ts'
import { azureForFile, IMAGE, makeAzure, noAzure, reach, seeGroup, seeNoGroups } from '../support/azure-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith, seeAlive, seeDead } from '../support/world.ts'

skipBecause(noAzure)
const azure = await azureForFile()
const slow = await azureForFile({ delays: { pulling: 1_500 } })
const ENTRY = fileURLToPath(new URL('../../src/executors/azure-container/index.ts', import.meta.url))
/** A time at which the time of every group of these tests is over. */
const later = (): Date => new Date(Date.now() + 24 * 3_600_000)
const sweep = (on: typeof azure): ReturnType<typeof sweepContainerGroups> => {
  const { endpoint, ca: tlsCa, subscriptionId, resourceGroup } = on
  return sweepContainerGroups({ endpoint, tlsCa, subscriptionId, resourceGroup, credential: on.credential(), at: later() })
}

describe('an abort', () => {
  test('before anything is sent: no group is asked for', async () => {
    const creates = azure.calls().create ?? 0
    await expect(makeAzure(azure).executeCode('echo hello', 'sh', { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(azure.calls().create ?? 0).toBe(creates)
  })

  test.each([0, 5, 20, 60])('%i ms after the call: no group is left when it settles', async (afterMs) => {
    const controller = new AbortController()
    const run = makeAzure(azure).executeCode('echo hello; sleep 30', 'sh', { signal: controller.signal })
    run.catch(() => {})
    await delay(afterMs)
    controller.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(azure.groups()).toEqual([])
  })

  test('while its image is pulled: the group is deleted', async () => {
    const controller = new AbortController()
    const run = makeAzure(slow).executeCode('echo hello', 'sh', { signal: controller.signal })
    run.catch(() => {})
    await seeGroup(slow, 'Pending')
    controller.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(slow.groups()).toEqual([])
  })

  test.each(['execution', 'session'] as const)('while the program runs: its tree is dead when the call settles (%s)', async (isolation) => {
    const marker = newMarker()
    const controller = new AbortController()
    const executor = makeAzure(azure, { isolation })
    const run = executor.executeCode(`sleep 60.${marker} & sleep 60.${marker}`, 'sh', { signal: controller.signal })
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(processesWith(marker)).toEqual([])
    if (isolation === 'execution') expect(azure.groups()).toEqual([])
    await executor.stop()
    await seeNoGroups(azure)
  })

  test('while its group is being deleted: nothing changes', async () => {
    const on = azure.fail({ fault: 'slow-delete', ms: 500 })
    const controller = new AbortController()
    const executor = makeAzure(azure)
    const result = await executor.executeCode('echo hello', 'sh', { signal: controller.signal })
    controller.abort('too late')
    expect(result.output).toBe('hello\n')
    await executor.stop()
    expect(on.hits).toBe(1)
    expect(azure.groups()).toEqual([])
  })
})

describe('a stop', () => {
  const ways = (['execution', 'session'] as const).flatMap((isolation) =>
    [0, 40, 200, 700, 1_200].map((afterMs) => [isolation, afterMs] as const),
  )
  test.each(ways)('of an executor that starts (%s, after %i ms): no group is left when it settles', async (isolation, afterMs) => {
    const executor = makeAzure(azure, { isolation })
    const run = executor.executeCode('sleep 30', 'sh')
    run.catch(() => {})
    await delay(afterMs)
    await executor.stop()
    await expectCode(run, 'EXECUTOR_STOPPED')
    expect(azure.groups()).toEqual([])
  })

  test('while it takes another group: none is left', async () => {
    const executor = makeAzure(azure, { isolation: 'session' })
    await executor.start()
    const again = executor.restart()
    again.catch(() => {})
    await delay(300)
    await executor.stop()
    await expectCode(again, 'EXECUTOR_STOPPED')
    expect(azure.groups()).toEqual([])
  })
})

describe('a group that cannot be deleted', () => {
  test('is told when the executor is stopped, and swept', { timeout: 90_000 }, async () => {
    const on = azure.fail({ fault: 'forbidden', on: 'delete', times: 9 })
    const executor = makeAzure(azure)
    expect((await executor.executeCode('echo hello', 'sh')).output).toBe('hello\n')
    const error = await expectCode(executor.stop(), 'CLEANUP_FAILED')
    expect(error.details.left).toHaveLength(1)
    expect(error.message).toMatch(/polyrun azure sweep/)
    on.off()
    expect((await sweep(azure)).map(({ outcome }) => outcome)).toEqual(['deleted'])
    expect(azure.groups()).toEqual([])
  })

  test('deletes that are throttled or fail are tried again', async () => {
    const on = azure.fail({ fault: 'throttled', on: 'delete', times: 2 })
    const executor = makeAzure(azure)
    await executor.executeCode('echo hello', 'sh')
    await executor.stop()
    expect(on.hits).toBe(2)
    expect(azure.groups()).toEqual([])
  })
})

/** A process that runs a program and is killed. */
function owner(on: typeof azure, program: string, more: object = {}): { readonly kill: () => Promise<unknown> } {
  const { credential: _, ...options } = reach(on)
  const body = `
import { ClientSecretCredential } from '@azure/identity'
import { AzureContainerCodeExecutor } from ${JSON.stringify(ENTRY)}
const credential = new ClientSecretCredential(${JSON.stringify(on.tenantId)}, ${JSON.stringify(on.clientId)}, ${JSON.stringify(on.clientSecret)},
  { authorityHost: ${JSON.stringify(on.endpoint)}, disableInstanceDiscovery: true, tlsOptions: { ca: ${JSON.stringify(on.ca)} } })
const executor = new AzureContainerCodeExecutor({ ...${JSON.stringify({ ...options, ...more })}, credential })
await executor.executeCode(process.env.PROGRAM, 'sh', { timeoutMs: 600_000 })`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', body], {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, PROGRAM: program },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  return { kill: () => (child.kill('SIGKILL'), ended) }
}

describe('a process that is killed', () => {
  test('while its image is pulled: the sweep deletes the group', async () => {
    const { kill } = owner(slow, 'echo hello')
    await seeGroup(slow, 'Pending')
    await kill()
    expect(await sweep(slow)).toMatchObject([{ outcome: 'deleted', owner: expect.stringMatching(/^\w+$/) }])
    expect(slow.groups()).toEqual([])
  })

  test.each(['execution', 'session'])(
    'while its program runs: the watchdog of the group ends it, and the sweep deletes it (%s)',
    async (isolation) => {
      const marker = newMarker()
      const { kill } = owner(azure, `sleep 600.${marker} & sleep 600.${marker}`, { isolation, maxLifetimeMs: 6_000 })
      await seeAlive(marker)
      await kill()
      await expect.poll(() => processesWith(marker), { ...PATIENCE, timeout: 25_000 }).toEqual([])
      await seeDead(marker)
      expect(azure.groups()).toHaveLength(1)
      expect(await sweep(azure)).toMatchObject([{ outcome: 'deleted' }])
      expect(azure.groups()).toEqual([])
    },
  )

  test('while its group is being deleted: nothing is left, or the sweep deletes it', async () => {
    const on = azure.fail({ fault: 'slow-delete', ms: 1_000 })
    const { kill } = owner(azure, 'echo hello')
    await expect.poll(() => azure.calls().delete ?? 0, PATIENCE).toBeGreaterThan(0)
    await kill()
    on.off()
    await sweep(azure)
    await seeNoGroups(azure)
  })
})

describe('the sweep', () => {
  test('leaves alone what has time, and what is not of this package; a dry run deletes nothing', async () => {
    const executor = makeAzure(azure, { isolation: 'session', tags: { team: 'blue' } })
    await executor.start()
    const [group] = azure.groups()
    expect(group?.tags).toMatchObject({ 'managed-by': 'polyrun', team: 'blue' })
    const seconds = Number(group?.tags['polyrun-expires-at'])
    expect(seconds * 1000).toBeGreaterThan(Date.now())
    const { endpoint, ca: tlsCa, subscriptionId, resourceGroup } = azure
    const place = { endpoint, tlsCa, subscriptionId, resourceGroup, credential: azure.credential() }
    expect(await sweepContainerGroups(place)).toMatchObject([{ name: group?.name, outcome: 'kept' }])
    expect(await sweepContainerGroups({ ...place, at: later(), dryRun: true })).toMatchObject([{ name: group?.name, outcome: 'expired' }])
    expect((await executor.executeCode('echo there', 'sh')).output).toBe('there\n')
  })

  test('the start of an executor deletes what is past its time', async () => {
    const { kill } = owner(azure, 'sleep 600', { maxLifetimeMs: 600_000 })
    const name = await seeGroup(azure, 'Running')
    await kill()
    const realNow = Date.now
    try {
      Date.now = () => realNow() + 24 * 3_600_000
      const executor = makeAzure(azure, {
        credential: {
          getToken: async () => ({
            ...(await azure.credential().getToken('https://management.azure.com/.default')),
            expiresOnTimestamp: realNow() + 48 * 3_600_000,
          }),
        },
      })
      await executor.start()
      await expect.poll(() => azure.groups().some((group) => group.name === name), PATIENCE).toBe(false)
    } finally {
      Date.now = realNow
    }
  })
})

test('a run that is not over long after its limit is over all the same: the runner itself holds the limit', async () => {
  const executor = makeAzure(azure, { image: IMAGE })
  const error = await expectCode(
    executor.executeCode('echo partly; trap "" TERM; sleep 30 & sleep 30', 'sh', { timeoutMs: 700 }),
    'TIMEOUT',
  )
  expect((error as unknown as { result: { output: string } }).result.output).toBe('partly\n')
})
