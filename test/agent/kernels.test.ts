import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pythonFunctions } from '../../src/agent/index.ts'
import { makeJupyter, noJupyter } from '../support/jupyter-executor.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'
import { block, eventsOf, makeAgent, scripted } from './support.ts'

/** A package that is installed from a directory, since the tests are not to depend on a registry. */
function localPackage(): string {
  const directory = scratchDirectory()
  mkdirSync(join(directory, 'tinypackage'))
  writeFileSync(join(directory, 'tinypackage', '__init__.py'), 'def f():\n    return 7\n')
  writeFileSync(
    join(directory, 'setup.py'),
    'from setuptools import setup\nsetup(name="tinypackage", version="1.0", packages=["tinypackage"])\n',
  )
  return directory
}

describe('an agent over kernels', { timeout: 120_000 }, () => {
  skipBecause(noJupyter)

  test('has names, functions and pictures over its turns, and its model goes on from a traceback', async () => {
    const model = scripted(
      block('from functions import f\nx = f(6)\nprint(x)'),
      'It is 42.',
      block('print(x + undefined_name)'),
      block('import matplotlib.pyplot as plt\nplt.plot([1, x])\nplt.show()\nprint(x + 1)'),
      'Done.',
    )
    const functions = [pythonFunctions({ source: 'def f(x: int) -> int:\n    return x * 7\n' })]
    const agent = makeAgent(makeJupyter(), { functions, model })
    expect((await agent.run({ task: 'First.' })).results).toMatchObject([{ result: { output: '42\n' } }])
    const { message, events } = await agent.run({ task: 'Second.' })
    expect(message.content).toBe('Done.')
    const [failed, drawn] = eventsOf(events, 'execution-end').map(({ result }) => result)
    expect(failed).toMatchObject({ status: 'ran', result: { success: false, termination: { kind: 'raised', name: 'NameError' } } })
    expect(drawn).toMatchObject({ status: 'ran', result: { output: '43\n' } })
    const seen = model.calls.map((messages) => messages.at(-1)?.content ?? '')
    // A traceback without colours, and a picture as what it is and not as its bytes.
    expect(seen[3]).toMatch(/NameError: name 'undefined_name' is not defined/)
    expect(seen[3]).not.toContain('\u001B')
    expect(seen[4]).toMatch(/It displayed image\/png \d+x\d+, \d+ bytes/)
  })

  test('tells its model that names are gone when a cell had to be ended with its kernel', async () => {
    const stubborn = 'import time\nwhile True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass\n'
    const model = scripted(block('x = 1'), 'Set.', block(stubborn), block('print("x" in globals())'), 'Gone.')
    const agent = makeAgent(makeJupyter({ interruptGraceMs: 500 }), { model, timeoutMs: 3_000 })
    await agent.run({ task: 'Set x.' })
    const { message, results } = await agent.run({ task: 'Wait.' })
    expect(message.content).toBe('Gone.')
    expect(results).toMatchObject([{ result: { output: 'False\n' } }])
    expect(model.calls[3]?.at(-1)?.content).toContain('names and files of earlier programs are gone')
  })

  test('installs packages into the working directory, where the kernel finds them', async () => {
    const agent = makeAgent(makeJupyter(), { packages: { python: [localPackage()] }, timeoutMs: 100_000 })
    const { results, events } = await agent.run({
      task: block('import tinypackage\nprint(tinypackage.f(), "python_packages" in tinypackage.__file__)'),
    })
    expect(results).toMatchObject([{ result: { output: '7 True\n' } }])
    expect(eventsOf(events, 'setup').map(({ command }) => command)).toMatchObject([expect.stringContaining('pip install')])
  })

  test('an abort interrupts the cell, and names are still there', async () => {
    const executor = makeJupyter()
    const agent = makeAgent(executor)
    await agent.run({ task: block('x = 5') })
    const controller = new AbortController()
    const run = agent.run({ task: block('import time\ntime.sleep(60)'), signal: controller.signal })
    run.catch(() => {})
    setTimeout(() => controller.abort(new Error('enough')), 1_000)
    await expect(run).rejects.toThrow('enough')
    expect((await agent.run({ task: block('print(x)') })).results).toMatchObject([{ result: { output: '5\n' } }])
  })
})
