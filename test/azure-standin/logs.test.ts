import { expect, test } from 'vitest'
import { LogBuffer } from '../support/azure/log-buffer.ts'
import { startAzure } from '../support/azure/stand-in.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'
import { create, groupOf, inState, noEngine, openTerminal } from './support.ts'

skipBecause(noEngine)

test('most of the log is gone as soon as the container has stopped', async () => {
  await using azure = await startAzure({ network: 'none' })
  const name = 'long'
  const command =
    'for i in $(seq 1 2000); do echo "line $i of many, and it goes on for a while"; done; echo err >&2; until [ -e /stop ]; do sleep 0.05; done'
  const client = await create(azure, name, groupOf(azure, command), 'Running')
  const read = async (options: { tail?: number; timestamps?: boolean } = {}): Promise<string> =>
    (await client.containers.listLogs(azure.resourceGroup, name, 'one', options)).content ?? ''
  await expect.poll(async () => (await read()).split('\n').length, PATIENCE).toBe(2_002)
  expect(await read()).toContain('line 1 of many')
  expect((await read({ tail: 3 })).split('\n')).toHaveLength(4)
  expect(await read({ tail: 1, timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /)
  const session = await client.containers.executeCommand(azure.resourceGroup, name, 'one', { command: '/bin/sh' })
  const terminal = await openTerminal(azure, session)
  terminal.socket.send('touch /stop\n')
  await inState(azure, name, 'Succeeded')
  const left = await read()
  expect(Buffer.byteLength(left)).toBe(16_384)
  expect(left).toContain('line 2000 of many')
  expect(left).not.toContain('line 1 of many')
})

test('both streams are one text, with nothing to tell them apart, and bytes that are no characters are lost', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'mixed', groupOf(azure, 'echo out; echo err >&2; printf "\\377\\n"; sleep 30'), 'Running')
  const read = async () => (await client.containers.listLogs(azure.resourceGroup, 'mixed', 'one')).content?.split('\n').toSorted()
  await expect.poll(read, PATIENCE).toEqual(['', 'err', 'out', '\uFFFD'])
})

test('before a container runs it has no log', async () => {
  await using azure = await startAzure({ delays: { pending: 60_000 } })
  const client = await create(azure, 'early', groupOf(azure, 'true'), 'Pending')
  await expect(client.containers.listLogs(azure.resourceGroup, 'early', 'one')).rejects.toMatchObject({
    statusCode: 404,
    code: 'ContainerLogNotAvailable',
  })
})

test('four megabytes are kept of a container that runs, and eight kilobytes of a line', () => {
  const log = new LogBuffer()
  for (let index = 0; index < 5_000; index += 1) log.write(Buffer.from(`${String(index).padStart(999, ' ')}\n`))
  const kept = log.read()
  expect(Buffer.byteLength(kept)).toBe(4 * 1024 * 1024)
  expect(kept.endsWith(' 4999\n')).toBe(true)
  const long = new LogBuffer()
  for (const part of ['x'.repeat(5_000), 'y'.repeat(5_000), '\nnext\n']) long.write(Buffer.from(part))
  expect(long.read().split('\n')).toEqual(['x'.repeat(5_000) + 'y'.repeat(3_192), 'next', ''])
})

test('a thousand lines are left of many short ones', () => {
  const log = new LogBuffer()
  for (let index = 0; index < 3_000; index += 1) log.write(Buffer.from(`${index}\n`))
  log.write(Buffer.from('no end'))
  log.stop()
  expect(log.read().split('\n')).toEqual([...Array.from({ length: 999 }, (_, index) => String(2_001 + index)), 'no end'])
})
