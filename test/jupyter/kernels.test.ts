import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JupyterCodeExecutor } from '../../src/executors/jupyter/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { recordSubject } from '../support/evidence.ts'
import { makeJupyter, noJupyter, virtualEnv } from '../support/jupyter-executor.ts'
import { skipBecause } from '../support/local.ts'
import { openDescriptors, scratchDirectory } from '../support/world.ts'

skipBecause(noJupyter)
let executor: JupyterCodeExecutor

describe('the kernels of one executor', () => {
  beforeAll(() => {
    executor = new JupyterCodeExecutor({ virtualEnv })
  })
  afterAll(() => executor.stop())

  test('R: names stay, plots and tables come as data, files, variables and errors', async () => {
    await executor.executeCode('x <- c(1, 2, 3)', 'r')
    const sum = await executor.executeCode('cat(sum(x), "\\n"); message("to error"); data.frame(a = x)', 'r', { timeoutMs: 30_000 })
    expect(sum).toMatchObject({ output: '6 \n', success: true })
    expect(sum.error.trim()).toBe('to error')
    expect(String(sum.display[0]?.data['text/html'])).toContain('<table')
    const plot = await executor.executeCode('plot(x)', 'r')
    expect(
      Buffer.from(plot.display[0]?.data['image/png'] as Uint8Array)
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
    const failed = await executor.executeCode('stop("the matter")', 'r')
    expect(failed).toMatchObject({ exitCode: 1, termination: { kind: 'raised' } })
    expect(failed.error).toContain('the matter')
    const files = { 'main.R': 'source("lib.R"); cat(y, Sys.getenv("NAME"), "\\n")', 'lib.R': 'y <- 42' }
    expect((await executor.executeCode(files, 'r', { env: { NAME: 'it\'s "R" \\' } })).output).toBe('42 it\'s "R" \\ \n')
    expect((await executor.executeCode('cat(y, nchar(Sys.getenv("NAME")), "\\n")', 'R')).output).toBe('42 0 \n')
    await expectCode(executor.executeCode('cat(1)', 'r', { args: ['a'] }), 'CAPABILITY_UNSUPPORTED')
    await expectCode(executor.executeCode('Sys.sleep(60)', 'r', { timeoutMs: 700 }), 'TIMEOUT')
    expect((await executor.executeCode('cat(y, "\\n")', 'r')).output).toBe('42 \n')
    recordSubject({ kind: 'executor', name: 'jupyter (kernel of r)', status: 'exercised' })
  }, 120_000)

  test('bash: names stay, arguments and variables hold for one call, an interruption ends what runs', async () => {
    await executor.executeCode('greeting="hello there"', 'bash')
    expect((await executor.executeCode('echo "$greeting"', 'bash')).output).toBe('hello there\n')
    const given = await executor.executeCode('echo "$1|$NAME"', 'bash', { args: ["it's"], env: { NAME: 'a b' } })
    expect(given.output).toBe("it's|a b\n")
    expect((await executor.executeCode('echo "[$1|$NAME]"', 'bash')).output).toBe('[|]\n')
    await expectCode(executor.executeCode('sleep 60', 'bash', { timeoutMs: 700 }), 'TIMEOUT')
    expect((await executor.executeCode('echo next', 'bash')).output).toBe('next\n')
    recordSubject({ kind: 'executor', name: 'jupyter (kernel of bash)', status: 'exercised' })
  }, 120_000)

  test('magics, shell escapes and top-level await', async () => {
    const result = await executor.executeCode(
      '%time x = 1\n!echo shell\nimport asyncio\nawait asyncio.sleep(0.01)\nprint("awaited")',
      'python',
    )
    expect(result.success).toBe(true)
    expect(result.output).toMatch(/shell\r?\n[^]*awaited\n$/)
    expect((await executor.executeCode('%%writefile made.txt\ncontent', 'python')).output).toContain('made.txt')
    expect((await executor.executeCode('print(open("made.txt").read())', 'python')).output).toBe('content\n\n')
  })

  test('a picture of 50 MB, and a text that is no base64 under the type of a picture', async () => {
    const source =
      'import os, base64\nfrom IPython.display import display\nraw = os.urandom(50_000_000)\ndisplay({"image/png": base64.b64encode(raw).decode()}, raw=True)\nimport hashlib\nprint(hashlib.sha256(raw).hexdigest())'
    const { display, output } = await executor.executeCode(source, 'python')
    const bytes = display[0]?.data['image/png']
    expect(bytes).toBeInstanceOf(Uint8Array)
    const { createHash } = await import('node:crypto')
    expect(
      createHash('sha256')
        .update(bytes as Uint8Array)
        .digest('hex'),
    ).toBe(output.trim())
    const odd = await executor.executeCode('display({"image/png": "<no base64>"}, raw=True)', 'python')
    expect(odd.display[0]?.data).toEqual({ 'image/png': '<no base64>' })
  }, 120_000)

  test('pictures of matplotlib and tables of pandas come without being asked for', async () => {
    const source = 'import matplotlib.pyplot as plt, pandas as pd\nplt.plot([1, 2])\nplt.show()\npd.DataFrame({"a": [1]})'
    const { display } = await executor.executeCode(source, 'python', { timeoutMs: 120_000 })
    expect(display[0]?.data['image/png']).toBeInstanceOf(Uint8Array)
    expect(String(display[1]?.data['text/html'])).toContain('<table')
  }, 150_000)

  test('500 cells leave no descriptor and no listener', async () => {
    for (let index = 0; index < 20; index += 1) await executor.executeCode('1', 'python')
    const before = { descriptors: openDescriptors(), exit: process.listenerCount('exit') }
    const warnings: string[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', onWarning)
    for (let index = 0; index < 500; index += 1)
      await executor.executeCode(index % 20 === 0 ? '1/0' : `print(${index})\n${index}`, 'python')
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
    // A connection for requests may have been opened or closed meanwhile.
    expect(openDescriptors()).toBeLessThanOrEqual(before.descriptors + 2)
    expect(process.listenerCount('exit')).toBe(before.exit)
  }, 180_000)
})

test('spare kernels take the place of one that is lost, and hear of a restart', async () => {
  const made = makeJupyter({ spareKernels: 1, interruptGraceMs: 300 })
  await made.executeCode('kept = 1', 'python')
  const first = (await made.executeCode('import os; print(os.getpid())', 'python')).output
  await made.restart()
  const result = await made.executeCode('import os; print(os.getpid()); print("kept" in globals())', 'python')
  expect(result.output).not.toContain(first)
  expect(result.output).toMatch(/False\n$/)
})

test('pictures and pages are written to the output directory, too', async () => {
  const outputDir = join(scratchDirectory(), 'made')
  const made = makeJupyter({ outputDir })
  await made.executeCode(
    'from IPython.display import display, HTML, SVG\ndisplay(HTML("<b>x</b>")); display(SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"))\n1',
    'python',
  )
  const names = readdirSync(outputDir).toSorted()
  expect(names.map((name) => name.split('.').pop())).toEqual(['html', 'svg'])
  expect(readFileSync(join(outputDir, names[0] ?? ''), 'utf8')).toBe('<b>x</b>')
})

test('a recording has the outputs of each cell in order', async () => {
  const made = makeJupyter()
  const cells: unknown[] = []
  const end = made.recordCells((cell) => cells.push(cell))
  await made.executeCode('import sys\nprint("a"); print("b")\nprint("c", file=sys.stderr)\n42', 'python')
  await made.executeCode('1/0', 'python')
  end()
  await made.executeCode('2', 'python')
  expect(cells).toMatchObject([
    {
      language: 'python',
      kernel: 'python3',
      executionCount: 1,
      outputs: [
        { kind: 'stream', stream: 'output', text: 'a\nb\n' },
        { kind: 'stream', stream: 'error', text: 'c\n' },
        { kind: 'display', display: { kind: 'result', data: { 'text/plain': '42' } } },
      ],
    },
    { executionCount: 2, outputs: [{ kind: 'raised', name: 'ZeroDivisionError', message: 'division by zero' }] },
  ])
})

test('a config makes the same executor again', async () => {
  const { createExecutor } = await import('../../src/config/create-executor.ts')
  const config = new JupyterCodeExecutor({ virtualEnv, env: { SECRET: 'x' }, kernelName: 'python3' }).toConfig()
  expect(config).toEqual({ version: 1, executor: 'jupyter', options: { virtualEnv, kernelName: 'python3' }, env: ['SECRET'], withheld: [] })
  await using again = await createExecutor(config, { env: { SECRET: 'y' } })
  expect((await again.executeCode('import os; print(os.environ["SECRET"])', 'python')).output).toBe('y\n')
})
