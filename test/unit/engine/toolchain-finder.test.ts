import { describe, expect, test } from 'vitest'
import { CommandPlace } from '../../../src/engine/command-place.ts'
import { ToolchainFinder } from '../../../src/engine/toolchain-finder.ts'
import type { Language, Toolchain } from '../../../src/languages/index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { FakeBackend } from '../../support/fake-backend.ts'

const never = new AbortController().signal
const needs = (...programs: string[]): Toolchain => ({ programs, run: (unit) => [unit.program(programs[0] ?? ''), unit.entryPoint] })

function language(toolchains: readonly Toolchain[], packages: Language['packages'] = {}): Language {
  return { name: 'toy', title: 'Toy', aliases: [], extensions: ['.toy'], toolchains, packages }
}

/** A finder over a place that has some programs, and what was asked of that place. */
function finder(...present: readonly string[]): { readonly find: ToolchainFinder; readonly there: Set<string>; readonly asked: string[] } {
  const there = new Set(present)
  const asked: string[] = []
  const findProgram = async (name: string): Promise<string | undefined> => {
    asked.push(name)
    return there.has(name) ? `/bin/${name}` : undefined
  }
  const place = new CommandPlace(Object.assign(new FakeBackend(), { findProgram }))
  return { find: new ToolchainFinder(place, 'fake'), there, asked }
}

describe('ToolchainFinder', () => {
  test('the first toolchain whose programs are all there wins', async () => {
    const best = needs('cc', 'ld')
    const second = needs('tcc')
    const { find } = finder('cc', 'tcc', 'other')
    const found = await find.find(language([best, second, needs('other')]), never)
    expect(found.toolchain).toBe(second)
    expect([...found.programs]).toEqual([['tcc', '/bin/tcc']])
  })

  test('a complete one has the place of each of its programs', async () => {
    const { find } = finder('cc', 'ld')
    expect([...(await find.find(language([needs('cc', 'ld')]), never)).programs]).toEqual([
      ['cc', '/bin/cc'],
      ['ld', '/bin/ld'],
    ])
  })

  test('what was found is remembered until it is told to forget', async () => {
    const { find, asked } = finder('cc')
    const toy = language([needs('cc')])
    const first = await find.find(toy, never)
    expect(await find.find(toy, never)).toBe(first)
    expect(asked).toEqual(['cc'])
    find.forget()
    await find.find(toy, never)
    expect(asked).toEqual(['cc', 'cc'])
  })

  test('what was missing is looked for again: it may have been installed', async () => {
    const { find, there } = finder()
    const toy = language([needs('cc')])
    await expectCode(find.find(toy, never), 'LANGUAGE_UNAVAILABLE')
    there.add('cc')
    expect((await find.find(toy, never)).programs.get('cc')).toBe('/bin/cc')
  })

  test('a language that is missing says what was looked for and every way to get it', async () => {
    const { find } = finder('cc')
    const toy = language([needs('cc', 'ld'), needs('tcc')], {
      debian: ['gcc', 'binutils'],
      npm: ['toy-cc'],
      other: 'https://example.org/toy',
    })
    const { details, message } = await expectCode(find.find(toy, never), 'LANGUAGE_UNAVAILABLE')
    expect(details).toEqual({ language: 'toy', tried: ['cc with ld', 'tcc'], packages: ['gcc', 'binutils', 'toy-cc'] })
    expect(message).toContain('looked for cc with ld, tcc.')
    expect(message).toContain('apt-get install gcc binutils, or npm install --global toy-cc, or https://example.org/toy.')
  })

  test('without known packages the message still ends as a sentence', async () => {
    const { message } = await expectCode(finder().find.find(language([needs('cc')]), never), 'LANGUAGE_UNAVAILABLE')
    expect(message).toMatch(/looked for cc\.$/)
  })
})
