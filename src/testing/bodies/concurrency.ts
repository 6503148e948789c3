import assert from 'node:assert/strict'
import type { Bodies } from './index.ts'
import { family, sleeper } from './programs.ts'

export const concurrencyBodies = {
  'concurrent:results': async (t) => {
    const executor = t.create()
    const source = 'echo "out $1 $WHO"; sleep 0.05; echo "err $1" >&2; exit "$1"'
    const runs = Array.from({ length: 40 }, (_, index) =>
      executor.executeCode(source, 'sh', { args: [String(index)], env: { WHO: `who${index}` } }),
    )
    const results = await t.within(Promise.all(runs), 'forty programs')
    results.forEach((result, index) => {
      assert.equal(result.output, `out ${index} who${index}\n`)
      assert.equal(result.error, `err ${index}\n`)
      assert.equal(result.exitCode, index)
    })
  },

  'concurrent:same-names': async (t) => {
    const executor = t.create()
    const runs = Array.from({ length: 20 }, (_, index) =>
      executor.executeCode(
        {
          'main.sh': `cat data/value.txt; sleep 0.02; cat data/value.txt; echo ' program ${index % 5}'`,
          'data/value.txt': `value ${index % 5} `,
        },
        'sh',
      ),
    )
    const results = await t.within(Promise.all(runs), 'twenty programs')
    results.forEach(({ output }, index) => assert.equal(output, `value ${index % 5} value ${index % 5}  program ${index % 5}\n`))
  },

  'concurrent:turns': async (t) => {
    const executor = t.create({ concurrency: 2 })
    const source = 'mkdir "busy.$1"; ls -d busy.* | wc -l; sleep 0.2; ls -d busy.* | wc -l; rmdir "busy.$1"'
    const runs = Array.from({ length: 8 }, (_, index) => executor.executeCode(source, 'sh', { args: [String(index)] }))
    const results = await t.within(Promise.all(runs), 'eight programs')
    const counts = results.flatMap(({ output }) => output.trim().split(/\s+/).map(Number))
    assert.equal(Math.max(...counts), 2, 'as many ran at once')
  },

  'concurrent:separate-ends': async (t) => {
    const executor = t.create()
    const [spared, aborted] = [t.marker(), t.marker()]
    const source = `${sleeper(spared)} &\necho begun; i=0; until [ -e go ] || [ $i -ge 600 ]; do sleep 0.1; i=$((i+1)); done; echo ended`
    const sparedRun = executor.executeCode(source, 'sh')
    sparedRun.catch(() => {})
    await t.seen(spared, sparedRun)
    const controller = new AbortController()
    const abortedRun = executor.executeCode(family(sleeper(aborted)), 'sh', { signal: controller.signal })
    abortedRun.catch(() => {})
    await t.seen(aborted, abortedRun)
    const reason = new Error('only this one')
    controller.abort(reason)
    await t.rejectsWith(abortedRun, reason)
    await t.gone(aborted)
    assert.equal(await t.probe.isAlive(spared), true, 'a child of another run was ended')
    await executor.executeCode('touch go', 'sh')
    assert.equal((await t.within(sparedRun, 'the other program')).output, 'begun\nended\n')
  },
} as const satisfies Bodies
