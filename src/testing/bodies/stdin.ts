import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Bodies } from './index.ts'

const BIG = Buffer.alloc(8 * 1024 ** 2, 'sixteen bytes..\n')
const ODD_TEXTS = [
  '',
  ' ',
  'a b',
  '-x',
  '--help',
  '"',
  "it's",
  '$(touch evaluated)',
  '`touch evaluated`',
  '$HOME',
  '*',
  'a\nb\n',
  '\\n',
  'é✓😀',
  '!x',
  '%s',
  '&;|<>',
]

export const stdinBodies = {
  'stdin:closed': async (t) => {
    const result = await t.within(t.create().executeCode('cat; echo "end of input"', 'sh'), 'a program without input')
    assert.equal(result.output, 'end of input\n')
  },

  'stdin:text': async (t) => {
    const text = 'first line\nzweite Zeile ✓\n最後の行 😀 without newline'
    assert.equal((await t.create().executeCode('cat', 'sh', { stdin: text })).output, text)
  },

  'stdin:bytes': async (t) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const { output } = await t.create().executeCode('od -An -v -tx1', 'sh', { stdin: bytes })
    assert.equal(output.replaceAll(/\s/g, ''), Buffer.from(bytes).toString('hex'))
  },

  'stdin:empty': async (t) => {
    const executor = t.create()
    for (const stdin of ['', new Uint8Array()]) {
      const result = await t.within(executor.executeCode('wc -c', 'sh', { stdin }), 'a program with empty input')
      assert.equal(result.output.trim(), '0')
    }
  },

  'stdin:big': async (t) => {
    const result = await t.within(t.create().executeCode('cksum; echo done', 'sh', { stdin: BIG }), 'a program that reads much')
    assert.match(result.output, new RegExp(`^\\d+ ${BIG.length}\\b`))
    const python = t.subject.languages.includes('python')
    if (!python) return
    const source = 'import hashlib, sys\nprint(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
    const hashed = await t.within(t.create().executeCode(source, 'python', { stdin: BIG }), 'a program that reads much')
    assert.equal(hashed.output.trim(), createHash('sha256').update(BIG).digest('hex'))
  },

  'stdin:unread': async (t) => {
    const result = await t.within(
      t.create().executeCode('sleep 0.3; echo done; exit 4', 'sh', { stdin: BIG }),
      'a program that does not read',
    )
    assert.equal(result.output, 'done\n')
    assert.deepEqual(result.termination, { kind: 'exited', exitCode: 4 })
  },

  'stdin:early-exit': async (t) => {
    const executor = t.create()
    const result = await t.within(
      executor.executeCode('head -c 7; exec <&-; sleep 0.2; echo; echo done', 'sh', { stdin: BIG }),
      'a program that reads little',
    )
    assert.equal(result.output, 'sixteen\ndone\n')
    assert.equal(result.success, true)
    await t.assertUsable(executor)
  },
} as const satisfies Bodies

export const environmentBodies = {
  'env:exact': async (t) => {
    const executor = t.create()
    const env = Object.fromEntries(ODD_TEXTS.map((value, index) => [`POLYRUN_TEST_${index}`, value]))
    const source = ODD_TEXTS.map((_, index) => `printf '<%s>' "\${POLYRUN_TEST_${index}-unset}"`).join('\n')
    const result = await executor.executeCode(source, 'sh', { env })
    assert.equal(result.output, ODD_TEXTS.map((value) => `<${value}>`).join(''))
    assert.equal((await executor.executeCode('ls evaluated', 'sh')).success, false, 'a value was evaluated')
  },

  'env:next': async (t) => {
    const executor = t.create()
    const source = 'echo "${POLYRUN_TEST-unset}"'
    assert.equal((await executor.executeCode(source, 'sh', { env: { POLYRUN_TEST: 'set' } })).output, 'set\n')
    assert.equal((await executor.executeCode(source, 'sh')).output, 'unset\n')
  },

  'env:secrets': async (t) => {
    process.env['POLYRUN_CONTRACT_SECRET'] = 'do not tell'
    try {
      const { output } = await t.create().executeCode('echo "${PATH:+path} ${POLYRUN_CONTRACT_SECRET-unset}"', 'sh')
      assert.equal(output, 'path unset\n')
    } finally {
      delete process.env['POLYRUN_CONTRACT_SECRET']
    }
  },

  'args:exact': async (t) => {
    const executor = t.create()
    const result = await executor.executeCode(`echo $#; for word do printf '<%s>' "$word"; done`, 'sh', { args: ODD_TEXTS })
    assert.equal(result.output, `${ODD_TEXTS.length}\n${ODD_TEXTS.map((value) => `<${value}>`).join('')}`)
    assert.equal((await executor.executeCode('ls evaluated', 'sh')).success, false, 'an argument was evaluated')
  },

  'args:none': async (t) => {
    const executor = t.create()
    assert.equal((await executor.executeCode('echo $#', 'sh')).output, '0\n')
    assert.equal((await executor.executeCode('echo $#', 'sh', { args: [] })).output, '0\n')
  },
} as const satisfies Bodies
