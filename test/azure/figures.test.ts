import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { azureForFile, makeAzure, noAzure, seeNoGroups } from '../support/azure-executor.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noAzure)
const azure = await azureForFile()

/** Bytes of every value, in an order that repeats nowhere soon, on both streams by turns; a hash of what each stream got goes last. */
const MIXED = (bytes: number): string => `
import hashlib, sys
streams = [sys.stdout.buffer, sys.stderr.buffer]
written = [b"", b""]
state = 1
total = 0
while total < ${bytes}:
    which = state % 2
    chunk = bytes((state * 7 + i * i) % 128 for i in range(1 + state % 977))
    streams[which].write(chunk)
    if state % 50 == 0:
        streams[which].flush()
    written[which] += chunk
    total += len(chunk)
    state = (state * 1103515245 + 12345) % 2147483648
for which in (0, 1):
    streams[which].write(hashlib.sha256(written[which]).hexdigest().encode())
`

/** Whether a text is what its last 64 characters say; the bytes above are characters of their own. */
function isWhole(text: string): boolean {
  return createHash('sha256').update(text.slice(0, -64), 'latin1').digest('hex') === text.slice(-64)
}

test.each(['execution', 'session'] as const)('2.5 MB on both streams, mixed, are exact and in order: %s', async (isolation) => {
  const executor = makeAzure(azure, { isolation, limits: { outputBytes: 8_000_000 } })
  const result = await executor.executeCode(MIXED(2_500_000), 'python')
  expect(result.termination).toEqual({ kind: 'exited', exitCode: 0 })
  expect(result.omittedBytes).toEqual({ output: 0, error: 0 })
  expect(result.output.length + result.error.length).toBeGreaterThan(2_500_000)
  expect([isWhole(result.output), isWhole(result.error)]).toEqual([true, true])
})

test('binary bytes come as they are, each value of a byte', async () => {
  const source = 'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 20)\nsys.stderr.buffer.write(bytes(range(255, -1, -1)) * 20)'
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const decoded = (part: Buffer): string =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(Array.from({ length: 20 }, () => part)))
  const result = await makeAzure(azure).executeCode(source, 'python')
  expect(result.output).toBe(decoded(bytes))
  expect(result.error).toBe(decoded(Buffer.from(bytes).reverse()))
})

test('more than the log holds is counted to the byte, and both ends are there', async () => {
  const executor = makeAzure(azure, { limits: { outputBytes: 16_000_000 } })
  const source = 'echo first; head -c 9000000 /dev/zero | tr "\\000" x; echo last'
  const { output, omittedBytes } = await executor.executeCode(source, 'sh')
  expect(omittedBytes.output).toBeGreaterThan(5_000_000)
  const [head = '', tail = ''] = output.split(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/)
  expect(head.startsWith('first\nxxx')).toBe(true)
  expect(tail.endsWith('xxxlast\n')).toBe(true)
  expect(head.length + tail.length + omittedBytes.output).toBe(9_000_000 + 'first\nlast\n'.length)
})

test('the calls of one run of a hello, counted', async () => {
  const before = azure.calls()
  const executor = makeAzure(azure)
  expect((await executor.executeCode('echo hello', 'sh')).output).toBe('hello\n')
  await executor.stop()
  const after = azure.calls()
  const made = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name as keyof typeof before] ?? 0)]))
  const { get = 0, logs = 0, ...others } = made
  expect(get + logs, 'polls').toBeGreaterThan(1)
  expect(others).toMatchObject({ create: 1, delete: 1 })
  expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(8)
})

/** The best of a few: what a busy machine adds is not the executor's. */
async function best(times: number, work: () => Promise<number>): Promise<number> {
  const found: number[] = []
  for (let turn = 0; turn < times; turn += 1) found.push(await work())
  return Math.min(...found)
}

test('what the executor adds to the life of a container: execution', async () => {
  const executor = makeAzure(azure)
  const overheadMs = await best(4, async () => {
    const startedAt = performance.now()
    // The container's own life is from its start to the end of the program, which tells how long it was itself.
    const { output } = await executor.executeCode('read -r up rest </proc/uptime; echo $up', 'sh')
    expect(Number(output)).toBeGreaterThan(0)
    return performance.now() - startedAt
  })
  console.log(`execution: ${Math.round(overheadMs)} ms with the container's start`)
  expect(overheadMs).toBeLessThan(1_500)
})

test('what the executor adds to a program: session', async () => {
  const executor = makeAzure(azure, { isolation: 'session' })
  await executor.executeCode('true', 'sh')
  const overheadMs = await best(10, async () => {
    const startedAt = performance.now()
    await executor.executeCode('true', 'sh')
    return performance.now() - startedAt
  })
  console.log(`session: ${Math.round(overheadMs)} ms`)
  expect(overheadMs).toBeLessThan(150)
})

test('nothing is left of all that', async () => {
  await seeNoGroups(azure)
})
