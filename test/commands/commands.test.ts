import { describe, expect, test } from 'vitest'
import { isCommandRunner } from '../../src/core/index.ts'
import { withCache, withLogging, withValidation } from '../../src/wrappers/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal, skipBecause } from '../support/local.ts'
import { PLACES } from './places.ts'

describe.each(PLACES)('a command on %s', (_, make, missing) => {
  skipBecause(missing)

  test('that breaks a limit is a value that says which', async () => {
    const executor = make({ limits: { memory: '64m', disk: '8m' } })
    const memory = await executor.runCommand([
      'python3',
      '-c',
      'print("first", flush=True); x = bytearray(500_000_000); x[::4096] = b"x" * len(x[::4096])',
    ])
    expect(memory).toMatchObject({ errorKind: 'out_of_memory', output: 'first\n', exitCode: null, success: false })
    const disk = await executor.runCommand('echo first; head -c 30000000 /dev/zero > big; exit 1')
    expect(disk).toMatchObject({ errorKind: 'out_of_disk', output: 'first\n' })
    expect(disk.advice).toContain('Remove files')
    expect((await executor.runCommand('rm -f big; echo next')).output).toBe('next\n')
  })

  test('never runs in a directory that was swapped for a link', async () => {
    const executor = make({ concurrency: 2 })
    await executor.runCommand('mkdir real; mkdir real/in')
    const swapper = await executor.startCommand('while :; do mv real kept && ln -s / real; rm -f real; mv kept real; done 2>/dev/null')
    const kinds = new Set<string>()
    for (let count = 0; count < 60; count += 1) {
      const { output, success, errorKind } = await executor.runCommand(['pwd', '-P'], { cwd: 'real' })
      if (success) expect(output).toMatch(/\/(?:real|kept)\n$/)
      kinds.add(success ? 'ran' : String(errorKind))
    }
    expect(kinds.has('ran')).toBe(true)
    await swapper.kill()
  })

  test('goes through the shell that the executor was told to take', async () => {
    const executor = make({ shell: '/bin/bash' })
    expect((await executor.runCommand('[[ a == a ]] && echo "$0"')).output).toBe('/bin/bash\n')
    expect((await executor.startCommand('echo {a,b}')).id).toMatch(/^bg-\d+$/)
    const missing = make({ shell: '/no/such/shell' })
    expect(await missing.runCommand('echo x')).toMatchObject({ errorKind: 'not_found', exitCode: null })
  })

  test('that is one of the allowed ones cannot be turned into another by what is in the working directory', async () => {
    const executor = make({ allowedCommands: ['ls', 'cat [a-z]+', 'printenv PATH'], allowCode: true })
    await executor.executeCode("printf '#!/bin/sh\\ntouch ran\\n' > ls; chmod +x ls; cp ls cat; mkdir sub; cp ls sub/", 'sh')
    const inSub = await executor.runCommand('ls', { cwd: 'sub' })
    expect(inSub).toMatchObject({ output: 'ls\n', success: true })
    expect((await executor.runCommand('ls')).output).toBe('cat\nls\nsub\n')
    for (const command of ['cat /etc/passwd', 'cat ../x', 'cat x y', './ls', 'cat -', 'LS', 'ls.']) {
      expect(await executor.runCommand(command), command).toMatchObject({ errorKind: 'command_not_allowed' })
    }
  })

  test('that ends the shell around it, or floods both streams, is told as it was', async () => {
    const executor = make({ limits: { outputBytes: 1_000 } })
    const flood = await executor.runCommand('yes | head -c 3000000; yes no | head -c 3000000 >&2')
    expect(flood).toMatchObject({ success: true, omittedBytes: { output: 2_999_000, error: 2_999_000 } })
    expect(await executor.runCommand('kill -TERM $$; sleep 600', { timeoutMs: 10_000 })).toMatchObject({ exitCode: null })
    expect((await executor.runCommand('echo next')).output).toBe('next\n')
  })
})

test('options of commands that make no sense are refused when the executor is made', async () => {
  const wrong = [
    { shell: '' },
    { shell: 'bash -x' },
    { shell: 5 },
    { allowedCommands: 'ls' },
    { allowedCommands: [5] },
    { allowedCommands: [/ls/g] },
    { allowCode: 'yes' },
    { backgroundCommands: -1 },
    { backgroundCommands: 1.5 },
    { backgroundCommands: Number.NaN },
  ]
  for (const options of wrong) await expectCode(() => makeLocal(options as object), 'INVALID_ARGUMENT', JSON.stringify(options))
})

test('an executor whose list of commands is text can be written as plain JSON', () => {
  expect(makeLocal({ allowedCommands: ['ls .*'] }).toConfig().options).toMatchObject({ allowedCommands: ['ls .*'] })
})

test('a refusal names what is allowed, and the command', async () => {
  const result = await makeLocal({ allowedCommands: ['git (?:status|diff)', /ls/i] }).runCommand('rm -rf x')
  expect(result.error).toBe('The command is not allowed: allowed are commands that match git (?:status|diff) , ls. It was: rm -rf x\n')
})

test('wrappers run programs only: nothing gets past them as a command', () => {
  const executor = makeLocal()
  expect(isCommandRunner(executor)).toBe(true)
  for (const wrapped of [withLogging(executor), withValidation(executor, { deny: {} }), withCache(executor)]) {
    expect(isCommandRunner(wrapped)).toBe(false)
  }
})
