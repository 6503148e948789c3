import assert from 'node:assert/strict'
import { CodeExecutorError } from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'
import { family, sleeper, stubborn } from './programs.ts'

/** A promise that may reject while nobody looks. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Resolves, or rejects with EXECUTOR_STOPPED; nothing else. */
async function settlesOrStopped(t: ContractContext, promise: Promise<unknown>): Promise<void> {
  try {
    await t.within(promise, 'a call during stop to settle')
  } catch (error) {
    if (!CodeExecutorError.is(error, 'EXECUTOR_STOPPED')) throw error
  }
}

export const lifecycleBodies = {
  'lifecycle:first-run': async (t) => {
    await t.assertUsable(t.create())
  },

  'lifecycle:start': async (t) => {
    const executor = t.create()
    await t.within(Promise.all(Array.from({ length: 5 }, () => executor.start())), 'five starts')
    const first = await executor.executeCode('pwd; echo here > made', 'sh')
    await executor.start()
    const second = await executor.executeCode('pwd; cat made', 'sh')
    assert.equal(second.output, `${first.output}here\n`)
  },

  'lifecycle:start-abort': async (t) => {
    const executor = t.create()
    const reason = new Error('no patience')
    await t.rejectsWith(executor.start({ signal: AbortSignal.abort(reason) }), reason)
    const controller = new AbortController()
    const starting = quiet(executor.start({ signal: controller.signal }))
    controller.abort(reason)
    await t.rejectsWith(starting, reason)
    await t.within(executor.start(), 'a second start')
    await t.assertUsable(executor)
  },

  'lifecycle:run-during-start': async (t) => {
    const executor = t.create()
    const starting = quiet(executor.start())
    await t.assertUsable(executor)
    await t.within(starting, 'the start')
  },

  'lifecycle:stop': async (t) => {
    const unstarted = t.create()
    await t.within(unstarted.stop(), 'a stop before any start')
    await t.within(unstarted.stop(), 'a second stop')
    const executor = t.create()
    await t.assertUsable(executor)
    await t.within(Promise.all([executor.stop(), executor.stop(), executor.stop()]), 'three stops')
    await t.within(executor.stop(), 'a fourth stop')
  },

  'lifecycle:use-after-stop': async (t) => {
    const executor = t.create()
    const { source, language } = t.hello
    await t.assertUsable(executor)
    await executor.stop()
    await t.rejects(executor.executeCode(source, language), 'EXECUTOR_STOPPED', 'a run after stop')
    await t.rejects(executor.start(), 'EXECUTOR_STOPPED', 'start after stop')
    await t.rejects(executor.restart(), 'EXECUTOR_STOPPED', 'restart after stop')
    const reading = async (): Promise<void> => {
      for await (const event of executor.streamCode(source, language)) assert.fail(`a stopped executor told ${event.type}`)
    }
    await t.rejects(reading, 'EXECUTOR_STOPPED', 'a stream after stop')
  },

  'lifecycle:stop-during-start': async (t) => {
    const executor = t.create()
    const starting = quiet(executor.start())
    const running = quiet(executor.executeCode(t.hello.source, t.hello.language))
    await t.within(executor.stop(), 'stop')
    await settlesOrStopped(t, starting)
    await t.rejects(running, 'EXECUTOR_STOPPED', 'a run that waited for the start')
    await t.rejects(executor.executeCode(t.hello.source, t.hello.language), 'EXECUTOR_STOPPED', 'a run after stop')
  },

  'lifecycle:stop-during-run': async (t) => {
    const executor = t.create()
    const [child, deaf] = [t.marker(), t.marker()]
    const run = quiet(executor.executeCode(`${stubborn(deaf)} &\n${family(sleeper(child))}`, 'sh'))
    for (const marker of [child, deaf]) await t.seen(marker, run)
    await t.within(executor.stop(), 'stop')
    for (const marker of [child, deaf]) await t.gone(marker)
    await t.rejects(run, 'EXECUTOR_STOPPED', 'a run that stop ended')
  },

  'lifecycle:stop-while-queued': async (t) => {
    const executor = t.create({ concurrency: 1 })
    const [running, waiting] = [t.marker(), t.marker()]
    const first = quiet(executor.executeCode(sleeper(running), 'sh'))
    await t.seen(running, first)
    const second = quiet(executor.executeCode(sleeper(waiting), 'sh'))
    await t.within(executor.stop(), 'stop')
    await t.rejects(first, 'EXECUTOR_STOPPED', 'the run that stop ended')
    await t.rejects(second, 'EXECUTOR_STOPPED', 'the run that waited')
    for (const marker of [running, waiting]) await t.gone(marker)
  },

  'lifecycle:leaves-nothing': async (t) => {
    const executor = t.create()
    const { output } = await executor.executeCode({ 'main.sh': 'mkdir -p a/b; echo x > a/b/c; pwd', 'd/e.txt': 'f' }, 'sh')
    const directory = output.trim()
    assert.match(directory, /^\/./, 'the program does not know its working directory')
    await t.within(executor.stop(), 'stop')
    assert.equal(await t.probe.fileExists(directory), false, `${directory} is still there`)
  },

  'lifecycle:dispose': async (t) => {
    const executor = t.create()
    {
      await using owned = executor
      await t.assertUsable(owned)
    }
    await t.rejects(executor.executeCode(t.hello.source, t.hello.language), 'EXECUTOR_STOPPED', 'a run after disposal')
  },

  'lifecycle:restart': async (t) => {
    const executor = t.create()
    await executor.executeCode({ 'main.sh': 'touch made', 'data.txt': 'old' }, 'sh')
    await t.within(executor.restart(), 'restart')
    assert.equal((await executor.executeCode('ls made data.txt main.sh 2>/dev/null', 'sh')).output, '')
    await t.assertUsable(executor)
    const unstarted = t.create()
    await t.within(unstarted.restart(), 'restart before any start')
    await t.assertUsable(unstarted)
  },

  'lifecycle:restart-during-run': async (t) => {
    const executor = t.create()
    const marker = t.marker()
    const run = quiet(executor.executeCode(family(stubborn(marker)), 'sh'))
    await t.seen(marker, run)
    await t.within(executor.restart(), 'restart')
    await t.gone(marker)
    await t.rejects(run, 'EXECUTOR_STOPPED', 'a run that restart ended')
    await t.assertUsable(executor)
  },
} as const satisfies Bodies
