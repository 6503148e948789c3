import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LanguageDefinition } from '../../src/languages/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal, WAYS, skipBecause } from '../support/local.ts'
import { leftovers, listTree, newMarker, openDescriptors, PATIENCE, processesWith, scratchDirectory, seeAlive } from '../support/world.ts'

/** A language of one's own whose interpreter is this. */
const toy = (command: string): { readonly languages: readonly LanguageDefinition[] } => ({
  languages: [{ name: 'toy', extensions: ['.toy'], command: [command] }],
})

/** A program in a directory of its own. */
function script(text: string, mode = 0o755): string {
  const path = join(scratchDirectory(), 'program')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('an interpreter that cannot run', () => {
  test('a directory, a file nobody may run, and nothing at all are LANGUAGE_UNAVAILABLE with what was tried', async () => {
    const directory = scratchDirectory()
    mkdirSync(join(directory, 'dir'))
    for (const command of [directory, '/', script('#!/bin/sh\n', 0o644), join(directory, 'missing'), './dir', 'no-such-program-at-all']) {
      const { details } = await expectCode(makeLocal(toy(command)).executeCode('x', 'toy'), 'LANGUAGE_UNAVAILABLE', command)
      expect(details.tried).toEqual([command])
    }
  })

  test('of a name on the PATH the first that can run is taken', async () => {
    const [first, second] = [scratchDirectory(), scratchDirectory()]
    mkdirSync(join(first, 'toyi'))
    writeFileSync(join(second, 'toyi'), '#!/bin/sh\necho right\n')
    chmodSync(join(second, 'toyi'), 0o755)
    const executor = makeLocal({ ...toy('toyi'), env: { PATH: `${first}:${second}:/usr/bin:/bin` } })
    expect((await executor.executeCode('x', 'toy')).output).toBe('right\n')
  })

  test('one that appears later is found then', async () => {
    const path = join(scratchDirectory(), 'late')
    const executor = makeLocal(toy(path))
    await expectCode(executor.executeCode('x', 'toy'), 'LANGUAGE_UNAVAILABLE')
    writeFileSync(path, '#!/bin/sh\necho here\n')
    chmodSync(path, 0o755)
    expect((await executor.executeCode('x', 'toy')).output).toBe('here\n')
  })

  test.each(WAYS.slice(0, 2))('%s: one that went away between two runs is a coded error and no exit code', async (_, make) => {
    const path = script('#!/bin/sh\necho here\n')
    const executor = make(toy(path))
    expect((await executor.executeCode('x', 'toy')).output).toBe('here\n')
    rmSync(path)
    await expectCode(executor.executeCode('x', 'toy'), 'LANGUAGE_UNAVAILABLE')
  })

  test('one whose own interpreter is missing is a coded error and no exit code', async () => {
    const outcome = makeLocal(toy(script('#!/no/such/interpreter\n'))).executeCode('x', 'toy')
    await expectCode(outcome, 'BACKEND_REJECTED')
  })
})

describe.each(WAYS)('%s: a command line that is too long', (_, make, missing) => {
  skipBecause(missing)
  test('is BACKEND_REJECTED for one argument, for many, and for variables', async () => {
    const executor = make()
    for (const options of [
      { args: ['x'.repeat(131_072)] },
      { args: ['字'.repeat(50_000)] },
      { args: Array.from({ length: 30 }, () => 'x'.repeat(100_000)) },
      { env: { LARGE: 'x'.repeat(131_072) } },
    ]) {
      const { message } = await expectCode(executor.executeCode('true', 'sh', options), 'BACKEND_REJECTED')
      expect(message).toContain('standard input')
    }
  })

  test('is run when it is as long as the system takes', async () => {
    expect((await make().executeCode('echo "${#1}"', 'sh', { args: ['x'.repeat(131_071)] })).output).toBe('131071\n')
  })

  test('is BACKEND_REJECTED for very many short arguments, whose pointers count as well', async () => {
    const executor = make()
    await expectCode(executor.executeCode('true', 'sh', { args: Array.from({ length: 300_000 }, () => 'x') }), 'BACKEND_REJECTED')
  })

  test('is BACKEND_REJECTED when the variables of the executor and the arguments are too long together', async () => {
    const env = Object.fromEntries(Array.from({ length: 12 }, (_unused, index) => [`LARGE_${index}`, 'x'.repeat(100_000)]))
    const executor = make({ env })
    expect((await executor.executeCode('echo fits', 'sh')).output).toBe('fits\n')
    await expectCode(
      executor.executeCode('true', 'sh', { args: Array.from({ length: 12 }, () => 'x'.repeat(100_000)) }),
      'BACKEND_REJECTED',
    )
  })

  test('is BACKEND_REJECTED when a variable of the executor is too long by itself', async () => {
    await expectCode(make({ env: { LARGE: 'x'.repeat(200_000) } }).start(), 'BACKEND_REJECTED')
  })

  test('leaves nothing when not even the first shell can be started', async () => {
    const before = { ...leftovers(), descriptors: openDescriptors() }
    const executor = make({ env: { LARGE: 'x'.repeat(200_000) } })
    for (let round = 0; round < 10; round += 1) await executor.start().catch(() => {})
    await executor.stop()
    expect(leftovers()).toMatchObject({ cgroups: before.cgroups, directories: before.directories, exitListeners: before.exitListeners })
    await expect.poll(openDescriptors, PATIENCE).toBeLessThanOrEqual(before.descriptors + 5)
  })
})

describe('a compiler', () => {
  /** A language whose compiler is a shell script. */
  function compiledToy(compiler: string): { readonly languages: readonly LanguageDefinition[] } {
    const path = script(compiler)
    const toolchain = {
      programs: [path],
      compile: (unit: { entryPoint: string; buildDir: string }) => [[path, unit.entryPoint, `${unit.buildDir}/program`] as const],
      run: (unit: { buildDir: string }) => [`${unit.buildDir}/program`] as const,
    }
    return { languages: [{ name: 'toy', extensions: ['.toy'], toolchains: [toolchain] }] }
  }

  test.each(WAYS.slice(0, 2))('%s: an abort while it works ends its tree and removes what it made', async (_, make) => {
    const marker = newMarker()
    const workDir = scratchDirectory()
    const slow = `#!/bin/sh\ntrap '' TERM\necho compiling\nsh -c 'sleep 600; :' ${marker} &\necho part > "$2.part"\nwait\n`
    const executor = make({ ...compiledToy(slow), workDir })
    const controller = new AbortController()
    const reason = { why: 'changed my mind' }
    const run = executor.executeCode('x', 'toy', { signal: controller.signal })
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(reason)
    await expect(run).rejects.toBe(reason)
    expect(processesWith(marker)).toEqual([])
    expect(listTree(workDir)).toEqual([])
  })

  test('that fails is a result of phase compile, and nothing runs', async () => {
    const executor = makeLocal({ ...compiledToy('#!/bin/sh\necho "line 1: no" >&2\nexit 4\n'), workDir: scratchDirectory() })
    expect(await executor.executeCode('x', 'toy')).toMatchObject({ phase: 'compile', exitCode: 4, error: 'line 1: no\n', success: false })
  })

  test('leaves nothing after the run, and everything with keepFiles', async () => {
    const compiler = '#!/bin/sh\nprintf "#!/bin/sh\\necho ran\\n" > "$2"\nchmod +x "$2"\n'
    for (const keepFiles of [false, true]) {
      const workDir = scratchDirectory()
      const executor = makeLocal({ ...compiledToy(compiler), workDir, keepFiles })
      expect((await executor.executeCode('x', 'toy')).output).toBe('ran\n')
      expect(listTree(workDir).length).toBe(keepFiles ? 3 : 0)
    }
  })
})
