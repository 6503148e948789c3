import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { javascriptFunctions, pythonFunctions } from '../../src/agent/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { FakeExecutor } from '../support/fake-executor.ts'
import { makeLocal, noSandbox, makeSandboxed } from '../support/local.ts'
import { listTree, scratchDirectory } from '../support/world.ts'
import { block, eventsOf, makeAgent, scripted } from './support.ts'

const python = `
import math

async def fetch(url: str) -> str:
    return url

def area(
    radius: float,  # a comment with ) and :
    *, unit: str = "m)",
) -> dict[str, float]:
    """The area of a circle.

    In square units.
    """
    return {unit: math.pi * radius ** 2}

TEXT = """
def not_a_function(x):
    pass
"""

def _hidden(): pass

class Circle:
    def method(self): pass
`

const javascript = `
const text = \`
export function notOne() {}
\`
/** Adds. */
export function add(a, b = (1 + 2)) {
  return a + b
}
function hidden() {}
export const twice = async (x) => x * 2
`

describe('what a model is told', () => {
  test('of Python functions', () => {
    const { prompt } = pythonFunctions({ source: python, module: 'shapes' })
    expect(prompt).toContain('from shapes import fetch')
    expect(prompt).toContain('async def fetch(url: str) -> str:\n    ...')
    expect(prompt).toMatch(/def area\([\s\S]*\) -> dict\[str, float\]:\n {4}"""The area of a circle\.[\s\S]*In square units\./)
    for (const hidden of ['not_a_function', '_hidden', 'method', 'math.pi']) expect(prompt).not.toContain(hidden)
  })

  test('of JavaScript functions', () => {
    const { prompt } = javascriptFunctions({ source: javascript })
    expect(prompt).toContain(`import { add } from './functions.mjs'`)
    expect(prompt).toContain('/** Adds. */\nexport function add(a, b = (1 + 2))')
    expect(prompt).toContain('export const twice = async (x) => ...')
    for (const hidden of ['notOne', 'hidden', 'return']) expect(prompt).not.toContain(hidden)
  })

  test('stands in the system message', async () => {
    const model = scripted('Fine.')
    await makeAgent(makeLocal(), { model, functions: [pythonFunctions({ source: python })] }).run({ task: 'Hello.' })
    expect(model.calls[0]?.[0]).toMatchObject({ role: 'system', content: expect.stringContaining('from functions import') as string })
  })
})

describe('functions', () => {
  test('of Python can be imported, turn after turn', async () => {
    const agent = makeAgent(makeLocal(), { functions: [pythonFunctions({ source: python })] })
    for (const time of [1, 2]) {
      const { results, events } = await agent.run({ task: block('from functions import area\nprint(round(area(1)["m)"], 2))') })
      expect(results).toMatchObject([{ result: { output: '3.14\n' } }])
      expect(eventsOf(events, 'setup'), `turn ${time}`).toHaveLength(time === 1 ? 1 : 0)
    }
  })

  test('of JavaScript too', async () => {
    const agent = makeAgent(makeLocal(), { functions: [javascriptFunctions({ source: javascript })] })
    const { results } = await agent.run({
      task: block(`import { add, twice } from './functions.mjs'\nconsole.log(add(1), await twice(4))`, 'js'),
    })
    expect(results).toMatchObject([{ result: { output: '4 8\n' } }])
  })

  test('in several files', async () => {
    const functions = [
      pythonFunctions({
        source: {
          'tools/__init__.py': '',
          'tools/text.py': 'from .base import X\ndef up(t):\n    return t.upper() + X\n',
          'tools/base.py': 'X = "!"\n',
        },
      }),
    ]
    expect(functions[0]?.prompt).toContain('from tools.text import up')
    const { results } = await makeAgent(makeLocal(), { functions }).run({ task: block('from tools.text import up\nprint(up("a"))') })
    expect(results).toMatchObject([{ result: { output: 'A!\n' } }])
  })

  test('are put in place again for a fresh executor', async () => {
    const agent = makeAgent(makeLocal(), { ownsExecutor: true, functions: [pythonFunctions({ source: python })] })
    for (const time of [1, 2]) {
      const { results } = await agent.run({
        task: block('import functions, pathlib\nprint(len(list(pathlib.Path(".").glob("mine*"))))\nopen("mine", "w")'),
      })
      expect(results, `time ${time}`).toMatchObject([{ result: { output: '0\n', success: true } }])
      await agent.reset()
    }
  })

  test.skipIf(noSandbox !== undefined)('in a sandbox', async () => {
    const agent = makeAgent(makeSandboxed(), { functions: [pythonFunctions({ source: python })] })
    const { results } = await agent.run({ task: block('from functions import area\nprint(len(area(1)))') })
    expect(results).toMatchObject([{ result: { output: '1\n' } }])
  })

  test('that do not load are refused before any program runs, with the reason', async () => {
    const agent = makeAgent(makeLocal(), { functions: [pythonFunctions({ source: 'import no_such_module\ndef f(): pass\n' })] })
    const error = await expectCode(agent.run({ task: block('print(1)') }), 'INVALID_ARGUMENT')
    expect(error.message).toContain('no_such_module')
  })

  test.each<[string, () => unknown]>([
    ['none', () => pythonFunctions({ source: 'x = 1' })],
    ['no source', () => pythonFunctions({ source: '' })],
    ['a name that cannot be imported', () => pythonFunctions({ source: python, module: 'a-b' })],
    ['a path for a name', () => javascriptFunctions({ source: javascript, module: '../x' })],
    ['flags for packages', () => pythonFunctions({ source: python, packages: ['-r x'] })],
    ['an unknown option', () => pythonFunctions({ source: python, requirements: [] } as never)],
  ])('of a module with %s are refused', async (_, make) => {
    await expectCode(make, 'INVALID_ARGUMENT')
  })
})

test('an executor that keeps state is told where packages are by a program, and gets no variables for it', async () => {
  const executor = new FakeExecutor(undefined, { capabilities: ['persistent-state'] })
  const functions = [pythonFunctions({ source: python, packages: ['numpy'] })]
  await makeAgent(executor, { functions }).run({ task: block('import numpy') })
  const told = executor.calls.map(({ text, source }) => text || Object.keys(source).join())
  expect(told[0]).toContain('"numpy"')
  expect(told[1]).toContain("sys.path.insert(0, os.path.abspath('python_packages'))")
  expect(told.slice(2)).toEqual(['functions.py,polyrun_functions.py', 'import numpy\n'])
  for (const { options } of executor.calls) expect(options).not.toHaveProperty('env')
})

describe('packages', () => {
  test('of Python go into the working directory, with the command and its output in the events', async () => {
    const wheel = makeWheel(scratchDirectory())
    const workDir = scratchDirectory()
    const agent = makeAgent(makeLocal({ workDir }), { packages: { python: [wheel] } })
    const { results, events } = await agent.run({ task: block('import tinypkg\nprint(tinypkg.X)') })
    expect(results).toMatchObject([{ result: { output: 'from a wheel\n' } }])
    const [setup] = eventsOf(events, 'setup')
    expect(setup?.command).toContain(`pip install`)
    expect(setup?.result.output).toContain('tinypkg')
    expect(listTree(workDir).some((path) => path.startsWith('python_packages/tinypkg'))).toBe(true)
    expect(
      () => execFileSync('python3', ['-c', 'import tinypkg'], { stdio: 'pipe' }),
      'the interpreter of the host was left alone',
    ).toThrow()
  })

  test('of JavaScript go into the working directory', async () => {
    const directory = scratchDirectory()
    mkdirSync(join(directory, 'tinypkg'))
    writeFileSync(
      join(directory, 'tinypkg', 'package.json'),
      JSON.stringify({ name: 'tinypkg', version: '1.0.0', type: 'module', exports: './index.js' }),
    )
    writeFileSync(join(directory, 'tinypkg', 'index.js'), 'export const x = "from a package"\n')
    const workDir = scratchDirectory()
    const agent = makeAgent(makeLocal({ workDir }), { packages: { javascript: [join(directory, 'tinypkg')] } })
    const { results, events } = await agent.run({ task: block('import { x } from "tinypkg"\nconsole.log(x)', 'js') })
    expect(results).toMatchObject([{ result: { output: 'from a package\n' } }])
    expect(eventsOf(events, 'setup')[0]?.command).toContain('npm install')
    expect(listTree(workDir)).toContain('node_modules/tinypkg')
  })

  test('that cannot be installed are an error with the command, and the next turn tries again', async () => {
    const agent = makeAgent(makeLocal(), { packages: { python: ['./there-is-no-such.whl'] } })
    for (const time of [1, 2]) {
      const error = await expectCode(agent.run({ task: block('print(1)') }), 'BACKEND_REJECTED', `turn ${time}`)
      expect(error.message).toContain('pip install')
    }
  })
})

/** A package of one file, made without any tool: a wheel is a zip with a list of its files. */
function makeWheel(directory: string): string {
  const path = join(directory, 'tinypkg-1.0-py3-none-any.whl')
  const program = `
import sys, zipfile
files = {
  'tinypkg.py': 'X = "from a wheel"\\n',
  'tinypkg-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: tinypkg\\nVersion: 1.0\\n',
  'tinypkg-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
files['tinypkg-1.0.dist-info/RECORD'] = ''.join(f'{name},,\\n' for name in files) + 'tinypkg-1.0.dist-info/RECORD,,\\n'
with zipfile.ZipFile(sys.argv[1], 'w') as out:
  for name, text in files.items(): out.writestr(name, text)
`
  execFileSync('python3', ['-c', program, path])
  return path
}
