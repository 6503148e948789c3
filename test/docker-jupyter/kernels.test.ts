import { expect, test } from 'vitest'
import { makeKernels, needKernelEngine } from '../support/docker-jupyter.ts'

const engine = await needKernelEngine()
const MIB = 1024 ** 2

test('three languages, each with state of its own, and plots as images', async () => {
  const { executor } = makeKernels(engine)
  await executor.executeCode('import pandas as pd\nframe = pd.DataFrame({"n": [1, 2, 3]})', 'python')
  const python = await executor.executeCode('frame.plot()\nframe', 'python')
  const types = python.display.flatMap(({ data }) => Object.keys(data))
  expect(types).toEqual(expect.arrayContaining(['image/png', 'text/html', 'text/plain']))
  const png = python.display.map(({ data }) => data['image/png']).find((image) => image instanceof Uint8Array)
  expect(
    Buffer.from(png ?? [])
      .subarray(1, 4)
      .toString('latin1'),
  ).toBe('PNG')
  await executor.executeCode('x <- c(1, 2, 6)', 'r')
  const r = await executor.executeCode('plot(x)\nmean(x)', 'r')
  expect(r.display.flatMap(({ data }) => Object.keys(data))).toContain('image/png')
  expect(r.display.some(({ data }) => data['text/plain'] === '[1] 3')).toBe(true)
  await executor.executeCode('word=kept', 'bash')
  expect(await executor.executeCode('echo "$word"; echo oops >&2', 'bash')).toMatchObject({
    output: 'kept\n',
    error: 'oops\n',
    success: true,
  })
})

test('bash: a status is an error, an interrupt keeps variables, and reading ends', async () => {
  const { executor } = makeKernels(engine, { kernelName: 'bash' })
  await executor.executeCode('word=kept', 'bash')
  expect(await executor.executeCode('read line; echo "[$line]"; (exit 3)', 'bash')).toMatchObject({
    output: '[]\n',
    termination: { kind: 'raised', name: 'ExitStatus', message: '3' },
  })
  await expect(executor.executeCode('while :; do sleep 0.1; done', 'bash', { timeoutMs: 500 })).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(await executor.executeCode('echo "$word"', 'bash')).toMatchObject({ output: 'kept\n' })
  expect(await executor.executeCode('exit 4', 'bash')).toMatchObject({ termination: { kind: 'exited', exitCode: 4 }, stateLost: true })
  expect(await executor.executeCode('echo "[$word]"', 'bash')).toMatchObject({ output: '[]\n' })
})

test('a spare kernel takes the place of one in a moment', async () => {
  const { executor } = makeKernels(engine, { spareKernels: 1 })
  await executor.executeCode('known = 1', 'python')
  // The spare one is ready when it has taken a place once.
  await executor.restart()
  const { output } = await executor.executeCode('print("known" in globals())', 'python')
  expect(output).toBe('False\n')
})

test('forty megabytes of both streams neither block nor grow this process, and the kernel is in order', { timeout: 120_000 }, async () => {
  const { executor } = makeKernels(engine, { limits: { outputBytes: MIB } })
  await executor.executeCode('import sys', 'python')
  const flood = 'for _ in range(200):\n  sys.stdout.write("x" * 100_000 + "\\n")\n  sys.stderr.write("y" * 100_000 + "\\n")'
  const result = await executor.executeCode(flood, 'python', { timeoutMs: 100_000 })
  expect(result.success).toBe(true)
  expect(result.omittedBytes.output).toBe(200 * 100_001 - MIB)
  expect(result.omittedBytes.error).toBe(200 * 100_001 - MIB)
  expect(await executor.executeCode('print(1)', 'python')).toMatchObject({ output: '1\n' })
})
