import assert from 'node:assert/strict'
import type { BackgroundCommand, CommandPosition } from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'
import { assertNotStarted } from './commands.ts'
import { flood, sleeper, stubborn } from './programs.ts'

/** Shell words that wait until a file is there, for a minute at most. */
const until = (file: string): string => `i=0; until [ -e ${file} ] || [ $i -ge 600 ]; do sleep 0.1; i=$((i+1)); done`

/** Reads on until something is there that matches; returns everything that was read, and where to go on. */
async function readUntil(
  t: ContractContext,
  job: BackgroundCommand,
  pattern: RegExp,
  since?: CommandPosition,
): Promise<[string, CommandPosition]> {
  let text = ''
  let next = since ?? { output: 0, error: 0 }
  await t.until(() => {
    const piece = job.read(next)
    assert.deepEqual(piece.lostBytes, { output: 0, error: 0 })
    text += piece.output
    next = piece.next
    return pattern.test(text)
  }, `output that matches ${pattern}, but: ${text}`)
  return [text, next]
}

export const jobBodies = {
  'jobs:read': async (t) => {
    const executor = t.createRunner()
    const job = await executor.startCommand(`echo one; printf '\\303'; ${until('go')}; printf '\\251\\n'; echo err >&2; echo two`)
    const [first, next] = await readUntil(t, job, /one\n/)
    assert.equal(first, 'one\n') // half a character waits for the other half
    assert.deepEqual([job.status, job.result, job.read(next).output], ['running', undefined, ''])
    assert.equal(executor.findCommand(job.id), job)
    assert.deepEqual(executor.listCommands(), [job])
    await executor.runCommand('touch go')
    const [second, end] = await readUntil(t, job, /two\n/, next)
    assert.equal(second, 'é\ntwo\n')
    await t.within(job.wait(), 'a background command')
    assert.equal(job.read(end).output, '')
    assert.deepEqual([job.read().output, job.read().error], ['one\né\ntwo\n', 'err\n'])
  },

  'jobs:end': async (t) => {
    const executor = t.createRunner()
    const job = await executor.startCommand('echo out; echo err >&2; exit 3')
    const result = await t.within(job.wait(), 'a background command')
    assert.deepEqual([result.output, result.error, result.exitCode, result.success], ['out\n', 'err\n', 3, false])
    assert.equal(job.status, 'ended')
    assert.equal(job.result, result)
    assert.equal(await job.wait(), result)
    assert.equal(await job.kill(), result)
    assert.equal(await job.kill(), result)
    assert.deepEqual(job.read(), {
      output: 'out\n',
      error: 'err\n',
      lostBytes: { output: 0, error: 0 },
      next: { output: 4, error: 4 },
      status: 'ended',
    })
    assert.equal(job.read({ output: 1_000, error: 2 }).error, 'r\n')
    assert.equal(executor.findCommand('no-such-id'), undefined)
    await t.rejects(async () => job.read({ output: -1, error: 0 }), 'INVALID_ARGUMENT', 'a position')
  },

  'jobs:kill': async (t) => {
    const executor = t.createRunner()
    const [polite, deaf] = [t.marker(), t.marker()]
    const command = `echo ready; sh -c '${sleeper('$A')} & wait' & ${stubborn('$B')} & wait`
    const job = await executor.startCommand(command, { env: { A: polite, B: deaf } })
    for (const marker of [polite, deaf]) await t.seen(marker, job.wait())
    await readUntil(t, job, /ready/)
    const [first, second] = await t.within(Promise.all([job.kill(), job.kill()]), 'a kill')
    for (const marker of [polite, deaf]) await t.gone(marker)
    assert.equal(first, second)
    assert.deepEqual([first.termination, first.errorKind, first.exitCode], [{ kind: 'killed' }, 'killed', null])
    assert.equal(first.output, 'ready\n')
    assert.deepEqual([job.status, job.read().output], ['ended', 'ready\n'])
    await t.assertUsable(executor)
  },

  'jobs:limit': async (t) => {
    const executor = t.createRunner()
    const marker = t.marker()
    const job = await executor.startCommand(`echo ready; ${stubborn('$A')} & wait`, { timeoutMs: t.ms(1_500), env: { A: marker } })
    await t.seen(marker, job.wait())
    const result = await t.within(job.wait(), 'a background command with a time limit')
    await t.gone(marker)
    assert.deepEqual([result.errorKind, result.output], ['timeout', 'ready\n'])
  },

  'jobs:beside': async (t) => {
    const executor = t.createRunner({ concurrency: 1, timeoutMs: t.ms(20_000) })
    await executor.runCommand('mkdir sub')
    const marker = t.marker()
    const job = await executor.startCommand(`echo mine > file; ${sleeper('$A')}`, { cwd: 'sub', env: { A: marker } })
    await t.seen(marker, job.wait())
    const beside = 'until [ -s sub/file ]; do sleep 0.05; done; cat sub/file' // what was seen may be on its way to the command
    assert.equal((await t.within(executor.runCommand(beside), 'a run beside')).output, 'mine\n')
    await t.assertUsable(executor)
    await t.rejectsWith(job.wait({ signal: AbortSignal.abort('enough') }), 'enough')
    assert.equal(job.status, 'running')
    await job.kill()
  },

  'jobs:stdin': async (t) => {
    const executor = t.createRunner()
    const given = await executor.startCommand('cat; echo end', { stdin: 'text\n' })
    const closed = await executor.startCommand(['cat'])
    assert.equal((await t.within(given.wait(), 'a background command')).output, 'text\nend\n')
    assert.equal((await t.within(closed.wait(), 'a background command without input')).success, true)
  },

  'jobs:flood': async (t) => {
    const executor = t.createRunner({ limits: { outputBytes: 1_000 } })
    const job = await executor.startCommand(`echo first; ${flood(100_000)}; echo last`)
    const result = await t.within(job.wait(), 'a flood')
    const { output, lostBytes, next } = job.read()
    assert.equal(output.length, 1_000)
    assert.ok(output.endsWith('xlast\n'))
    assert.deepEqual([lostBytes.output, next.output], [99_011, 100_011])
    assert.ok(result.output.startsWith('first\n') && result.output.endsWith('last\n'))
    assert.equal(result.omittedBytes.output, 99_011)
  },

  'jobs:many': async (t) => {
    const executor = t.createRunner({ backgroundCommands: 2, concurrency: 1 })
    const markers = [t.marker(), t.marker()]
    const jobs = await Promise.all(markers.map((marker) => executor.startCommand(['sleep', `60.${marker}`])))
    for (const marker of markers) await t.seen(marker)
    const third = await executor.startCommand('touch ran')
    assertNotStarted(await t.within(third.wait(), 'one too many'), 'too_many_commands', 'one too many')
    assert.ok(third.read().error.includes(jobs[0]?.id ?? 'none'))
    await jobs[0]?.kill()
    const fourth = await executor.startCommand('echo done')
    assert.equal((await t.within(fourth.wait(), 'the next one')).output, 'done\n')
    assert.equal((await executor.runCommand(['ls'])).output, '', 'the refused command ran')
  },

  'jobs:not-started': async (t) => {
    const executor = t.createRunner()
    const missing = await executor.startCommand(['no-such-program'])
    assertNotStarted(await t.within(missing.wait(), 'a missing program'), 'not_found', 'a missing program')
    assert.match(missing.read().error, /no-such-program/)
    const outside = await executor.startCommand('pwd', { cwd: '..' })
    assertNotStarted(await t.within(outside.wait(), 'a directory outside'), 'invalid_argument', 'a directory outside')
    assert.equal(outside.status, 'ended')
  },

  'jobs:stop': async (t) => {
    const executor = t.createRunner()
    const markers = [t.marker(), t.marker()]
    const command = `echo ready; ${stubborn('$A')} & wait`
    const jobs = await Promise.all(markers.map((marker) => executor.startCommand(command, { env: { A: marker } })))
    for (const marker of markers) await t.seen(marker)
    for (const job of jobs) await readUntil(t, job, /ready/)
    await t.within(executor.stop(), 'stop')
    for (const marker of markers) await t.gone(marker)
    for (const job of jobs) {
      await t.rejects(job.wait(), 'EXECUTOR_STOPPED', 'a background command')
      await t.rejects(job.kill(), 'EXECUTOR_STOPPED', 'a kill after stop')
      assert.deepEqual([job.status, job.result, job.read().output], ['failed', undefined, 'ready\n'])
    }
  },

  'jobs:restart': async (t) => {
    const executor = t.createRunner()
    const marker = t.marker()
    const job = await executor.startCommand(`${stubborn('$A')} & wait`, { env: { A: marker } })
    await t.seen(marker, job.wait())
    await t.within(executor.restart(), 'restart')
    await t.gone(marker)
    assert.deepEqual(executor.listCommands(), [])
    assert.equal(executor.findCommand(job.id), undefined)
    const next = await executor.startCommand('echo next')
    assert.notEqual(next.id, job.id)
    assert.equal((await t.within(next.wait(), 'the next one')).output, 'next\n')
  },
} as const satisfies Bodies
