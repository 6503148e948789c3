import { afterAll, describe, expect, test } from 'vitest'
import { NO_ACCOUNT } from '../../scripts/lib/no-account.ts'
import { AzureContainerCodeExecutor } from '../../src/executors/azure-container/index.ts'
import { CONTAINER } from '../../src/executors/azure-container/group-spec.ts'
import type { GroupSpec } from '../../src/executors/azure-container/client.ts'
import { randomName } from '../../src/workspace/index.ts'
import { registerAzureAt } from '../contract/azure-subject.ts'
import { registerUnavailable } from '../contract/register.ts'
import { liveAzure, noLiveAzure } from '../support/azure-live.ts'

/** What is far away takes its time. */
const SCALE = 8
const LIMIT = { timeout: 600_000 }
const IMAGE = process.env['AZURE_LIVE_IMAGE'] ?? 'python:3-slim'

if (noLiveAzure !== undefined) registerUnavailable({ kind: 'executor', name: 'azure-container (live)' }, `${NO_ACCOUNT}${noLiveAzure}`)
else {
  const live = await liveAzure()
  const make = (options = {}): AzureContainerCodeExecutor => new AzureContainerCodeExecutor({ ...live.options, image: IMAGE, ...options })
  afterAll(async () => expect(await live.clean(), 'groups that the tests left').toBe(0), 600_000)

  describe('what was only believed', () => {
    const signal = AbortSignal.timeout(590_000)
    /** A group of our own making, whose container does what `script` says. */
    const group = async (script: string, more: Partial<GroupSpec> = {}): Promise<string> => {
      const name = `polyrun-live-${randomName(5)}`
      const [location = ''] = [live.options.location ?? ''].flat()
      const container = { name: CONTAINER, image: IMAGE, command: ['/bin/sh', '-c', script], environmentVariables: [], volumeMounts: [] }
      const resources = { requests: { cpu: 1, memoryInGB: 1 }, limits: { cpu: 1, memoryInGB: 1 } }
      const tags = { ...live.options.tags, 'managed-by': 'polyrun', 'polyrun-expires-at': String(Math.ceil(Date.now() / 1000) + 1_200) }
      const spec = {
        location,
        tags,
        osType: 'Linux',
        restartPolicy: 'Never',
        volumes: [],
        containers: [{ ...container, resources }],
        ...more,
      }
      await live.groups.create(name, spec, signal)
      return name
    }
    const state = async (name: string) => (await live.groups.get(name, signal)).containers[0]?.instanceView
    const until = (name: string, wanted: string) =>
      expect.poll(async () => (await state(name))?.currentState?.state, { timeout: 300_000, interval: 2_000 }).toBe(wanted)

    test('a hello, and how long it took to be there', LIMIT, async () => {
      const seen: string[] = []
      await using executor = make({
        onProgress: ({ state: at, elapsedMs }: { state: string; elapsedMs: number }) => seen.push(`${at} ${Math.round(elapsedMs)} ms`),
      })
      expect((await executor.executeCode('print(6 * 7)', 'python')).output).toBe('42\n')
      console.log(`live: ${seen.join(', ')}`)
    })

    test('the exec socket: framing, its first message, what is typed, two sessions at once', LIMIT, async () => {
      await using executor = make({ isolation: 'session', concurrency: 2 })
      const runs = ['one', 'two'].map((word) => executor.executeCode(`sleep 2; echo ${word}; echo err >&2; exit 3`, 'sh'))
      expect((await Promise.all(runs)).map(({ output, error, exitCode }) => [output, error, exitCode])).toEqual([
        ['one\n', 'err\n', 3],
        ['two\n', 'err\n', 3],
      ])
    })

    test('2.5 MB through the log, and lines of 1.3 KB are not cut', LIMIT, async () => {
      await using executor = make({ limits: { outputBytes: 4_000_000 } })
      const { output, omittedBytes } = await executor.executeCode('head -c 2500000 /dev/zero | tr "\\000" x', 'sh')
      expect([output.length, omittedBytes.output]).toEqual([2_500_000, 0])
    })

    test('where long lines are cut, and what is left of a log once the container has stopped', LIMIT, async () => {
      const name = await group(
        'head -c 20000 /dev/zero | tr "\\000" x; echo; i=0; while [ $i -lt 5000 ]; do echo "line $i 0123456789"; i=$((i+1)); done',
      )
      await until(name, 'Terminated')
      const text = (await live.groups.logs(name, CONTAINER, undefined, signal)) ?? ''
      console.log(
        `live: ${text.length} characters in ${text.split('\n').length} lines are left; the longest has ${Math.max(...text.split('\n').map((line) => line.length))}`,
      )
      expect(text.length).toBeLessThanOrEqual(17_000)
      await live.groups.delete(name)
    })

    test('how soon a container is started again that ended with 3', LIMIT, async () => {
      const name = await group('echo once; exit 3')
      await until(name, 'Terminated')
      console.log(`live: restarts ${(await state(name))?.restartCount}, in words ${(await state(name))?.currentState?.detailStatus}`)
      await live.groups.delete(name)
    })

    test('words for out of memory, of a program and of a container', LIMIT, async () => {
      await using executor = make({ limits: { memory: '1g' } })
      const outcome = await executor.executeCode('x = b"x" * (3 * 1024 ** 3)', 'python').catch((error: { code: string }) => error.code)
      expect(outcome).toBe('RESOURCE_EXHAUSTED')
    })

    test('a secret volume: 1 MB, modes and names', LIMIT, async () => {
      const secret = { 'a.b-c_D': Buffer.alloc(900_000, 'x').toString('base64') }
      const name = await group('ls -la /s /s/..data 2>&1; wc -c </s/a.b-c_D; sleep 300', { volumes: [{ name: 'secret', secret }] })
      await until(name, 'Running')
      console.log(`live: ${await live.groups.logs(name, CONTAINER, undefined, signal)}`)
      await live.groups.delete(name)
    })

    test('a group that is pending can be deleted', LIMIT, async () => {
      const name = await group('sleep 300')
      await live.groups.delete(name)
      await expect(live.groups.get(name, signal)).rejects.toMatchObject({ code: 'BACKEND_LOST' })
    })
  })

  if (process.env['AZURE_LIVE'] !== 'checklist') {
    for (const isolation of ['session', 'execution'] as const) {
      const place = { options: { ...live.options, image: IMAGE }, probe: live.probe, timeScale: SCALE, longestMs: 30_000 * SCALE }
      registerAzureAt(isolation, { name: `azure-container (live, ${isolation})`, ...place })
    }
  }
}
