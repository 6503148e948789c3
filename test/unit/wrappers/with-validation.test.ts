import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createLanguageRegistry } from '../../../src/languages/index.ts'
import { withValidation, type DenyRule, type ValidationOptions } from '../../../src/wrappers/index.ts'
import { FakeExecutor } from '../../support/fake-executor.ts'
import { coded, codedThrow, errorOf, eventsOf, realExecutor } from './outcomes.ts'

const IMPORT_OS = /^\s*import\s+os\b/m

function validated(deny: ValidationOptions['deny'], more: Partial<ValidationOptions> = {}) {
  const inner = new FakeExecutor()
  return { inner, executor: withValidation(inner, { deny, ...more }) }
}

describe('a program that a rule matches', () => {
  test('is refused with the rule and the line, and reaches no executor', async () => {
    const { inner, executor } = validated({ python: [IMPORT_OS] })
    const error = await coded(executor.executeCode('x = 1\n\nimport os\n', 'python'), 'CODE_REJECTED')
    expect(error.details).toEqual({ language: 'python', rule: String(IMPORT_OS), path: undefined, line: 3 })
    expect(error.message).toContain('line 3')
    expect(inner.calls).toEqual([])
    expect(inner.started).toBe(0)
  })

  test('is refused by streamCode too', async () => {
    const { inner, executor } = validated({ python: ['subprocess'] })
    const error = await coded(eventsOf(executor.streamCode('import subprocess', 'python')), 'CODE_REJECTED')
    expect(error.details.rule).toBe('subprocess')
    expect(inner.calls).toEqual([])
  })

  test.each(['python', 'py', 'Python3', ' PYTHON '])('is refused when its language is written %j', async (language) => {
    const { executor } = validated({ python3: [IMPORT_OS] })
    await coded(executor.executeCode('import os', language), 'CODE_REJECTED')
  })

  test.each(['g', 'y', 'gy', 'gm'])('is refused every time, with the flags %s', async (flags) => {
    const { executor } = validated({ python: [new RegExp('import os', flags)] })
    for (let time = 0; time < 4; time += 1) {
      const error = await coded(executor.executeCode('# a\nimport os', 'python'), 'CODE_REJECTED')
      expect(error.details.line).toBe(2)
    }
  })

  test.each<[string, string, DenyRule, number]>([
    ['ends of lines of Windows', 'a\r\nb\r\nimport os', IMPORT_OS, 3],
    ['ends of lines of old machines', 'a\rb\rimport os', IMPORT_OS, 3],
    ['a match over several lines', 'a\nsystem(\n  "x"\n)', /system\([^)]*\)/, 2],
    ['a match that begins with blank lines', 'a\n\n\nimport os', /\s*import os/, 4],
    ['a match of nothing but blanks', 'a\n\n\nb', /\n{3}/, 1],
    ['a byte order mark', '\uFEFFimport os', /^import os/, 1],
  ])('names the line with %s', async (_, source, rule, line) => {
    const { executor } = validated({ '*': [rule] })
    const error = await coded(executor.executeCode(source, 'python'), 'CODE_REJECTED')
    expect(error.details.line).toBe(line)
  })

  test('is told the message of a named rule', async () => {
    const { executor } = validated({ python: [{ name: 'no shell', pattern: 'os.system', message: 'Use the tools you have' }] })
    const error = await coded(executor.executeCode('os.system("x")', 'python'), 'CODE_REJECTED')
    expect(error.details.rule).toBe('no shell')
    expect(error.message).toContain('Use the tools you have')
  })
})

describe('every file of a program is looked at', () => {
  test.each<[string, Record<string, string | Uint8Array>, string]>([
    ['beside the entry point', { 'main.py': 'import helper', 'helper.py': '\nimport os' }, 'helper.py'],
    ['of another name', { 'main.py': 'exec(open("data.txt").read())', 'data.txt': '\nimport os' }, 'data.txt'],
    ['given as bytes', { 'main.py': Buffer.from('\nimport os') }, 'main.py'],
    ['with bytes that are no UTF-8', { 'main.py': Buffer.from([0xff, 0xfe, 0x0a, ...Buffer.from('import os')]) }, 'main.py'],
    ['with the name of an inherited property', { 'main.py': '', ['__proto__']: '\nimport os' }, '__proto__'],
  ])('%s', async (_, source, path) => {
    const { inner, executor } = validated({ python: [IMPORT_OS] })
    const files = Object.defineProperties({}, Object.getOwnPropertyDescriptors(source)) as Record<string, string | Uint8Array>
    const error = await coded(executor.executeCode(files, 'python'), 'CODE_REJECTED')
    expect(error.details).toMatchObject({ path, line: 2 })
    expect(inner.calls).toEqual([])
  })

  test('a file of another language meets the rules of its own', async () => {
    const { executor } = validated({ python: [IMPORT_OS] })
    const error = await coded(executor.executeCode({ 'main.sh': 'python3 a.PY', 'a.PY': 'import os' }, 'bash'), 'CODE_REJECTED')
    expect(error.details).toMatchObject({ language: 'bash', path: 'a.PY' })
  })

  test('what was looked at is what runs, whatever the caller changes meanwhile', async () => {
    const { inner, executor } = validated({ python: [IMPORT_OS] })
    let reads = 0
    const bytes = Buffer.from('print(1)')
    const source = {
      'data.bin': bytes,
      get 'main.py'() {
        reads += 1
        return reads === 1 ? 'print(1)' : 'import os'
      },
    }
    const run = executor.executeCode(source, 'python')
    bytes.fill(0)
    await run
    expect(inner.calls[0]?.source).toEqual({ 'main.py': 'print(1)', 'data.bin': Uint8Array.from(Buffer.from('print(1)')) })
  })
})

describe('a program that no rule matches', () => {
  test('runs as it is, with its options', async () => {
    const { inner, executor } = validated({ python: [IMPORT_OS], ruby: ['print'] })
    const result = await executor.executeCode('print(1)', 'py', { args: ['a'] })
    expect(result.success).toBe(true)
    expect(inner.calls[0]).toMatchObject({ source: 'print(1)', language: 'py', options: { args: ['a'] } })
  })

  test('runs for real, and one that is refused leaves no trace', async () => {
    await using executor = withValidation(realExecutor(), { deny: { bash: [/\btouch\b/] } })
    await coded(executor.executeCode('touch trace', 'bash'), 'CODE_REJECTED')
    const result = await executor.executeCode('ls; echo fine', 'bash')
    expect(result.output).not.toContain('trace')
    expect(result.output).toContain('fine')
  })
})

describe('functions', () => {
  test('see path, text and canonical language, and refuse with a reason', async () => {
    const seen: unknown[] = []
    const rule: DenyRule = function noNetwork(source) {
      seen.push(source)
      return source.text.includes('socket') && 'no network here'
    }
    const { executor } = validated({ '*': [rule] })
    const error = await coded(executor.executeCode({ 'main.py': 'import socket' }, 'py'), 'CODE_REJECTED')
    expect(seen).toEqual([{ path: 'main.py', text: 'import socket', language: 'python' }])
    expect(error.details).toMatchObject({ rule: 'noNetwork', line: 1 })
    expect(error.message).toContain('no network here')
  })

  test('a program does not run when a function throws, or answers what is no answer', async () => {
    const broken = new Error('the rule is broken')
    const throwing = validated({
      python: [
        () => {
          throw broken
        },
      ],
    })
    expect(await errorOf(throwing.executor.executeCode('1', 'python'))).toBe(broken)
    const promising = validated({ python: [(async () => 'refused') as unknown as DenyRule] })
    const error = await coded(promising.executor.executeCode('1', 'python'), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe('options.deny.python[0]')
    expect([...throwing.inner.calls, ...promising.inner.calls]).toEqual([])
  })
})

describe('languages of one’s own', () => {
  const definitions = ['bash', { name: 'snake', aliases: ['sss'], extensions: ['.snake'], command: ['python3'] }] as const

  test.each([
    ['definitions', definitions],
    ['a registry', createLanguageRegistry([...definitions])],
  ])('have rules, from %s', async (_, languages) => {
    const { executor } = validated({ snake: ['bite'] }, { languages: languages as NonNullable<ValidationOptions['languages']> })
    await coded(executor.executeCode('bite()', 'SSS'), 'CODE_REJECTED')
  })

  test('a language that nobody named here is refused, since its rules cannot be looked up', async () => {
    const { inner, executor } = validated({ python: [IMPORT_OS] })
    const error = await coded(executor.executeCode('import os', 'snake'), 'LANGUAGE_UNKNOWN')
    expect(error.message).toContain('snake')
    expect(inner.calls).toEqual([])
  })
})

describe('what is no rule is refused when the wrapper is made', () => {
  test.each<[string, unknown, string]>([
    ['a number', { deny: { python: [1] } }, 'options.deny.python[0]'],
    ['null', { deny: { python: [null] } }, 'options.deny.python[0]'],
    ['an empty text', { deny: { python: [''] } }, 'options.deny.python[0]'],
    ['a rule that is not in a list', { deny: { python: /x/ } }, 'options.deny.python'],
    ['a pattern that is none', { deny: { python: [{ name: 'x', pattern: 1 }] } }, 'options.deny.python[0].pattern'],
    ['a rule without a name', { deny: { python: [{ pattern: /x/ }] } }, 'options.deny.python[0].name'],
    ['an unknown member', { deny: { python: [{ name: 'x', pattern: /x/, line: 1 }] } }, 'options.deny.python[0].line'],
    ['no rules', {}, 'options.deny'],
    ['a misspelt option', { deny: {}, allow: {} }, 'options.allow'],
  ])('%s', (_, options, argument) => {
    const error = codedThrow(() => withValidation(new FakeExecutor(), options as ValidationOptions), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe(argument)
  })

  test('rules of a language that does not exist, with the nearest one', () => {
    const error = codedThrow(() => withValidation(new FakeExecutor(), { deny: { pyton: ['x'] } }), 'LANGUAGE_UNKNOWN')
    expect(error.details.nearest).toBe('python')
  })

  test('an executor that is none', () => {
    const promised = Promise.resolve(new FakeExecutor()) as unknown as FakeExecutor
    expect(codedThrow(() => withValidation(promised, { deny: {} }), 'INVALID_ARGUMENT').details.argument).toBe('executor')
  })

  test('a RegExp of another realm is one', async () => {
    const { executor } = validated({ python: [runInNewContext('/import os/') as RegExp] })
    await coded(executor.executeCode('import os', 'python'), 'CODE_REJECTED')
  })
})
