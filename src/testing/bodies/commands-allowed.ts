import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { CommandRefusal } from '../../core/index.ts'
import type { Bodies } from './index.ts'
import { assertNotStarted } from './commands.ts'

/** Commands that get past a list which looks at the text and lets a shell run it. */
const BYPASSES: readonly (readonly [string, CommandRefusal])[] = [
  ...(
    [
      'echo a; touch ran',
      'echo a;touch ran',
      'echo a && touch ran',
      'echo a || touch ran',
      'echo a & touch ran',
      'echo a | tee ran',
      'echo a > ran',
      'echo a >ran',
      'echo a 2>ran',
      'echo < ran',
      'echo a >> ran',
      'echo $(touch ran)',
      'echo "$(touch ran)"',
      'echo `touch ran`',
      'echo "`touch ran`"',
      'echo ${x:=$(touch ran)}',
      'echo $HOME',
      'echo "$HOME"',
      'echo <(touch ran)',
      'echo a\ntouch ran',
      'echo a\r\ntouch ran',
      'echo a\\\ntouch ran',
      '(touch ran)',
      "echo $'a\\nb'",
      'echo a # touch ran',
      'echo ~',
      "echo 'a",
      'echo "a',
      'echo a\\',
    ] as const
  ).map((command) => [command, 'shell_syntax'] as const),
  ['X=1 echo a', 'shell_assignment'],
  ['PATH=. echo a', 'shell_assignment'],
  ['"X=1" echo a', 'shell_assignment'],
  ['', 'empty_command'],
  ['  \n ', 'empty_command'],
  ...(
    [
      'touch ran',
      'sh -c "echo a; touch ran"',
      'echoX a',
      'xecho a',
      './echo a',
      '/bin/echo a',
      'echo',
      "'echo a'",
      "echo' 'a",
      'env echo a',
      'exec echo a',
      'command echo a',
      'if true',
      'echo a b "" c',
    ] as const
  ).map((command) => [command, 'no_pattern_match'] as const),
]

export const allowedBodies = {
  'allowed:runs': async (t) => {
    const executor = t.createRunner({ allowedCommands: ['printf .*', /ECHO .*/i] })
    const words: readonly (readonly [string, readonly string[]])[] = [
      [`printf '<%s>' a "b c" 'd "e"' f\\ g "h\\"i" ''`, ['a', 'b c', 'd "e"', 'f g', 'h"i', '']],
      [`printf '<%s>' '$HOME' '\`x\`' ';' "a;b" \\; '*' "\\$x" $ "5$"\n`, ['$HOME', '`x`', ';', 'a;b', ';', '*', '$x', '$', '5$']],
      [`  "pri"'nt'f\t<%s>`.replace('<%s>', `'<%s>'`) + ` a'b'"c"d  *.sh`, ['abcd', '*.sh']],
    ]
    for (const [command, expected] of words) {
      const { output, error } = await executor.runCommand(command)
      assert.equal(output, expected.map((word) => `<${word}>`).join(''), `${command}: ${error}`)
    }
    assert.equal((await executor.runCommand('echo a')).output, 'a\n')
  },

  'allowed:refused': async (t) => {
    const executor = t.createRunner({ allowedCommands: ['echo \\S+', 'echo \\S+ \\S+', 'ls'] })
    for (const [command, refusal] of BYPASSES) {
      const result = await executor.runCommand(command)
      assertNotStarted(result, 'command_not_allowed', command)
      assert.equal(result.termination.kind === 'not-started' && result.termination.refusal, refusal, command)
    }
    assert.equal((await executor.runCommand('ls')).output, '', 'something ran')
  },

  'allowed:whole': async (t) => {
    const executor = t.createRunner({ allowedCommands: [/^ls$/m, 'git status|git diff', /echo [a-z ']+/] })
    for (const command of ['ls -a', "ls '\nrm'", "'ls\nls'", 'git status -x', 'x git diff', 'git statusgit diff', 'echo A', 'echo a 1']) {
      assertNotStarted(await executor.runCommand(command), 'command_not_allowed', command)
    }
    assert.equal((await executor.runCommand('ls')).success, true)
    // However it was typed, what a pattern sees is quoted in one way.
    for (const command of ['echo "a b"', "echo 'a b'", 'echo a\\ b', 'e"ch"o a" "b']) {
      assert.equal((await executor.runCommand(command)).output, 'a b\n', command)
    }
    for (const pattern of ['(?=a)b', '(a)\\1', '(', /a(?!b)/, /a/g, /a/y, 5, {}]) {
      await t.rejects(() => t.create({ allowedCommands: [pattern as string] }), 'INVALID_ARGUMENT', inspect(pattern))
    }
    const slow = t.createRunner({ allowedCommands: [/echo (a+)+b/] })
    const startedAt = performance.now()
    assertNotStarted(await slow.runCommand(`echo ${'a'.repeat(50_000)}`), 'command_not_allowed', 'a slow pattern')
    assert.ok(performance.now() - startedAt < t.ms(5_000), 'a pattern took too long')
  },

  'allowed:lists': async (t) => {
    const executor = t.createRunner({ allowedCommands: ['echo [a-z]+', 'ls'] })
    assert.equal((await executor.runCommand(['echo', 'a'])).output, 'a\n')
    for (const command of [['touch', 'ran'], ['echo', 'a', 'b'], ['echo', 'a b'], ['echo a'], ['sh', '-c', 'echo a']]) {
      assertNotStarted(await executor.runCommand(command), 'command_not_allowed', JSON.stringify(command))
      const job = await executor.startCommand(command)
      assertNotStarted(await t.within(job.wait(), 'a refused command'), 'command_not_allowed', JSON.stringify(command))
    }
    const given = await executor.runCommand('echo a', { env: { PATH: '.' } })
    assertNotStarted(given, 'command_not_allowed', 'a variable')
    assert.equal(given.termination.kind === 'not-started' && given.termination.refusal, 'shell_assignment')
    for await (const event of executor.streamCommand('touch ran')) {
      if (event.type === 'end') assertNotStarted(event.result, 'command_not_allowed', 'a stream')
      else assert.match(event.text, /not allowed/)
    }
    assert.equal((await executor.runCommand('ls')).output, '', 'something ran')
    const none = t.createRunner({ allowedCommands: [] })
    assertNotStarted(await none.runCommand('ls'), 'command_not_allowed', 'an empty list')
  },

  'allowed:programs': async (t) => {
    const executor = t.createRunner({ allowedCommands: ['ls'] })
    const error = await t.rejects(executor.executeCode('touch ran', 'sh'), 'CODE_REJECTED', 'a program')
    assert.equal(error.details.rule, 'allowedCommands')
    await t.rejects(async () => {
      for await (const event of executor.streamCode('touch ran', 'sh')) void event
    }, 'CODE_REJECTED')
    assert.equal((await executor.runCommand('ls')).output, '', 'the program ran')
  },
} as const satisfies Bodies
