import { describe, expect, test } from 'vitest'
import { LANGUAGE_NAMES } from '../../../src/core/index.ts'
import { BUILTIN_LANGUAGES } from '../../../src/languages/builtin/index.ts'
import { createLanguageRegistry, type Language, type LanguageDefinition, type Unit } from '../../../src/languages/index.ts'
import { expectCode } from '../../support/expect-code.ts'

const make = (definitions: unknown) => createLanguageRegistry(definitions as readonly LanguageDefinition[])
const unit: Unit = {
  entryPoint: 'main.x',
  source: '',
  textOf: () => '',
  sources: ['main.x'],
  files: ['main.x'],
  buildDir: '.build',
  program: (name) => `/found/${name}`,
}
const commandOf = (language: Language, ...args: string[]): readonly string[] | undefined => language.toolchains[0]?.run(unit, args)

describe('the built-in table', () => {
  test('has the names of LANGUAGE_NAMES, in their order, at least thirty', () => {
    expect(BUILTIN_LANGUAGES.map(({ name }) => name)).toEqual([...LANGUAGE_NAMES])
    expect(LANGUAGE_NAMES.length).toBeGreaterThanOrEqual(30)
  })

  test('no two rows answer to one word', () => {
    const words = BUILTIN_LANGUAGES.flatMap(({ name, aliases }) => [name, ...aliases])
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
    expect(words.length).toBeGreaterThan(LANGUAGE_NAMES.length)
  })

  test.each(BUILTIN_LANGUAGES.map((language) => [language.name, language] as const))('%s is a whole row', (name, language) => {
    expect(name).toMatch(/^[a-z]+$/)
    expect(language.title.trim()).not.toBe('')
    for (const alias of language.aliases) expect(alias, alias).toBe(alias.trim().toLowerCase())
    expect(language.extensions.length).toBeGreaterThan(0)
    for (const extension of language.extensions) expect(extension).toMatch(/^\.[\w+]+$/)
    expect(language.toolchains.length).toBeGreaterThan(0)
    for (const { programs } of language.toolchains) expect(programs.length).toBeGreaterThan(0)
    const { debian = [], npm = [], other } = language.packages
    expect([...debian, ...npm, ...(other === undefined ? [] : [other])], 'a way to get it').not.toEqual([])
  })
})

describe('resolve', () => {
  const registry = createLanguageRegistry()

  test.each([
    ['py', 'python'],
    ['Python3', 'python'],
    [' PYTHON\n', 'python'],
    ['node', 'javascript'],
    ['JS', 'javascript'],
    ['ts', 'typescript'],
    ['c++', 'cpp'],
    ['C#', 'csharp'],
    ['sh', 'sh'],
    ['shell', 'bash'],
    ['pwsh', 'powershell'],
    ['golang', 'go'],
    ['rs', 'rust'],
  ])('%j is %s', (word, name) => {
    expect(registry.resolve(word).name).toBe(name)
  })

  test.each([
    ['pyhton', 'python'],
    ['pythn', 'python'],
    ['javascrpt', 'javascript'],
    ['typescrip', 'typescript'],
    ['Rubby', 'ruby'],
    ['haskel', 'haskell'],
    ['zzzzzzzzzz', undefined],
    ['', undefined],
    ['brainfuck', undefined],
  ])('%j is unknown, and the nearest is %s', async (word, nearest) => {
    const { details, message } = await expectCode(() => registry.resolve(word), 'LANGUAGE_UNKNOWN')
    expect(details).toEqual({ language: word, known: [...LANGUAGE_NAMES], nearest })
    if (nearest !== undefined) expect(message).toContain(`Did you mean ${nearest}?`)
  })

  test('the nearest of an alias is named by its language', async () => {
    expect((await expectCode(() => registry.resolve('golangg'), 'LANGUAGE_UNKNOWN')).details.nearest).toBe('go')
  })

  test.each([['__proto__'], ['constructor'], ['toString'], ['hasOwnProperty']])('%s, which every object has, is unknown', async (word) => {
    await expectCode(() => registry.resolve(word), 'LANGUAGE_UNKNOWN')
  })

  test.each<[unknown]>([[undefined], [null], [7], [{}], [['python']], [Symbol('python')]])('%o is no name', async (word) => {
    await expectCode(() => registry.resolve(word as string), 'INVALID_ARGUMENT')
  })

  test('a very long word is refused in no time worth telling', async () => {
    const startedAt = performance.now()
    await expectCode(() => registry.resolve('x'.repeat(100_000)), 'LANGUAGE_UNKNOWN')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('rows of one’s own', () => {
  test('a list holds exactly what it names', async () => {
    const registry = make(['python', 'bash'])
    expect(registry.languages.map(({ name }) => name)).toEqual(['python', 'bash'])
    const { details } = await expectCode(() => registry.resolve('ruby'), 'LANGUAGE_UNKNOWN')
    expect(details.known).toEqual(['python', 'bash'])
  })

  test('a row for a known name changes what it says and keeps the rest', () => {
    const [python] = make([{ name: 'python', command: ['/opt/venv/bin/python', '-I'] }]).languages
    expect(python).toMatchObject({ name: 'python', title: 'Python', extensions: ['.py'], packages: { debian: ['python3'] } })
    expect(python?.aliases).toContain('py')
    expect(python && commandOf(python, 'a')).toEqual(['/found//opt/venv/bin/python', '-I', 'main.x', 'a'])
    expect(BUILTIN_LANGUAGES[0]?.toolchains[0]?.programs).toEqual(['python3'])
  })

  test('a known language may be named by an alias', () => {
    expect(make([{ name: ' PY ', command: ['x'] }]).languages.map(({ name }) => name)).toEqual(['python'])
  })

  test('the later of two rows of one name wins', () => {
    const registry = make(['python', { name: 'python', command: ['mine'] }])
    expect(registry.languages).toHaveLength(1)
    expect(registry.resolve('py').toolchains[0]?.programs).toEqual(['mine'])
  })

  test('a new language needs a name, an extension and a command', () => {
    const registry = make([{ name: 'Cowsay', extensions: ['.cow'], command: ['cowsay', '-f'] }])
    const cowsay = registry.resolve('COWSAY')
    expect(cowsay).toMatchObject({ name: 'cowsay', title: 'cowsay', aliases: [], extensions: ['.cow'], packages: {} })
    expect(commandOf(cowsay, 'a', 'b')).toEqual(['/found/cowsay', '-f', 'main.x', 'a', 'b'])
  })

  test('a new language may have toolchains, a title and aliases in place of a command', () => {
    const registry = make([
      { name: 'toy', title: 'Toy', aliases: ['Toyish'], extensions: ['.toy'], toolchains: [{ programs: ['t'], run: () => ['t'] }] },
    ])
    expect(registry.resolve('toyish').title).toBe('Toy')
  })

  test.each<[string, unknown]>([
    ['no list', 'python'],
    ['an empty list', []],
    ['null', null],
    ['an object', { python: true }],
    ['no command', [{ name: 'toy', extensions: ['.toy'] }]],
    ['an empty command', [{ name: 'toy', extensions: ['.toy'], command: [] }]],
    ['a command that is text', [{ name: 'toy', extensions: ['.toy'], command: 'toy -f' }]],
    ['a command with an empty word', [{ name: 'toy', extensions: ['.toy'], command: ['toy', ''] }]],
    ['a command with a number', [{ name: 'toy', extensions: ['.toy'], command: ['toy', 7] }]],
    ['no extension', [{ name: 'toy', command: ['toy'] }]],
    ['an empty list of extensions', [{ name: 'toy', extensions: [], command: ['toy'] }]],
    ['an extension without a dot', [{ name: 'toy', extensions: ['toy'], command: ['toy'] }]],
    ['an extension with a slash', [{ name: 'toy', extensions: ['.a/b'], command: ['toy'] }]],
    ['a name with a blank', [{ name: 'my toy', extensions: ['.toy'], command: ['toy'] }]],
    ['an empty name', [{ name: '', extensions: ['.toy'], command: ['toy'] }]],
    ['a name with a slash', [{ name: 'a/b', extensions: ['.toy'], command: ['toy'] }]],
  ])('%s is refused', async (_, definitions) => {
    await expectCode(() => make(definitions), 'INVALID_ARGUMENT')
  })

  test('a name that no row has is LANGUAGE_UNKNOWN', async () => {
    expect((await expectCode(() => make(['python', 'rubby']), 'LANGUAGE_UNKNOWN')).details.nearest).toBe('ruby')
  })

  // What a caller without types may write.
  test.each<[string, unknown]>([
    ['null as a row', [null]],
    ['a number as a row', [7]],
    ['a row without a name', [{ extensions: ['.toy'], command: ['toy'] }]],
    ['a row whose name is a number', [{ name: 7, extensions: ['.toy'], command: ['toy'] }]],
    ['null as a command', [{ name: 'toy', extensions: ['.toy'], command: null }]],
    ['a number as a command', [{ name: 'toy', extensions: ['.toy'], command: 7 }]],
    ['extensions that are text', [{ name: 'toy', extensions: '.toy', command: ['toy'] }]],
    ['aliases that are text', [{ name: 'toy', aliases: 'cow', extensions: ['.toy'], command: ['toy'] }]],
    ['no toolchain at all', [{ name: 'toy', extensions: ['.toy'], toolchains: [] }]],
    ['a misspelt member', [{ name: 'python', comand: ['/opt/venv/bin/python'] }]],
  ])('%s is refused with a coded error', async (_, definitions) => {
    await expectCode(() => make(definitions), 'INVALID_ARGUMENT')
  })

  test('a member that is given as undefined counts as left out', () => {
    const row = { name: 'python', title: undefined, aliases: undefined, packages: undefined, command: ['mine'] }
    expect(make([row]).resolve('py')).toMatchObject({ title: 'Python', packages: { debian: ['python3'] } })
  })
})
