import assert from 'node:assert/strict'
import type { CodeResult, ExecutionEvent } from '../../core/index.ts'
import type { Bodies } from './index.ts'

const ESCAPE = '\u001B'

export const kernelBodies = {
  'kernel:state': async (t) => {
    const executor = t.create()
    await executor.executeCode('x = 40\ndef add(n):\n    return x + n\n', 'python')
    const result = await executor.executeCode('print(add(2))', 'python')
    assert.equal(result.output, '42\n')
    assert.equal(result.stateLost, undefined)
    assert.deepEqual(result.termination, { kind: 'exited', exitCode: 0 })
    assert.equal(result.phase, 'run')
    assert.ok(result.durationMs > 0)
  },

  'kernel:state-after-error': async (t) => {
    const executor = t.create()
    const result = await executor.executeCode('kept = 7\nprint("before")\nraise ValueError("the matter")', 'python')
    assert.equal(result.output, 'before\n')
    assert.equal(result.exitCode, 1)
    assert.equal(result.success, false)
    assert.equal(result.termination.kind, 'raised')
    assert.ok(result.termination.kind === 'raised')
    assert.equal(result.termination.name, 'ValueError')
    assert.equal(result.termination.message, 'the matter')
    assert.match(result.termination.traceback, /ValueError: the matter/)
    assert.match(result.error, /ValueError: the matter/)
    assert.ok(!`${result.error}${result.termination.traceback}`.includes(ESCAPE), 'the traceback has colours')
    const wrong = await executor.executeCode('this is no program', 'python')
    assert.ok(wrong.termination.kind === 'raised' && wrong.termination.name === 'SyntaxError')
    assert.equal((await executor.executeCode('print(kept)', 'python')).output, '7\n')
  },

  'kernel:streams': async (t) => {
    const source =
      'import sys\nprint("früh 😀 日本")\nprint("zu spät ✓", file=sys.stderr)\nsys.stdout.write("\\ttab \\\\ \\"quoted\\" no end")'
    const result = await t.create().executeCode(source, 'python')
    assert.equal(result.output, 'früh 😀 日本\n\ttab \\ "quoted" no end')
    assert.equal(result.error, 'zu spät ✓\n')
    assert.deepEqual(result.omittedBytes, { output: 0, error: 0 })
  },

  'kernel:stream-live': async (t) => {
    const executor = t.create()
    await executor.start()
    const source = 'import time, os\nprint("first", flush=True)\nwhile not os.path.exists("go"): time.sleep(0.02)\nprint("second")'
    const events: ExecutionEvent[] = []
    for await (const event of executor.streamCode({ 'main.py': source }, 'python', { timeoutMs: t.ms(3_000) })) {
      events.push(event)
      // Nothing creates the file: what was printed first has come while the code still ran.
      if (event.type === 'output-delta') break
    }
    assert.deepEqual(
      events.map(({ type }) => type),
      ['phase-start', 'output-delta'],
    )
    const all: ExecutionEvent[] = []
    for await (const event of executor.streamCode('print("a")\nprint("b")', 'python')) all.push(event)
    const last = all.at(-1)
    assert.ok(last?.type === 'end')
    assert.equal(all.flatMap((event) => (event.type === 'output-delta' ? [event.text] : [])).join(''), 'a\nb\n')
    assert.equal(last.result.output, 'a\nb\n')
  },

  'kernel:queue': async (t) => {
    const executor = t.create()
    await executor.executeCode('order = []', 'python')
    const calls = Array.from({ length: 8 }, (_, index) =>
      executor.executeCode(
        `import time\norder.append(${index})\nfor n in range(3):\n    print("call ${index}", n, flush=True)\n    time.sleep(0.01)`,
        'python',
      ),
    )
    const results: CodeResult[] = await t.within(Promise.all(calls), 'eight calls')
    for (const [index, { output }] of results.entries()) assert.equal(output, [0, 1, 2].map((n) => `call ${index} ${n}\n`).join(''))
    assert.equal((await executor.executeCode('print(order)', 'python')).output, '[0, 1, 2, 3, 4, 5, 6, 7]\n')
  },

  'kernel:thread-output': async (t) => {
    const executor = t.create()
    const background = [
      'import threading, time',
      'def late():',
      '    while not go.is_set(): time.sleep(0.01)',
      '    print("late", flush=True)',
      '    done.set()',
      'go, done = threading.Event(), threading.Event()',
      'threading.Thread(target=late).start()',
      'print("started")',
    ].join('\n')
    assert.equal((await executor.executeCode(background, 'python')).output, 'started\n')
    const next = await executor.executeCode('go.set(); done.wait(5); print("next")', 'python')
    assert.equal(next.output, 'next\n')
    assert.equal((await executor.executeCode('print("after")', 'python')).output, 'after\n')
  },

  'kernel:flood': async (t) => {
    const executor = t.create({ limits: { outputBytes: 10_000 } })
    const source = 'import sys\nfor n in range(20000):\n    print("out", n)\n    print("err", n, file=sys.stderr)'
    const result = await t.within(executor.executeCode(source, 'python'), 'a flood', 40_000)
    assert.equal(result.success, true)
    for (const [text, word] of [
      [result.output, 'out'],
      [result.error, 'err'],
    ] as const) {
      assert.ok(text.startsWith(`${word} 0\n`), text.slice(0, 100))
      assert.ok(text.endsWith(`${word} 19999\n`), text.slice(-100))
      assert.ok(text.length < 10_200)
    }
    assert.ok(result.omittedBytes.output > 100_000 && result.omittedBytes.error > 100_000)
    await t.assertUsable(executor)
  },

  'kernel:stdin': async (t) => {
    const executor = t.create()
    const source = ['print([input("? "), input()])', 'try:', '    input()', 'except EOFError:', '    print("end of file")'].join('\n')
    const result = await t.within(executor.executeCode(source, 'python', { stdin: 'one\nzwei ✓' }), 'code that reads')
    assert.match(result.output, /\['one', 'zwei ✓'\]\nend of file\n$/)
    const none = await t.within(executor.executeCode('input()', 'python'), 'code that reads without input')
    assert.ok(none.termination.kind === 'raised' && none.termination.name === 'EOFError', JSON.stringify(none.termination))
  },

  'kernel:files': async (t) => {
    const executor = t.create()
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const files = {
      'main.py':
        'from lib.more import seven\nprint(seven, __name__, len(open("data/raw.bin", "rb").read()))\nfound = open("data/raw.bin", "rb").read().hex()',
      'lib/more.py': 'seven = 7\n',
      'data/raw.bin': bytes,
    }
    const result = await executor.executeCode(files, 'python')
    assert.equal(result.output, '7 __main__ 256\n', result.error)
    const later = await executor.executeCode('print(found)', 'python')
    assert.equal(later.output, `${Buffer.from(bytes).toString('hex')}\n`)
    const changed = await executor.executeCode({ 'other.py': 'print("other")', 'lib/more.py': 'seven = 8' }, 'python', {
      entryPoint: 'other.py',
    })
    assert.equal(changed.output, 'other\n')
  },

  'kernel:arguments': async (t) => {
    const executor = t.create()
    const source = 'import sys, os\nprint(sys.argv[1:], os.environ.get("POLYRUN_TEST"))'
    const options = { args: ['a b', '"\'', 'ü\n'], env: { POLYRUN_TEST: '$HOME "x" \\' } }
    const result = await executor.executeCode(source, 'python', options)
    assert.equal(result.output, `['a b', '"\\'', 'ü\\n'] $HOME "x" \\\n`)
    const next = await executor.executeCode('print(len(sys.argv) > 1 and "ü\\n" in sys.argv, os.environ.get("POLYRUN_TEST"))', 'python')
    assert.equal(next.output, 'False None\n')
  },

  'kernel:language-unavailable': async (t) => {
    const error = await t.rejects(t.create().executeCode('x', 'fortran'), 'LANGUAGE_UNAVAILABLE', 'a language without a kernel')
    assert.equal(error.details.language, 'fortran')
    assert.ok(error.details.tried.length > 0, 'the kernels that there are are not named')
    for (const kernel of error.details.tried) assert.ok(error.message.includes(kernel))
  },
} as const satisfies Bodies
