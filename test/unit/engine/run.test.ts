import { describe, expect, test } from 'vitest'
import type { ExecutionEvent, Termination } from '../../../src/core/index.ts'
import { Run } from '../../../src/engine/run.ts'
import { SeededRandom } from '../../support/random.ts'

const EXITED: Termination = { kind: 'exited', exitCode: 0 }
const never = new AbortController().signal

function listening(cap: number): {
  readonly run: Run
  readonly events: ExecutionEvent[]
  readonly text: (type: 'output-delta' | 'error-delta') => string
} {
  const events: ExecutionEvent[] = []
  const run = new Run(never, cap, (event) => events.push(event))
  const text = (type: 'output-delta' | 'error-delta'): string => events.map((event) => (event.type === type ? event.text : '')).join('')
  return { run, events, text }
}

describe('Run', () => {
  test('deltas joined together are the output while it fits, in any pieces and any script', () => {
    const random = new SeededRandom(11)
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(
        Array.from({ length: random.below(60) }, () => random.pick(['a', 'é', '漢', '😀', '\u{FEFF}', '\n'])).join(''),
      )
      const { run, text } = listening(Math.max(1, bytes.byteLength))
      for (const piece of random.cut(bytes, 1 + random.below(7))) {
        run.writeOutput(piece)
        run.writeError(piece)
      }
      const result = run.finish(EXITED)
      expect(text('output-delta')).toBe(bytes.toString())
      expect(result.output).toBe(bytes.toString())
      expect(text('error-delta')).toBe(bytes.toString())
      expect(result.error).toBe(bytes.toString())
    }
  })

  test('a listener hears nothing empty, also while a character arrives byte by byte', () => {
    const { run, events } = listening(100)
    for (const byte of Buffer.from('😀')) run.writeOutput(Uint8Array.of(byte))
    expect(events).toEqual([{ type: 'output-delta', text: '😀' }])
  })

  test('bytes that are no UTF-8 become U+FFFD in the deltas and in the output', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82)
    const { run, text } = listening(100)
    for (const byte of bytes) run.writeOutput(Uint8Array.of(byte))
    expect(run.finish(EXITED).output).toBe('a\uFFFD\uFFFD(\uFFFD')
    expect(text('output-delta')).toBe('a\uFFFD\uFFFD(\uFFFD')
  })

  test('a stream is told up to the cap, and no half of the character that the cap cut', () => {
    for (let cap = 1; cap <= 24; cap += 1) {
      const { run, text } = listening(cap)
      const whole = 'é漢😀'.repeat(5)
      for (const byte of Buffer.from(whole)) run.writeOutput(Uint8Array.of(byte))
      const { omittedBytes } = run.finish(EXITED)
      const told = text('output-delta')
      expect(omittedBytes).toEqual({ output: Buffer.byteLength(whole) - cap, error: 0 })
      expect(whole.startsWith(told), `cap ${cap}: ${JSON.stringify(told)}`).toBe(true)
      expect(Buffer.byteLength(told)).toBeLessThanOrEqual(cap)
      expect(Buffer.byteLength(told)).toBeGreaterThan(cap - 4)
    }
  })

  test('a character left unfinished at the very cap is told as U+FFFD: it is what the program wrote', () => {
    const { run, text } = listening(4)
    run.writeOutput(Uint8Array.of(0x61, 0x62, 0xe2, 0x82))
    expect(run.finish(EXITED).output).toBe('ab\uFFFD')
    expect(text('output-delta')).toBe('ab\uFFFD')
  })

  test('the cap holds for each stream by itself', () => {
    const { run, text } = listening(10)
    run.writeOutput(Buffer.alloc(25, 'o'))
    run.writeError(Buffer.alloc(10, 'e'))
    const { omittedBytes, error } = run.finish(EXITED)
    expect(omittedBytes).toEqual({ output: 15, error: 0 })
    expect(error).toBe('e'.repeat(10))
    expect(text('output-delta')).toBe('o'.repeat(10))
  })

  test('without a listener the result is the same', () => {
    const run = new Run(never, 8)
    run.startPhase('run')
    run.writeOutput(Buffer.from('0123456789'))
    expect(run.finish(EXITED)).toMatchObject({ output: '0123\n[... 2 bytes left out ...]\n6789', omittedBytes: { output: 2, error: 0 } })
  })

  test('phases and displays are told in order, and the result has the last phase', () => {
    const { run, events } = listening(100)
    run.startPhase('compile')
    run.writeError(Buffer.from('warning'))
    run.startPhase('run')
    run.addDisplay({ data: { 'text/plain': '1' }, metadata: {} })
    const result = run.finish(EXITED)
    expect(events.map((event) => event.type)).toEqual(['phase-start', 'error-delta', 'phase-start', 'display'])
    expect(result.phase).toBe('run')
    expect(result.display).toEqual([{ data: { 'text/plain': '1' }, metadata: {} }])
  })

  test.each<[Termination, number | null, boolean]>([
    [{ kind: 'exited', exitCode: 0 }, 0, true],
    [{ kind: 'exited', exitCode: 3 }, 3, false],
    [{ kind: 'raised', name: 'E', message: 'm', traceback: 't' }, 1, false],
    [{ kind: 'signaled', signal: 'SIGKILL' }, null, false],
    [{ kind: 'timed-out', limitMs: 5 }, null, false],
    [{ kind: 'out-of-memory', limitBytes: 5 }, null, false],
    [{ kind: 'too-many-processes', limit: 5 }, null, false],
    [{ kind: 'out-of-disk', limitBytes: 5 }, null, false],
  ])('%o has exit code %o and success %o', (termination, exitCode, success) => {
    const result = new Run(never, 10).finish(termination)
    expect(result).toMatchObject({ exitCode, success, termination })
    expect(result.durationMs).toBeGreaterThanOrEqual(0)
  })
})
