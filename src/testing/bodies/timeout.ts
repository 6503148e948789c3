import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { TimeoutError, type CodeResult, type LanguageName } from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'
import { daemonize, deaf, inOtherSession, PYTHON_WAITS, sleeper, stubborn } from './programs.ts'
import { COMPILED, withCompiler } from './results.ts'

/** Time enough for a program to start and say so. */
const LIMIT_MS = 1_500

/** Runs a program into its time limit, having seen its marked processes alive, and holds that they are dead as soon as the call settles. */
async function timesOut(
  t: ContractContext,
  source: string,
  markers: readonly string[],
  language: LanguageName = 'sh',
): Promise<CodeResult> {
  const timeoutMs = t.ms(LIMIT_MS)
  const run = t.create().executeCode(source, language, { timeoutMs })
  run.catch(() => {})
  for (const marker of markers) await t.seen(marker, run)
  const error = await t.rejects(run, 'TIMEOUT', 'a program that runs too long')
  for (const marker of markers) await t.gone(marker)
  assert.ok(error instanceof TimeoutError)
  assert.equal(error.details.limitMs, timeoutMs)
  return error.result
}

export const timeoutBodies = {
  'limits:timeout:error': async (t) => {
    const marker = t.marker()
    const result = await timesOut(t, `echo out; echo err >&2; printf partial; ${sleeper(marker)}`, [marker])
    assert.deepEqual(result.termination, { kind: 'timed-out', limitMs: t.ms(LIMIT_MS) })
    assert.equal(result.output, 'out\npartial')
    assert.equal(result.error, 'err\n')
    assert.equal(result.exitCode, null)
    assert.equal(result.success, false)
    assert.equal(result.phase, 'run')
    assert.ok(result.durationMs >= t.ms(LIMIT_MS) - 5, `${result.durationMs} ms`)
  },

  'limits:timeout:default': async (t) => {
    const executor = t.create({ timeoutMs: t.ms(LIMIT_MS) })
    const marker = t.marker()
    const run = executor.executeCode(sleeper(marker), 'sh')
    run.catch(() => {})
    await t.seen(marker, run)
    const error = await t.rejects(run, 'TIMEOUT', 'a program that runs too long')
    assert.equal(error.details.limitMs, t.ms(LIMIT_MS))
    const longer = await executor.executeCode('sleep 2; echo done', 'sh', { timeoutMs: t.ms(20_000) })
    assert.equal(longer.output, 'done\n')
  },

  'limits:timeout:prompt': async (t) => {
    const executor = t.create()
    await t.assertUsable(executor)
    const marker = t.marker()
    const startedAt = performance.now()
    const run = executor.executeCode(deaf(marker), 'sh', { timeoutMs: t.ms(LIMIT_MS) })
    run.catch(() => {})
    await t.seen(marker, run)
    await t.rejects(run, 'TIMEOUT', 'a stubborn program')
    const lateMs = performance.now() - startedAt - t.ms(LIMIT_MS)
    assert.ok(lateMs < t.ms(3_000), `settled ${lateMs} ms after the deadline`)
  },

  'limits:timeout:ignored-signals': async (t) => {
    const [outer, inner] = [t.marker(), t.marker()]
    const source = `trap '' TERM INT HUP\n${stubborn(inner)} &\necho ready\n${stubborn(outer)}\n`
    assert.equal((await timesOut(t, source, [outer, inner])).output, 'ready\n')
  },

  'limits:timeout:tree': async (t) => {
    const [child, grandchild] = [t.marker(), t.marker()]
    const source = `sh -c '${sleeper(grandchild)} & ${sleeper(child)} & wait' &\necho ready\nwait\n`
    assert.equal((await timesOut(t, source, [child, grandchild])).output, 'ready\n')
  },

  'limits:timeout:setsid': async (t) => {
    const marker = t.marker()
    assert.equal((await timesOut(t, inOtherSession(marker), [marker], 'python')).output, 'ready\n')
  },

  'limits:timeout:daemon': async (t) => {
    const marker = t.marker()
    assert.equal((await timesOut(t, daemonize(marker, PYTHON_WAITS), [marker], 'python')).output, 'ready\n')
  },

  'limits:timeout:clean-daemon': async (t) => {
    const marker = t.marker()
    assert.equal((await timesOut(t, daemonize(marker, PYTHON_WAITS, '{}'), [marker], 'python')).output, 'ready\n')
  },

  'limits:timeout:relay': async (t) => {
    const marker = t.marker()
    // Each process is there for a moment only, too short for some probes to see: the third one says that it was.
    const relay = '[ "$2" = 3 ] && echo relayed\n[ "$2" -lt 5000 ] && sh relay.sh "$1" $(($2 + 1)) &\nsleep 0.005\n'
    const executor = t.create()
    const run = executor.executeCode({ 'main.sh': `sh relay.sh ${marker} 0 &\nsleep 60\n`, 'relay.sh': relay }, 'sh', {
      timeoutMs: t.ms(LIMIT_MS),
    })
    const error = await t.rejects(run, 'TIMEOUT', 'a program that runs too long')
    assert.ok(error instanceof TimeoutError)
    assert.equal(error.result.output, 'relayed\n')
    for (let look = 0; look < 10; look += 1) {
      await t.gone(marker)
      await delay(20)
    }
  },

  'limits:timeout:closed-output': async (t) => {
    const marker = t.marker()
    const result = await timesOut(t, `echo ready; exec >&- 2>&- <&-; ${sleeper(marker)}`, [marker])
    assert.equal(result.output, 'ready\n')
  },

  'limits:timeout:flood': async (t) => {
    const marker = t.marker()
    // The awk variant of `yes` has the marker among its arguments.
    const result = await timesOut(t, `awk 'BEGIN { for (;;) print "a line that goes on and on" }' ${marker}`, [marker])
    assert.ok(result.output.startsWith('a line that goes on and on\n'))
    assert.ok(result.omittedBytes.output > 0, 'nothing was left out of an endless output')
  },

  'limits:timeout:compile': async (t) => {
    const marker = t.marker()
    const executor = t.create(withCompiler)
    const run = executor.executeCode(`#compile echo compiling; ${sleeper(marker)}\ntouch ran`, COMPILED, { timeoutMs: t.ms(LIMIT_MS) })
    run.catch(() => {})
    await t.seen(marker, run)
    const error = await t.rejects(run, 'TIMEOUT', 'a compiler that runs too long')
    await t.gone(marker)
    assert.ok(error instanceof TimeoutError)
    assert.equal(error.result.phase, 'compile')
    assert.equal(error.result.output, 'compiling\n')
    assert.equal((await executor.executeCode('ls ran', 'sh')).success, false, 'the program ran after the deadline')
  },

  'limits:timeout:recovery': async (t) => {
    const executor = t.create()
    const marker = t.marker()
    const run = executor.executeCode(deaf(marker), 'sh', { timeoutMs: t.ms(LIMIT_MS) })
    run.catch(() => {})
    await t.seen(marker, run)
    await t.rejects(run, 'TIMEOUT', 'a stubborn program')
    await t.assertUsable(executor)
  },
} as const satisfies Bodies
