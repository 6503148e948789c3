import assert from 'node:assert/strict'
import { CodeExecutorError, type CodeSource, type ErrorCode, type ExecuteOptions, type ResourceLimits } from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'

const LONE_SURROGATE = 'half \uD83D of a pair'
const NO_TIMES: readonly unknown[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '1000', null]

/** Holds that each call is refused with the code, on one executor, which works afterwards. */
async function refuses(
  t: ContractContext,
  code: ErrorCode,
  cases: readonly Readonly<[about: string, source: unknown, options?: unknown]>[],
): Promise<void> {
  const executor = t.create()
  for (const [about, source, options] of cases) {
    const call = executor.executeCode(source as CodeSource, t.hello.language, options as ExecuteOptions)
    await t.rejects(call, code, about)
  }
  await t.assertUsable(executor)
}

/** A program whose second file has the path. */
const withPath = (t: ContractContext, ...paths: readonly string[]): CodeSource =>
  Object.fromEntries([[`main${t.hello.extension}`, t.hello.source], ...paths.map((path) => [path, 'content'])])

export const badInputBodies = {
  'input:empty': async (t) => {
    await refuses(t, 'INVALID_ARGUMENT', [
      ['an empty text', ''],
      ['a text of blanks', ' \n\t\r\n'],
      ['no files', {}],
      ['null', null],
      ['a number', 7],
      ['a file that is a number', { [`main${t.hello.extension}`]: 7 }],
    ])
  },

  'input:entry-point': async (t) => {
    const { source, extension } = t.hello
    await refuses(t, 'INVALID_ARGUMENT', [
      ['no file of the language', { 'notes.txt': source }],
      ['two candidates', { [`a${extension}`]: source, [`b${extension}`]: source }],
      ['an entry point of a text', source, { entryPoint: `main${extension}` }],
    ])
    await refuses(t, 'FILE_NOT_FOUND', [
      ['an entry point that is not among the files', { [`a${extension}`]: source }, { entryPoint: `b${extension}` }],
    ])
  },

  'input:paths': async (t) => {
    const paths = [
      '/absolute',
      '../outside',
      'a/../../outside',
      'a/../b',
      './a',
      'a//b',
      'a/',
      'nul\0byte',
      'new\nline',
      'back\\slash',
      'C:/drive',
      'c:file',
      '~/home',
      'con',
      'NUL.txt',
      'a/aux',
      'ends.',
      'ends ',
      'a./b',
      '',
      '.',
      '..',
      '.polyrun-mine',
      'x'.repeat(256),
      `${'x/'.repeat(2100)}x`,
      LONE_SURROGATE,
    ]
    await refuses(
      t,
      'INVALID_PATH',
      paths.map((path) => [JSON.stringify(path.slice(0, 40)), withPath(t, path)] as const),
    )
    await refuses(t, 'INVALID_PATH', [['an entry point outside', withPath(t, 'a'), { entryPoint: '../a' }]])
  },

  'input:collisions': async (t) => {
    await refuses(t, 'INVALID_PATH', [
      ['names that differ by case', withPath(t, 'Data.txt', 'data.txt')],
      ['directories that differ by case', withPath(t, 'Sub/a.txt', 'sub/A.txt')],
      ['names that differ by the form of an accent', withPath(t, 'caf\u00e9', 'cafe\u0301')],
      ['a file that is a directory of another', withPath(t, 'data', 'data/one.txt')],
      ['a file that is a directory further up', withPath(t, 'a/b/c/d', 'A/B')],
    ])
  },

  'input:env': async (t) => {
    const { source } = t.hello
    const environments: readonly unknown[] = [{ '': 'x' }, { 'A=B': 'x' }, { 'A\0': 'x' }, { A: 'x\0y' }, { A: 1 }, { A: undefined }, 'A=B']
    await refuses(
      t,
      'INVALID_ARGUMENT',
      environments.map((env) => [`env ${JSON.stringify(env)}`, source, { env }] as const),
    )
  },

  'input:args': async (t) => {
    const { source } = t.hello
    const lists: readonly unknown[] = [['a\0b'], [1], [undefined], 'text', { 0: 'a' }]
    await refuses(
      t,
      'INVALID_ARGUMENT',
      lists.map((args) => [`args ${JSON.stringify(args)}`, source, { args }] as const),
    )
    await refuses(t, 'INVALID_ARGUMENT', [['input that is a number', source, { stdin: 7 }]])
  },

  'input:options': async (t) => {
    const { source } = t.hello
    await refuses(t, 'INVALID_ARGUMENT', [
      ['an option nobody knows', source, { timeout: 5 }],
      ['a misspelt option', source, { timeoutMS: 5 }],
      ['a signal that is none', source, { signal: {} }],
    ])
  },

  'input:timeout': async (t) => {
    const { source } = t.hello
    await refuses(
      t,
      'INVALID_ARGUMENT',
      NO_TIMES.map((timeoutMs) => [`timeoutMs ${String(timeoutMs)}`, source, { timeoutMs }] as const),
    )
    for (const timeoutMs of NO_TIMES.slice(0, 5)) {
      await t.rejects(
        () => t.create({ timeoutMs: timeoutMs as number }),
        'INVALID_ARGUMENT',
        `timeoutMs ${String(timeoutMs)} of an executor`,
      )
    }
  },

  'input:limits': async (t) => {
    const wrong: readonly unknown[] = [
      { outputBytes: 0 },
      { outputBytes: -1 },
      { outputBytes: 1.5 },
      { outputBytes: Number.NaN },
      { memory: 'much' },
      { memory: 0 },
      { memory: '-5m' },
      { memory: Number.POSITIVE_INFINITY },
      { pids: 0 },
      { pids: 2.5 },
      { cpus: 0 },
      { cpus: -1 },
      { cpus: Number.NaN },
      { disk: '' },
      { openFiles: 0 },
      { memorySwap: '1g' },
      { memory: '1g', memorySwap: '512m' },
      { memroy: '1g' },
    ]
    for (const limits of wrong)
      await t.rejects(() => t.create({ limits: limits as ResourceLimits }), 'INVALID_ARGUMENT', `limits ${JSON.stringify(limits)}`)
  },

  'input:surrogates': async (t) => {
    const { source, extension } = t.hello
    await refuses(t, 'INVALID_ARGUMENT', [
      ['in the source', `${source}# ${LONE_SURROGATE}`],
      ['in a file', { [`main${extension}`]: `${source}# ${LONE_SURROGATE}` }],
      ['in an argument', source, { args: [LONE_SURROGATE] }],
      ['in a variable', source, { env: { A: LONE_SURROGATE } }],
      ['in the input', source, { stdin: LONE_SURROGATE }],
    ])
  },

  'input:language-names': async (t) => {
    const executor = t.create()
    for (const name of ['SH', ' sh ', 'posix', 'Sh\n']) {
      assert.equal((await executor.executeCode('echo hello', name)).output, 'hello\n', JSON.stringify(name))
    }
  },

  'input:language-unknown': async (t) => {
    const executor = t.create()
    const misspelt = t.hello.language === 'sh' ? 'postix' : 'pyhton'
    const error = await t.rejects(executor.executeCode(t.hello.source, misspelt), 'LANGUAGE_UNKNOWN', 'a misspelt language')
    assert.equal(error.details.nearest, t.hello.language)
    assert.ok(error.details.known.includes(t.hello.language))
    for (const name of ['', 'no such language at all', '__proto__', 'constructor', 'sh; true']) {
      await t.rejects(executor.executeCode(t.hello.source, name), 'LANGUAGE_UNKNOWN', JSON.stringify(name))
    }
    await t.assertUsable(executor)
  },

  'input:language-unavailable': async (t) => {
    const missing = 'polyrun-contract-no-such-program'
    const executor = t.create({
      languages: ['sh', { name: 'nowhere', extensions: ['.nowhere'], command: [missing], packages: { debian: ['some-package'] } }],
    })
    const error = await t.rejects(executor.executeCode('anything', 'nowhere'), 'LANGUAGE_UNAVAILABLE', 'a language without interpreter')
    assert.ok(
      error.details.tried.some((tried) => tried.includes(missing)),
      `tried ${error.details.tried.join(', ')}`,
    )
    assert.deepEqual(error.details.packages, ['some-package'])
    await t.assertUsable(executor)
  },

  'input:interpreter-directory': async (t) => {
    const executor = t.create({ languages: ['sh', { name: 'nowhere', extensions: ['.nowhere'], command: ['/'] }] })
    await t.rejects(executor.executeCode('anything', 'nowhere'), 'LANGUAGE_UNAVAILABLE', 'an interpreter that is a directory')
    await t.assertUsable(executor)
  },

  'input:long-argument': async (t) => {
    const executor = t.create()
    const long = 'x'.repeat(4 * 1024 ** 2)
    try {
      const result = await t.within(
        executor.executeCode('printf %s "$1" | wc -c', 'sh', { args: [long] }),
        'a program with a long argument',
      )
      assert.equal(result.output.trim(), String(long.length))
    } catch (error) {
      if (!CodeExecutorError.is(error)) throw error
      assert.ok(error.code === 'BACKEND_REJECTED' || error.code === 'INVALID_ARGUMENT', `${error.code}: ${error.message.slice(0, 200)}`)
    }
    await t.assertUsable(executor)
  },

  'input:nothing-written': async (t) => {
    const executor = t.create()
    await t.rejects(executor.executeCode({ 'main.sh': 'echo x', 'fine.txt': 'x', '../bad': 'x' }, 'sh'), 'INVALID_PATH', 'a path outside')
    await t.rejects(
      executor.executeCode({ 'main.sh': 'echo x', 'fine.txt': 'x' }, 'sh', { timeoutMs: -1 }),
      'INVALID_ARGUMENT',
      'a negative time limit',
    )
    assert.equal((await executor.executeCode('ls main.sh fine.txt 2>/dev/null', 'sh')).output, '')
  },
} as const satisfies Bodies
