import assert from 'node:assert/strict'
import type { Bodies } from './index.ts'
import { flood, octal } from './programs.ts'

const MEBIBYTE = 1024 ** 2
const FLOOD_BYTES = 20_000_000

export const outputBodies = {
  'output:exact': async (t) => {
    const executor = t.create()
    for (const text of ['no newline', '', '\n\n', 'a\r\nb\r\n', '\ttab \0 nul\u001b[31mred', '\uFEFFmark', '  blanks  ']) {
      const result = await executor.executeCode(`printf '${octal(Buffer.from(text))}'`, 'sh')
      assert.equal(result.output, text)
    }
  },

  'output:cap': async (t) => {
    const executor = t.create({ limits: { outputBytes: 1000 } })
    const numbers = Array.from({ length: 2000 }, (_, index) => String(index).padStart(9, '0')).join('\n') + '\n'
    const source = 'i=0; while [ $i -lt 2000 ]; do printf "%09d\\n" $i; i=$((i+1)); done; echo err >&2'
    const result = await executor.executeCode(source, 'sh')
    assert.equal(result.omittedBytes.output, numbers.length - 1000)
    const head = numbers.slice(0, 500)
    const tail = numbers.slice(-500)
    assert.ok(result.output.startsWith(head), 'the first half of the cap is not there')
    assert.ok(result.output.endsWith(tail), 'the last half of the cap is not there')
    const between = result.output.slice(head.length, -tail.length)
    assert.match(between, /^\n?[^\n]*19000[^\n]*\n$/, 'no line says how much is missing')
    assert.equal(result.error, 'err\n')
    assert.equal(result.omittedBytes.error, 0)
  },

  'output:cap-fits': async (t) => {
    const executor = t.create({ limits: { outputBytes: 1000 } })
    const result = await executor.executeCode(`${flood(1000)}; ${flood(1001)} >&2`, 'sh')
    assert.equal(result.output, 'x'.repeat(1000))
    assert.deepEqual(result.omittedBytes, { output: 0, error: 1 })
  },

  'output:flood': async (t) => {
    const result = await t.within(t.create().executeCode(`${flood(FLOOD_BYTES)}; echo; echo the end`, 'sh'), 'a flood')
    assert.equal(result.success, true)
    assert.equal(result.omittedBytes.output, FLOOD_BYTES + '\nthe end\n'.length - MEBIBYTE)
    assert.ok(result.output.endsWith('x\nthe end\n'))
    assert.ok(result.output.length < MEBIBYTE + 200)
  },

  'output:both-flood': async (t) => {
    const source = `${flood(5_000_000)} &\n${flood(6_000_000)} >&2\nwait\n`
    const result = await t.within(t.create({ limits: { outputBytes: 10_000 } }).executeCode(source, 'sh'), 'two floods')
    assert.equal(result.success, true)
    assert.deepEqual(result.omittedBytes, { output: 4_990_000, error: 5_990_000 })
  },

  'output:million-lines': async (t) => {
    const executor = t.create({ limits: { outputBytes: 4 * MEBIBYTE } })
    const result = await t.within(executor.executeCode('yes y | head -n 1000000', 'sh'), 'a million lines')
    assert.ok(result.output === 'y\n'.repeat(1_000_000), `${result.output.length} characters arrived`)
    assert.equal(result.omittedBytes.output, 0)
  },

  'output:split-characters': async (t) => {
    const text = 'é✓😀'
    const source = [...Buffer.from(text)].map((byte) => `printf '${octal(Buffer.of(byte))}'; sleep 0.05`).join('\n')
    const executor = t.create()
    assert.equal((await executor.executeCode(source, 'sh')).output, text)
    let streamed = ''
    for await (const event of executor.streamCode(source, 'sh')) if (event.type === 'output-delta') streamed += event.text
    assert.equal(streamed, text)
  },

  'output:invalid-utf8': async (t) => {
    const bytes = Buffer.from([0x61, 0xff, 0x62, 0xc3, 0x28, 0xf0, 0x9f, 0x63, 0x0a, 0xe2, 0x9c])
    const result = await t.create().executeCode(`printf '${octal(bytes)}'`, 'sh')
    assert.equal(result.output, 'a\uFFFDb\uFFFD(\uFFFDc\n\uFFFD')
    assert.equal(result.success, true)
  },
} as const satisfies Bodies
