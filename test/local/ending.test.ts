import { describe, expect, test } from 'vitest'
import type { TimeoutError } from '../../src/core/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeSandboxed, noSandbox, WAYS, skipBecause } from '../support/local.ts'
import { cgroupsOf, newMarker, openDescriptors, PATIENCE, processesWith, seeAlive } from '../support/world.ts'

/** A process of the machine with the marker in its arguments, for ten minutes. */
const marked = (marker: string): string => `sh -c 'sleep 600; :' ${marker}`

describe.each(WAYS)('%s', (name, make, missing) => {
  skipBecause(missing)
  const sandboxed = name === 'bubblewrap'

  test('a program that exits with the number of a signal exited', async () => {
    const executor = make()
    for (const exitCode of [0, 1, 2, 124, 126, 127, 128, 129, 130, 137, 139, 141, 143, 254, 255]) {
      const { termination } = await executor.executeCode(`exit ${exitCode}`, 'sh')
      expect(termination).toEqual({ kind: 'exited', exitCode })
    }
  })

  test('a program that a signal ended has its name', async () => {
    const executor = make()
    for (const signal of ['KILL', 'SEGV', 'TERM', 'ABRT', 'HUP', 'USR1', 'ALRM', 'BUS', 'FPE', 'ILL', 'QUIT']) {
      const result = await executor.executeCode(`import os, signal\nos.kill(os.getpid(), signal.SIG${signal})`, 'python')
      expect(result).toMatchObject({ termination: { kind: 'signaled', signal: `SIG${signal}` }, exitCode: null, success: false })
    }
  })

  test('SIGINT and SIGPIPE', async () => {
    const executor = make()
    for (const [signal, exitCode] of [
      ['INT', 130],
      ['PIPE', 141],
    ] as const) {
      const source = `import os, signal\nsignal.signal(signal.SIG${signal}, signal.SIG_DFL)\nos.kill(os.getpid(), signal.SIG${signal})`
      const { termination } = await executor.executeCode(source, 'python')
      // Shells do not name these two, and in the sandbox a shell is who tells.
      expect(termination).toEqual(sandboxed ? { kind: 'exited', exitCode } : { kind: 'signaled', signal: `SIG${signal}` })
    }
  })

  test('a program that prints like our own channel does not change how it ended', async () => {
    const { output, termination } = await make().executeCode(
      'echo "status 0"; echo full; echo Killed >&2; echo "status 0" >&2; exit 9',
      'sh',
    )
    expect(output).toBe('status 0\nfull\n')
    expect(termination).toEqual({ kind: 'exited', exitCode: 9 })
  })

  test('signals are not ignored that a program expects to work', async () => {
    const { output } = await make().executeCode('grep -E "^Sig(Ign|Blk)" /proc/self/status', 'sh')
    expect(
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => Number.parseInt(line.split(/\s+/)[1] ?? 'x', 16)),
    ).toEqual([0, 0])
  })

  test('a timed-out program that heeds SIGTERM gets its grace, and its last words are kept', async () => {
    // It takes its time for them, so that a kill right after the request would come before they are said.
    const source =
      '$| = 1; $SIG{TERM} = sub { select undef, undef, undef, 0.02; print "last words\\n"; exit }; print "first words\\n"; sleep 600'
    const error = await expectCode(make().executeCode(source, 'perl', { timeoutMs: 700 }), 'TIMEOUT')
    expect((error as TimeoutError).result).toMatchObject({
      output: 'first words\nlast words\n',
      termination: { kind: 'timed-out', limitMs: 700 },
    })
  })

  test('the child of a timed-out program gets the SIGTERM, too', async () => {
    const source = `import subprocess, sys, time
child = subprocess.Popen(['sh', '-c', 'trap "echo child; exit 0" TERM; echo ready; while :; do sleep 0.01; done'])
time.sleep(600)`
    const error = await expectCode(make().executeCode(source, 'python', { timeoutMs: 1_500 }), 'TIMEOUT')
    expect((error as TimeoutError).result.output).toContain('ready\n')
  })

  test('a timed-out program that ignores every request is dead soon after the limit', async () => {
    const marker = newMarker()
    const source = `trap '' TERM INT HUP QUIT\necho stubborn\nwhile :; do ${marked(marker)}; done`
    const startedAt = performance.now()
    const error = await expectCode(make().executeCode(source, 'sh', { timeoutMs: 1_000 }), 'TIMEOUT')
    expect(performance.now() - startedAt).toBeLessThan(1_000 + 1_500)
    expect((error as TimeoutError).result.output).toBe('stubborn\n')
    expect(processesWith(marker)).toEqual([])
  })

  test('a stopped program (SIGSTOP) is ended by the limit as well', async () => {
    const marker = newMarker()
    const source = `${marked(marker)} & kill -STOP $!; kill -STOP $$`
    await expectCode(make().executeCode(source, 'sh', { timeoutMs: 800 }), 'TIMEOUT')
    expect(processesWith(marker)).toEqual([])
  })

  test('a background child that holds the output open neither delays the result nor outlives it', async () => {
    const marker = newMarker()
    const executor = make()
    await executor.start()
    const startedAt = performance.now()
    const result = await executor.executeCode(`${marked(marker)} &\nuntil ps -ef | grep -q '[s]leep 600'; do :; done; echo done`, 'sh')
    expect(result).toMatchObject({ output: 'done\n', success: true })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(processesWith(marker)).toEqual([])
  })
})

describe.each(WAYS.filter(([name]) => name !== 'bubblewrap'))('%s, background', (_, make) => {
  test('with keepBackground a child lives until the executor stops', async () => {
    const marker = newMarker()
    const executor = make({ keepBackground: true })
    const { success } = await executor.executeCode(`${marked(marker)} >/dev/null 2>&1 &`, 'sh')
    expect(success).toBe(true)
    await seeAlive(marker)
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
    expect(processesWith(marker)).not.toEqual([])
    await executor.stop()
    expect(processesWith(marker)).toEqual([])
  })

  test('with keepBackground restart ends the child', async () => {
    const marker = newMarker()
    const executor = make({ keepBackground: true })
    await executor.executeCode(`${marked(marker)} >/dev/null 2>&1 &`, 'sh')
    await seeAlive(marker)
    await executor.restart()
    expect(processesWith(marker)).toEqual([])
  })

  test('with keepBackground a program that reaches its time limit leaves nothing', async () => {
    const marker = newMarker()
    const executor = make({ keepBackground: true })
    await expectCode(executor.executeCode(`${marked(marker)} & sleep 600`, 'sh', { timeoutMs: 800 }), 'TIMEOUT')
    expect(processesWith(marker)).toEqual([])
  })

  test('with keepBackground everything that the program printed is there', async () => {
    const executor = make({ keepBackground: true, limits: { outputBytes: 8_000_000 } })
    for (let round = 0; round < 10; round += 1) {
      const { output, error } = await executor.executeCode(
        'import sys\nsys.stdout.write("x" * 300000)\nsys.stderr.write("e" * 100000)',
        'python',
      )
      expect([output.length, error.length]).toEqual([300_000, 100_000])
    }
  })

  test('with keepBackground programs that left nothing hold nothing', async () => {
    const executor = make({ keepBackground: true })
    await executor.executeCode('true', 'sh')
    const before = { descriptors: openDescriptors(), cgroups: cgroupsOf().length }
    for (let round = 0; round < 30; round += 1) await executor.executeCode('true', 'sh')
    await expect.poll(() => openDescriptors() - before.descriptors, PATIENCE).toBeLessThan(15)
    expect(cgroupsOf().length - before.cgroups).toBeLessThan(10)
  })
})

describe('in a sandbox', () => {
  test('keepBackground is refused: a sandbox ends with its program', async (context) => {
    context.skip(noSandbox !== undefined, noSandbox)
    await expectCode(() => makeSandboxed({ keepBackground: true }), 'CAPABILITY_UNSUPPORTED')
  })

  // Elsewhere such a program could end this very process.
  test('a program that kills all it may kill harms nobody but itself', async (context) => {
    context.skip(noSandbox !== undefined, noSandbox)
    const executor = makeSandboxed()
    expect((await executor.executeCode('kill -9 -1; echo survived', 'sh')).success).toBe(false)
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
  })
})
