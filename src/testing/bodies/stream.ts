import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { CodeResult, ExecutionEvent } from '../../core/index.ts'
import type { Bodies } from './index.ts'
import { family, flood, sleeper } from './programs.ts'
import { COMPILED, withCompiler } from './results.ts'

/** The text of all deltas of one kind. */
function joined(events: readonly ExecutionEvent[], type: 'output-delta' | 'error-delta'): string {
  return events.map((event) => (event.type === type ? event.text : '')).join('')
}

function endOf(events: readonly ExecutionEvent[]): CodeResult {
  const last = events.at(-1)
  assert.equal(last?.type, 'end', 'the last event is not the end')
  assert.equal(events.filter(({ type }) => type === 'end').length, 1)
  return last.result
}

/** All events, the reader pausing after each. */
async function collect(stream: AsyncIterable<ExecutionEvent>, pauseMs = 0): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = []
  for await (const event of stream) {
    events.push(event)
    if (pauseMs > 0) await delay(pauseMs)
  }
  return events
}

export const streamBodies = {
  'stream:deltas': async (t) => {
    const source = 'for i in 1 2 3; do echo "out $i ✓"; echo "err $i" >&2; sleep 0.05; done; exit 3'
    const events = await t.within(collect(t.create().streamCode(source, 'sh')), 'a stream')
    const result = endOf(events)
    assert.equal(result.output, 'out 1 ✓\nout 2 ✓\nout 3 ✓\n')
    assert.equal(joined(events, 'output-delta'), result.output)
    assert.equal(joined(events, 'error-delta'), 'err 1\nerr 2\nerr 3\n')
    assert.equal(result.exitCode, 3)
  },

  'stream:phases': async (t) => {
    const source = '#compile echo compiling\necho running'
    const events = await t.within(collect(t.create(withCompiler).streamCode(source, COMPILED)), 'a stream')
    const told = events.map((event) =>
      event.type === 'phase-start' ? event.phase : event.type === 'output-delta' ? event.text : event.type,
    )
    assert.deepEqual(told, ['compile', 'compiling\n', 'run', 'running\n', 'end'])
  },

  'stream:live': async (t) => {
    // The program goes on only after a file appeared, which a second run makes when the first one's output was seen.
    const executor = t.create()
    const source = 'echo first; i=0; until [ -e go ] || [ $i -ge 600 ]; do sleep 0.1; i=$((i+1)); done; echo second'
    const events: ExecutionEvent[] = []
    const reading = (async () => {
      for await (const event of executor.streamCode(source, 'sh')) {
        events.push(event)
        if (event.type === 'output-delta' && event.text.includes('first')) await executor.executeCode('touch go', 'sh')
      }
    })()
    await t.within(reading, 'output to arrive while the program runs')
    assert.equal(endOf(events).output, 'first\nsecond\n')
  },

  'stream:slow-reader': async (t) => {
    const source = 'i=0; while [ $i -lt 200 ]; do echo "line $i"; i=$((i+1)); [ $((i % 20)) -gt 0 ] || sleep 0.02; done'
    const events = await t.within(collect(t.create().streamCode(source, 'sh'), 30), 'a slow stream')
    const expected = Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join('')
    assert.equal(joined(events, 'output-delta'), expected)
    assert.equal(endOf(events).output, expected)
  },

  'stream:early-exit': async (t) => {
    const executor = t.create()
    const [direct, grandchild] = [t.marker(), t.marker()]
    const reading = (async () => {
      for await (const event of executor.streamCode(`${sleeper(grandchild)} &\necho ready\n${sleeper(direct)}`, 'sh')) {
        if (event.type !== 'output-delta') continue
        await t.seen(grandchild)
        await t.seen(direct)
        break
      }
    })()
    await t.within(reading, 'the loop to be left')
    await t.gone(grandchild)
    await t.gone(direct)
    await t.assertUsable(executor)
  },

  'stream:timeout': async (t) => {
    const limitMs = t.ms(1_000)
    const marker = t.marker()
    const events = await t.within(collect(t.create().streamCode(family(sleeper(marker)), 'sh', { timeoutMs: limitMs })), 'a timeout')
    const result = endOf(events)
    assert.deepEqual(result.termination, { kind: 'timed-out', limitMs })
    assert.equal(joined(events, 'output-delta'), 'ready\n')
    assert.equal(result.output, 'ready\n')
    await t.gone(marker)
  },

  'stream:abort': async (t) => {
    const controller = new AbortController()
    const reason = { because: 'the reader said so' }
    const events: ExecutionEvent[] = []
    const marker = t.marker()
    const reading = (async () => {
      for await (const event of t.create().streamCode(family(sleeper(marker)), 'sh', { signal: controller.signal })) {
        events.push(event)
        if (event.type !== 'output-delta') continue
        await t.seen(marker)
        controller.abort(reason)
      }
    })()
    await t.rejectsWith(reading, reason)
    assert.equal(joined(events, 'output-delta'), 'ready\n')
    await t.gone(marker)
  },

  'stream:bad-input': async (t) => {
    const executor = t.create()
    await t.rejects(collect(executor.streamCode('', t.hello.language)), 'INVALID_ARGUMENT', 'an empty program')
    await t.rejects(collect(executor.streamCode(t.hello.source, 'no such language')), 'LANGUAGE_UNKNOWN', 'an unknown language')
  },

  'stream:cap': async (t) => {
    const executor = t.create({ limits: { outputBytes: 1000 } })
    const events = await t.within(collect(executor.streamCode(`${flood(3_000)}; ${flood(999)} >&2`, 'sh')), 'a stream')
    assert.equal(joined(events, 'output-delta'), 'x'.repeat(1000))
    assert.equal(joined(events, 'error-delta'), 'x'.repeat(999))
    assert.deepEqual(endOf(events).omittedBytes, { output: 2000, error: 0 })
  },
} as const satisfies Bodies
