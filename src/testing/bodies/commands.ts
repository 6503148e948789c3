import assert from 'node:assert/strict'
import type { CommandEvent, CommandResult } from '../../core/index.ts'
import type { Bodies } from './index.ts'
import { deaf, flood, sleeper, stubborn } from './programs.ts'

const LIMIT_MS = 1_500
const ODD_WORDS = [
  '',
  ' ',
  'a b',
  '-x',
  '"',
  "it's",
  '$(touch evaluated)',
  '`touch evaluated`',
  '$HOME',
  '*',
  'a\nb\n',
  '\\n',
  'é✓😀',
  ';',
  '>',
]
/** Names that shells cannot set, or keep for themselves, are among them. */
const ODD_VARIABLES = { PLAIN: 'x', EMPTY: '', ODD: 'a "b" \'c\'\n$d ✓', 'not-a-shell-name': 'y', PS4: 'z', root: 'r', found: 'f' }

// A shell has its whole text among its arguments, so markers come through variables: what is seen is the process meant.

/** Holds that nothing ran, for this reason. */
export function assertNotStarted(result: CommandResult, errorKind: CommandResult['errorKind'], about: string): void {
  assert.equal(result.termination.kind, 'not-started', `${about}: ${JSON.stringify(result)}`)
  assert.equal(result.errorKind, errorKind, about)
  assert.equal(result.exitCode, null, about)
  assert.equal(result.success, false, about)
  assert.ok(result.error.includes(result.termination.kind === 'not-started' ? result.termination.message : ''), about)
  assert.ok((result.advice ?? '').length > 10, `${about} has no advice`)
}

export const commandBodies = {
  'commands:text': async (t) => {
    const executor = t.createRunner()
    const { output, error, exitCode, success, omittedBytes } = await executor.runCommand('echo "a  b" | tr a-z A-Z; echo err >&2; exit 3')
    assert.deepEqual([output, error, exitCode, success], ['A  B\n', 'err\n', 3, false])
    assert.deepEqual(omittedBytes, { output: 0, error: 0 })
    await executor.runCommand('cd /; X=1; export Y=2')
    assert.equal((await executor.runCommand('echo "${X-}${Y-}"; ls')).output, '\n')
    assert.equal((await executor.runCommand('-x 2>/dev/null || echo "no option"')).output, 'no option\n')
    await executor.executeCode('echo "from a program" > one', 'sh')
    assert.equal((await executor.runCommand('cat one; echo "from a command" > two')).output, 'from a program\n')
    assert.equal((await executor.executeCode('cat two', 'sh')).output, 'from a command\n')
  },

  'commands:words': async (t) => {
    const executor = t.createRunner()
    const { output, success } = await executor.runCommand(['printf', '<%s>', ...ODD_WORDS])
    assert.equal(output, ODD_WORDS.map((word) => `<${word}>`).join(''))
    assert.equal(success, true)
    assert.equal((await t.within(executor.runCommand('cat; echo end'), 'a command without input')).output, 'end\n')
    assert.equal((await t.within(executor.runCommand(['cat']), 'a command without input')).success, true)
  },

  'commands:exits': async (t) => {
    const executor = t.createRunner()
    for (const exitCode of [0, 1, 124, 126, 127, 137, 255]) {
      for (const command of [`exit ${exitCode}`, ['sh', '-c', `exit ${exitCode}`]]) {
        const result = await executor.runCommand(command)
        assert.deepEqual(result.termination, { kind: 'exited', exitCode })
        assert.equal(result.errorKind, undefined, `exit ${exitCode} of ${JSON.stringify(command)}`)
      }
    }
    const { termination, exitCode, errorKind } = await executor.runCommand('kill -9 $$')
    assert.deepEqual([termination, exitCode, errorKind], [{ kind: 'signaled', signal: 'SIGKILL' }, null, undefined])
  },

  'commands:cwd': async (t) => {
    const executor = t.createRunner()
    await executor.runCommand('mkdir -p "sub/a b"; echo here > "sub/a b/file"')
    const root = (await executor.runCommand('pwd -P')).output.trim()
    for (const cwd of ['sub/a b', './sub/a b/', `${root}/sub/a b`]) {
      assert.equal((await executor.runCommand('cat file; echo "$0"', { cwd })).output, 'here\n/bin/sh\n')
      assert.equal((await executor.runCommand(['cat', 'file'], { cwd })).output, 'here\n')
    }
    for (const cwd of ['.', root]) assert.equal((await executor.runCommand('ls', { cwd })).output, 'sub\n')
    assert.equal((await executor.runCommand('ls')).output, 'sub\n')
    assert.equal((await executor.runCommand(['./tool'], { cwd: 'sub' })).errorKind, 'not_found')
    await executor.runCommand("printf '#!/bin/sh\\necho tool\\n' > sub/tool; chmod +x sub/tool")
    assert.equal((await executor.runCommand(['./tool'], { cwd: 'sub' })).output, 'tool\n')
    assert.equal((await executor.runCommand('exit 127', { cwd: 'sub' })).errorKind, undefined)
  },

  'commands:cwd-refused': async (t) => {
    const executor = t.createRunner()
    await executor.runCommand('mkdir -p real/in; ln -s real link; ln -s / out; ln -s . self; echo x > file')
    const outside = [
      '..',
      '/',
      '/tmp',
      'real/..',
      'real/../..',
      '../real',
      '~',
      '',
      'real//in',
      'real/./in',
      '%2e%2e/\\x',
      'a\0b',
      '\ud800',
    ]
    const root = (await executor.runCommand('pwd -P')).output.trim()
    const absolute = [`${root}/link`, `${root}/self`, `${root}/..`, `${root}x`, `${root}/real/../..`, `/${root}`, '/etc']
    for (const cwd of [...outside, ...absolute, 'link', 'link/in', 'out', 'out/etc', 'self', 'self/real']) {
      assertNotStarted(await executor.runCommand('touch ran; pwd', { cwd }), 'invalid_argument', JSON.stringify(cwd))
    }
    for (const cwd of [`${root}/nowhere`, 'nowhere', 'file', 'file/in', '-', '-P', 'x'.repeat(250)]) {
      assertNotStarted(await executor.runCommand(['touch', 'ran'], { cwd }), 'directory_not_found', JSON.stringify(cwd))
    }
    assert.equal((await executor.runCommand('ls -d ran real/ran real/in/ran 2>/dev/null')).output, '', 'a command ran')
  },

  'commands:env': async (t) => {
    const executor = t.createRunner()
    await executor.runCommand('mkdir sub')
    for (const cwd of ['.', 'sub']) {
      const { output } = await executor.runCommand(['env', '-0'], { env: ODD_VARIABLES, cwd })
      for (const [name, value] of Object.entries(ODD_VARIABLES)) {
        assert.ok(`\0${output}`.includes(`\0${name}=${value}\0`), `${name} in ${cwd}: ${JSON.stringify(output)}`)
      }
    }
    assert.equal((await executor.runCommand('echo "${PLAIN-gone}"')).output, 'gone\n')
  },

  'commands:stdin': async (t) => {
    const executor = t.createRunner()
    await executor.runCommand('mkdir sub')
    const stdin = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const cwd of ['.', 'sub']) {
      const { output } = await executor.runCommand(['od', '-An', '-v', '-tx1'], { stdin, cwd })
      assert.equal(output.replaceAll(/\s/g, ''), Buffer.from(stdin).toString('hex'))
    }
  },

  'commands:cap': async (t) => {
    const executor = t.createRunner({ limits: { outputBytes: 1_000 } })
    const { output, omittedBytes } = await executor.runCommand(`echo first; ${flood(100_000)}; echo last`)
    assert.deepEqual(omittedBytes, { output: 99_011, error: 0 })
    assert.ok(output.startsWith('first\n') && output.endsWith('last\n'))
  },

  'commands:timeout': async (t) => {
    const executor = t.createRunner()
    const [polite, stubborns] = [t.marker(), t.marker()]
    const command = `echo out; echo err >&2; ${sleeper('$A')} & ${deaf('$B')}`
    const run = executor.runCommand(command, { timeoutMs: t.ms(LIMIT_MS), env: { A: polite, B: stubborns } })
    for (const marker of [polite, stubborns]) await t.seen(marker, run)
    const result = await t.within(run, 'a command that runs too long')
    for (const marker of [polite, stubborns]) await t.gone(marker)
    assert.deepEqual(result.termination, { kind: 'timed-out', limitMs: t.ms(LIMIT_MS) })
    assert.equal(result.output, 'out\nready\n')
    assert.equal(result.error, 'err\n')
    assert.deepEqual([result.errorKind, result.exitCode, result.success], ['timeout', null, false])
    assert.ok((result.advice ?? '').length > 10)
    await t.assertUsable(executor)
  },

  'commands:abort': async (t) => {
    const executor = t.createRunner()
    const controller = new AbortController()
    const marker = t.marker()
    const command = `sh -c '${sleeper('$A')} & wait' & wait`
    const run = executor.runCommand(command, { signal: controller.signal, env: { A: marker } })
    run.catch(() => {})
    await t.seen(marker, run)
    const reason = { any: 'value' }
    controller.abort(reason)
    await t.rejectsWith(run, reason)
    await t.gone(marker)
    const before = AbortSignal.abort(reason)
    await t.rejectsWith(executor.runCommand('touch ran', { signal: before }), reason)
    assert.equal((await executor.runCommand(['ls'])).output, '', 'the command ran')
  },

  'commands:stream': async (t) => {
    const executor = t.createRunner()
    const events: CommandEvent[] = []
    const wait = 'i=0; until [ -e go ] || [ $i -ge 600 ]; do sleep 0.1; i=$((i+1)); done'
    for await (const event of executor.streamCommand(`echo first; ${wait}; echo second; echo err >&2; exit 3`)) {
      events.push(event)
      if (event.type === 'output-delta' && event.text.includes('first')) await executor.runCommand('touch go')
    }
    const textOf = (type: CommandEvent['type']): string =>
      events.map((event) => (event.type === type && event.type !== 'end' ? event.text : '')).join('')
    const last = events.at(-1)
    assert.equal(last?.type, 'end')
    assert.equal(textOf('output-delta'), last.result.output)
    assert.equal(textOf('error-delta'), last.result.error)
    assert.deepEqual([last.result.output, last.result.error, last.result.exitCode], ['first\nsecond\n', 'err\n', 3])
  },

  'commands:stream-left': async (t) => {
    const marker = t.marker()
    for await (const event of t.createRunner().streamCommand(`${stubborn('$A')} & echo ready; wait`, { env: { A: marker } })) {
      if (event.type !== 'output-delta') continue
      await t.seen(marker)
      break
    }
    await t.gone(marker)
  },

  'commands:not-found': async (t) => {
    const executor = t.createRunner()
    await executor.runCommand('mkdir sub')
    for (const program of ['no-such-program', './no-such-program', '/no/such/program', 'sub/no-such-program', 'cd', 'é ✓'])
      for (const cwd of ['.', 'sub']) assertNotStarted(await executor.runCommand([program], { cwd }), 'not_found', `${program} in ${cwd}`)
    assert.equal((await executor.runCommand(['true'], { env: { PATH: '/nowhere' } })).errorKind, 'not_found')
    // A shell that does not find one of the programs in its text has been run, and says so itself.
    const { exitCode, error, errorKind } = await executor.runCommand('no-such-program')
    assert.deepEqual([exitCode, errorKind], [127, undefined])
    assert.match(error, /no-such-program/)
    await executor.runCommand("echo x > plain; mkdir directory; printf '#!/no/such/interpreter -x\\n' > script; chmod +x script")
    for (const program of ['./plain', './directory']) assertNotStarted(await executor.runCommand([program]), 'permission_denied', program)
    assertNotStarted(await executor.runCommand(['./script']), 'not_found', './script')
    assert.match((await executor.runCommand(['./script'])).error, /\/no\/such\/interpreter/)
  },

  'commands:invalid': async (t) => {
    const executor = t.createRunner()
    const long = 'x'.repeat(200_000)
    for (const command of [
      '',
      ' \n',
      [],
      [''],
      'a\0b',
      ['touch', 'a\0b'],
      'touch \ud800',
      ['touch', '\ud800'],
      `touch ${long}`,
      ['touch', long],
    ]) {
      const about = JSON.stringify(command).slice(0, 40)
      assertNotStarted(await executor.runCommand(command), 'invalid_argument', about)
    }
    for (const env of [{ '': 'x' }, { 'a=b': 'x' }, { 'a\0b': 'x' }, { a: 'x\0y' }, { a: '\ud800' }, { a: long }]) {
      assertNotStarted(await executor.runCommand('touch ran', { env }), 'invalid_argument', JSON.stringify(env).slice(0, 40))
    }
    assertNotStarted(await executor.runCommand('touch ran', { stdin: '\ud800' }), 'invalid_argument', 'a lone surrogate as input')
    assert.equal((await executor.runCommand(['ls'])).output, '', 'something ran')
  },

  'commands:misuse': async (t) => {
    const executor = t.createRunner()
    const misuses: readonly (readonly [unknown, unknown])[] = [
      [5, {}],
      [['ls', 5], {}],
      [{}, {}],
      ['ls', { cwd: 5 }],
      ['ls', { env: 'A=1' }],
      ['ls', { env: { A: 1 } }],
      ['ls', { stdin: 5 }],
      ['ls', { timeoutMs: -1 }],
      ['ls', { timeoutMs: Number.NaN }],
      ['ls', { signal: {} }],
      ['ls', { timeout: 5 }],
      ['ls', null],
    ]
    for (const [command, options] of misuses) {
      const call = (): Promise<unknown> => executor.runCommand(command as string, options as object)
      await t.rejects(call, 'INVALID_ARGUMENT', JSON.stringify([command, options]))
    }
    await t.rejects(() => executor.startCommand('ls', { signal: new AbortController().signal } as object), 'INVALID_ARGUMENT', 'a signal')
    await executor.stop()
    await t.rejects(executor.runCommand('ls'), 'EXECUTOR_STOPPED', 'a command after stop')
    await t.rejects(executor.startCommand('ls'), 'EXECUTOR_STOPPED', 'a background command after stop')
  },

  'commands:recovery': async (t) => {
    const executor = t.createRunner()
    const ends = ['exit 3', 'kill -9 $$', 'cd /; exec true', 'exec >&- 2>&-; exit 1', 'printf "\\377"', 'sleep 9 & exit 0']
    for (const end of ends) {
      await t.within(executor.runCommand(end), end)
      assert.equal((await executor.runCommand(['echo', 'next'])).output, 'next\n', `after ${end}`)
    }
  },
} as const satisfies Bodies
