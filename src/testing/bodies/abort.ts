import assert from 'node:assert/strict'
import type { LanguageName } from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'
import { daemonize, deaf, PYTHON_WAITS, sleeper, stubborn } from './programs.ts'
import { COMPILED, withCompiler } from './results.ts'

/** Aborts a program whose marked processes were seen alive, and holds that they are dead as soon as the call settles. */
async function aborts(t: ContractContext, source: string, markers: readonly string[], language: LanguageName = 'sh'): Promise<void> {
  const controller = new AbortController()
  const run = t.create().executeCode(source, language, { signal: controller.signal })
  run.catch(() => {})
  for (const marker of markers) await t.seen(marker, run)
  const reason = new Error('enough')
  controller.abort(reason)
  await t.rejectsWith(run, reason)
  for (const marker of markers) await t.gone(marker)
}

export const abortBodies = {
  'abort:reason': async (t) => {
    const executor = t.create()
    for (const reason of [new Error('enough'), { some: 'object' }, 'a text', 0, null]) {
      const controller = new AbortController()
      const marker = t.marker()
      const run = executor.executeCode(sleeper(marker), 'sh', { signal: controller.signal })
      run.catch(() => {})
      await t.seen(marker, run)
      controller.abort(reason)
      await t.rejectsWith(run, reason)
    }
  },

  'abort:tree': async (t) => {
    const [child, grandchild] = [t.marker(), t.marker()]
    await aborts(t, `sh -c '${sleeper(grandchild)} & ${sleeper(child)} & wait' &\nwait\n`, [child, grandchild])
  },

  'abort:daemon': async (t) => {
    const marker = t.marker()
    await aborts(t, daemonize(marker, PYTHON_WAITS), [marker], 'python')
  },

  'abort:ignored-signals': async (t) => {
    const marker = t.marker()
    await aborts(t, deaf(marker), [marker])
  },

  'abort:already': async (t) => {
    const executor = t.create()
    const reason = new Error('before it began')
    await t.rejectsWith(executor.executeCode('touch ran', 'sh', { signal: AbortSignal.abort(reason) }), reason)
    assert.equal((await executor.executeCode('ls ran', 'sh')).success, false, 'the program ran')
  },

  'abort:during-start': async (t) => {
    const executor = t.create()
    const controller = new AbortController()
    const run = executor.executeCode('touch ran', 'sh', { signal: controller.signal })
    const reason = new Error('while it starts')
    controller.abort(reason)
    await t.rejectsWith(run, reason)
    assert.equal((await executor.executeCode('sleep 0.2; ls ran', 'sh')).success, false, 'the program ran')
    await t.assertUsable(executor)
  },

  'abort:during-compile': async (t) => {
    const executor = t.create(withCompiler)
    const controller = new AbortController()
    const marker = t.marker()
    const run = executor.executeCode(`#compile ${sleeper(marker)}\ntouch ran`, COMPILED, { signal: controller.signal })
    run.catch(() => {})
    await t.seen(marker, run)
    const reason = new Error('while it compiles')
    controller.abort(reason)
    await t.rejectsWith(run, reason)
    await t.gone(marker)
    assert.equal((await executor.executeCode('sleep 0.2; ls ran', 'sh')).success, false, 'the program ran')
  },

  'abort:queued': async (t) => {
    const executor = t.create({ concurrency: 1 })
    const marker = t.marker()
    const first = new AbortController()
    const running = executor.executeCode(sleeper(marker), 'sh', { signal: first.signal })
    running.catch(() => {})
    await t.seen(marker, running)
    const second = new AbortController()
    const queued = executor.executeCode('touch ran', 'sh', { signal: second.signal })
    queued.catch(() => {})
    const reason = new Error('no longer wanted')
    second.abort(reason)
    await t.rejectsWith(queued, reason)
    assert.equal(await t.probe.isAlive(marker), true, 'the program that was not aborted ended')
    first.abort(reason)
    await t.rejectsWith(running, reason)
    assert.equal((await executor.executeCode('ls ran', 'sh')).success, false, 'the program ran')
  },

  'abort:too-late': async (t) => {
    const executor = t.create()
    const controller = new AbortController()
    const result = await executor.executeCode('echo done', 'sh', { signal: controller.signal })
    controller.abort(new Error('too late'))
    assert.equal(result.output, 'done\n')
    await t.assertUsable(executor)
  },

  'abort:recovery': async (t) => {
    const executor = t.create()
    const controller = new AbortController()
    const marker = t.marker()
    const run = executor.executeCode(deaf(marker), 'sh', { signal: controller.signal })
    run.catch(() => {})
    await t.seen(marker, run)
    const reason = new Error('enough')
    controller.abort(reason)
    await t.rejectsWith(run, reason)
    await t.assertUsable(executor)
  },
} as const satisfies Bodies

export const backgroundBodies = {
  'background:prompt': async (t) => {
    const marker = t.marker()
    const executor = t.create()
    await executor.start()
    const startedAt = performance.now()
    const result = await t.within(
      executor.executeCode(`${stubborn(marker)} &\necho done; exit 3`, 'sh'),
      'a program with a background child',
    )
    const elapsedMs = performance.now() - startedAt
    assert.deepEqual(result.termination, { kind: 'exited', exitCode: 3 })
    assert.ok(elapsedMs < t.ms(3_000), `${elapsedMs} ms for a program that was over at once`)
  },

  'background:output': async (t) => {
    const source = `${sleeper(t.marker())} &\n${'echo "a line"\n'.repeat(3)}head -c 500000 /dev/zero | tr '\\000' x\necho end\n`
    const result = await t.within(t.create().executeCode(source, 'sh'), 'a program with a background child')
    assert.equal(result.output, `${'a line\n'.repeat(3)}${'x'.repeat(500_000)}end\n`)
    assert.equal(result.success, true)
  },

  'background:ended': async (t) => {
    const [polite, deaf] = [t.marker(), t.marker()]
    // The program leaves only when both are there, so that their absence afterwards is somebody's doing.
    const source = `${sleeper(polite)} &\n${stubborn(deaf)} &\necho ready; i=0; until [ -e go ] || [ $i -ge 600 ]; do sleep 0.1; i=$((i+1)); done`
    const executor = t.create()
    const run = executor.executeCode(source, 'sh')
    run.catch(() => {})
    for (const marker of [polite, deaf]) await t.seen(marker, run)
    await executor.executeCode('touch go', 'sh')
    assert.equal((await t.within(run, 'a program with background children')).success, true)
    for (const marker of [polite, deaf]) await t.gone(marker)
  },

  'background:daemon': async (t) => {
    const marker = t.marker()
    const wait = 'while not os.path.exists("go"): time.sleep(0.1)'
    const executor = t.create()
    const run = executor.executeCode(daemonize(marker, wait), 'python')
    run.catch(() => {})
    await t.seen(marker, run)
    await executor.executeCode('touch go', 'sh')
    assert.equal((await t.within(run, 'a program with a daemon')).success, true)
    await t.gone(marker)
  },
} as const satisfies Bodies
