import assert from 'node:assert/strict'
import { TimeoutError, type ExecutionEvent } from '../../core/index.ts'
import type { Bodies } from './index.ts'

const LIMIT_MS = 1_000
const SLEEPS = 'import time\nprint("ready", flush=True)\ntime.sleep(60)\nleft = True'
/** Code that no exception ends. */
const DEAF = [
  'import time',
  'print("ready", flush=True)',
  'end = time.monotonic() + 60',
  'while time.monotonic() < end:',
  '    try:',
  '        time.sleep(60)',
  '    except KeyboardInterrupt:',
  '        pass',
].join('\n')
/** Code that waits for a program with a marker among its arguments. */
const waits = (marker: string): string => `import subprocess\nsubprocess.run(["sh", "-c", "sleep 60; :", "${marker}"])`

/** A promise that may reject while nobody looks. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

export const kernelEndBodies = {
  'kernel:stream-left': async (t) => {
    const executor = t.create()
    await executor.executeCode('kept = 1', 'python')
    for await (const event of executor.streamCode(SLEEPS, 'python')) if (event.type === 'output-delta') break
    const result = await t.within(executor.executeCode('print(kept, "left" in globals())', 'python'), 'the next call')
    assert.equal(result.output, '1 False\n')
  },

  'kernel:stream-timeout': async (t) => {
    const executor = t.create()
    const events: ExecutionEvent[] = []
    for await (const event of executor.streamCode(SLEEPS, 'python', { timeoutMs: t.ms(LIMIT_MS) })) events.push(event)
    const last = events.at(-1)
    assert.ok(last?.type === 'end')
    assert.deepEqual(last.result.termination, { kind: 'timed-out', limitMs: t.ms(LIMIT_MS) })
    assert.equal(last.result.output, 'ready\n')
  },

  'kernel:timeout': async (t) => {
    const executor = t.create()
    await executor.executeCode('kept = [1, 2]', 'python')
    const startedAt = performance.now()
    const error = await t.rejects(executor.executeCode(SLEEPS, 'python', { timeoutMs: t.ms(LIMIT_MS) }), 'TIMEOUT', 'code that sleeps')
    const lateMs = performance.now() - startedAt - t.ms(LIMIT_MS)
    assert.ok(lateMs < t.ms(3_000), `settled ${lateMs} ms after the deadline`)
    assert.ok(error instanceof TimeoutError)
    const { output, exitCode, stateLost, termination } = error.result
    assert.deepEqual({ output, exitCode, stateLost }, { output: 'ready\n', exitCode: null, stateLost: undefined })
    assert.deepEqual(termination, { kind: 'timed-out', limitMs: t.ms(LIMIT_MS) })
    const next = await executor.executeCode('print(kept, "left" in globals())', 'python')
    assert.equal(next.output, '[1, 2] False\n')
  },

  'kernel:timeout-child': async (t) => {
    const executor = t.create()
    await executor.start()
    const marker = t.marker()
    const run = quiet(executor.executeCode(waits(marker), 'python', { timeoutMs: t.ms(LIMIT_MS * 2) }))
    await t.seen(marker, run)
    await t.rejects(run, 'TIMEOUT', 'code that waits for a program')
    await t.gone(marker)
    await t.assertUsable(executor)
  },

  'kernel:timeout-ignored': async (t) => {
    const executor = t.create()
    await executor.executeCode('kept = 1', 'python')
    const call = executor.executeCode(DEAF, 'python', { timeoutMs: t.ms(LIMIT_MS) })
    const error = await t.rejects(call, 'TIMEOUT', 'code that ignores its interruption')
    assert.ok(error instanceof TimeoutError)
    assert.equal(error.result.stateLost, true)
    assert.equal(error.result.output, 'ready\n')
    const next = await t.within(executor.executeCode('print("kept" in globals())', 'python'), 'the next call')
    assert.equal(next.output, 'False\n')
    assert.equal(next.stateLost, undefined)
  },

  'kernel:abort': async (t) => {
    const executor = t.create()
    await executor.executeCode('kept = 1', 'python')
    const controller = new AbortController()
    const reason = new Error('enough')
    const reading = async (): Promise<void> => {
      for await (const event of executor.streamCode(SLEEPS, 'python', { signal: controller.signal })) {
        if (event.type === 'output-delta') controller.abort(reason)
      }
    }
    await t.rejectsWith(reading(), reason)
    assert.equal((await executor.executeCode('print(kept, "left" in globals())', 'python')).output, '1 False\n')
  },

  'kernel:abort-waiting': async (t) => {
    const executor = t.create()
    await executor.start()
    const reason = new Error('never mind')
    await t.rejectsWith(executor.executeCode('ran = 1', 'python', { signal: AbortSignal.abort(reason) }), reason)
    const first = quiet(executor.executeCode('import time\ntime.sleep(1)\nprint("first")', 'python'))
    const controller = new AbortController()
    const second = quiet(executor.executeCode('ran = 2', 'python', { signal: controller.signal }))
    controller.abort(reason)
    await t.rejectsWith(second, reason)
    assert.equal((await first).output, 'first\n')
    assert.equal((await executor.executeCode('print("ran" in globals())', 'python')).output, 'False\n')
  },

  'kernel:death': async (t) => {
    const executor = t.create()
    for (const end of ['import os; os._exit(3)', 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)']) {
      await executor.executeCode('kept = 1', 'python')
      const result = await t.within(
        executor.executeCode(`import time\nprint("last words", flush=True)\ntime.sleep(0.3)\n${end}`, 'python'),
        'the death',
      )
      assert.equal(result.output, 'last words\n')
      assert.equal(result.success, false)
      assert.equal(result.stateLost, true)
      const next = await t.within(executor.executeCode('print("kept" in globals())', 'python'), 'the next call')
      assert.equal(next.output, 'False\n')
    }
  },

  'kernel:restart': async (t) => {
    const executor = t.create()
    await executor.executeCode({ 'main.py': 'kept = 1', 'data.txt': 'old' }, 'python')
    await t.within(executor.restart(), 'restart')
    // Some servers keep books of what they write, in a directory of this name.
    const look = 'import os\nprint("kept" in globals(), [n for n in os.listdir(".") if n != ".ipynb_checkpoints"])'
    const fresh = await executor.executeCode(look, 'python')
    assert.equal(fresh.output, 'False []\n')
    const marker = t.marker()
    const run = quiet(executor.executeCode(waits(marker), 'python'))
    await t.seen(marker, run)
    await t.within(executor.restart(), 'restart while code runs')
    await t.gone(marker)
    await t.rejects(run, 'EXECUTOR_STOPPED', 'code that restart ended')
    await t.assertUsable(executor)
  },

  'kernel:stop': async (t) => {
    const executor = t.create()
    const [child, left] = [t.marker(), t.marker()]
    await executor.executeCode(`import subprocess\nsubprocess.Popen(["sh", "-c", "sleep 60; :", "${left}"])`, 'python')
    const run = quiet(executor.executeCode(waits(child), 'python'))
    for (const marker of [child, left]) await t.seen(marker, run)
    await t.within(executor.stop(), 'stop')
    for (const marker of [child, left]) await t.gone(marker)
    await t.rejects(run, 'EXECUTOR_STOPPED', 'code that stop ended')
  },

  'kernel:leaves-nothing': async (t) => {
    const executor = t.create()
    const result = await executor.executeCode(
      { 'main.py': 'import os\nopen("made.txt", "w").write("x")\nprint(os.getcwd())', 'a/b.txt': 'c' },
      'python',
    )
    const directory = result.output.trim()
    assert.equal(await t.probe.fileExists(`${directory}/made.txt`), true)
    await t.within(executor.stop(), 'stop')
    assert.equal(await t.probe.fileExists(directory), false, `${directory} is still there`)
  },
} as const satisfies Bodies
