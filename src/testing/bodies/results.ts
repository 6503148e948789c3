import assert from 'node:assert/strict'
import type { LanguageDefinition } from '../../languages/index.ts'
import type { Bodies } from './index.ts'
import { sleeper } from './programs.ts'

/** A language whose compile step can be told what to do: it copies the program, and runs the lines that start with `#compile`. */
const compiledShell: LanguageDefinition = {
  name: 'compiled-shell',
  extensions: ['.csh0'],
  toolchains: [
    {
      programs: ['sh'],
      compile: ({ entryPoint, buildDir }) => [
        ['sh', '-c', `sed -n 's/^#compile //p' "$1" > "$2/steps" && sh "$2/steps"`, 'sh', entryPoint, buildDir],
        ['cp', entryPoint, `${buildDir}/program`],
      ],
      run: ({ program, buildDir }, args) => [program('sh'), `${buildDir}/program`, ...args],
    },
  ],
}

/** Options of an executor that has {@link compiledShell}, and the shell. */
export const withCompiler = { languages: ['sh', compiledShell] }
export const COMPILED = 'compiled-shell'

export const resultBodies = {
  'results:streams': async (t) => {
    const result = await t.create().executeCode('echo one; echo two >&2; echo three', 'sh')
    assert.equal(result.output, 'one\nthree\n')
    assert.equal(result.error, 'two\n')
  },

  'results:exit-code': async (t) => {
    const executor = t.create()
    for (const exitCode of [0, 1, 2, 3, 42, 126, 127, 128, 200, 255]) {
      const result = await executor.executeCode(`echo out; exit ${exitCode}`, 'sh')
      assert.deepEqual(result.termination, { kind: 'exited', exitCode })
      assert.equal(result.exitCode, exitCode)
      assert.equal(result.success, exitCode === 0)
      assert.equal(result.output, 'out\n')
    }
  },

  'results:exit-124-137': async (t) => {
    const executor = t.create()
    for (const exitCode of [124, 137, 143]) {
      const result = await executor.executeCode(`exit ${exitCode}`, 'sh')
      assert.deepEqual(result.termination, { kind: 'exited', exitCode })
      assert.equal(result.success, false)
    }
  },

  'results:signal': async (t) => {
    const executor = t.create()
    for (const signal of ['TERM', 'KILL', 'SEGV']) {
      const result = await executor.executeCode(`echo before; kill -${signal} $$; sleep 5`, 'sh')
      assert.deepEqual(result.termination, { kind: 'signaled', signal: `SIG${signal}` })
      assert.equal(result.exitCode, null)
      assert.equal(result.success, false)
      assert.equal(result.output, 'before\n')
    }
  },

  'results:own-group': async (t) => {
    const executor = t.create()
    const marker = t.marker()
    const other = executor.executeCode(`${sleeper(marker)} &\nuntil [ -e go ]; do sleep 0.1; done; echo unharmed`, 'sh', {
      timeoutMs: t.ms(20_000),
    })
    other.catch(() => {})
    await t.seen(marker, other)
    const result = await executor.executeCode("trap '' TERM; kill -TERM 0; echo survived", 'sh')
    assert.equal(result.output, 'survived\n')
    assert.equal(await t.probe.isAlive(marker), true, 'a child of another run was ended')
    await executor.executeCode('touch go', 'sh')
    assert.equal((await t.within(other, 'the other program')).output, 'unharmed\n')
  },

  'results:facts': async (t) => {
    const executor = t.create()
    await executor.start()
    const startedAt = performance.now()
    const result = await executor.executeCode('sleep 0.3', 'sh')
    const elapsedMs = performance.now() - startedAt
    assert.equal(result.phase, 'run')
    assert.deepEqual(result.display, [])
    assert.deepEqual(result.omittedBytes, { output: 0, error: 0 })
    assert.ok(result.durationMs >= 290 && result.durationMs <= elapsedMs, `${result.durationMs} ms of ${elapsedMs} ms`)
    const failed = await executor.executeCode('no-such-command-at-all', 'sh')
    assert.equal(failed.exitCode, 127)
    assert.match(failed.error, /no-such-command-at-all/)
  },

  'results:uncaught-exception': async (t) => {
    const result = await t.create().executeCode('print("before")\nraise ValueError("the matter")\n', 'python')
    assert.equal(result.exitCode, 1)
    assert.equal(result.output, 'before\n')
    assert.match(result.error, /Traceback[^]*ValueError: the matter/)
  },

  'results:compile-error': async (t) => {
    const executor = t.create(withCompiler)
    const result = await executor.executeCode('#compile echo line 1 is wrong >&2; exit 2\ntouch ran; echo ran', COMPILED)
    assert.equal(result.phase, 'compile')
    assert.deepEqual(result.termination, { kind: 'exited', exitCode: 2 })
    assert.equal(result.success, false)
    assert.equal(result.error, 'line 1 is wrong\n')
    assert.equal((await executor.executeCode('ls ran', 'sh')).success, false, 'the program ran although it did not compile')
  },

  'results:compile': async (t) => {
    const executor = t.create(withCompiler)
    const result = await executor.executeCode('#compile echo compiling\necho running "$1"', COMPILED, { args: ['now'] })
    assert.equal(result.phase, 'run')
    assert.equal(result.output, 'compiling\nrunning now\n')
    assert.equal(result.success, true)
    const left = await executor.executeCode('for name in .[!.]* *; do [ -d "$name" ] && echo "$name"; done; :', 'sh')
    assert.equal(left.output, '', 'the build directory is still there')
  },
} as const satisfies Bodies
