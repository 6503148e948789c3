import { expect, test } from 'vitest'
import { compiled, executableOf, interpreted, type Unit } from '../../../src/languages/index.ts'

const unit: Unit = {
  entryPoint: 'sub/main.x',
  source: '',
  textOf: () => '',
  sources: ['sub/main.x', 'other.x'],
  files: ['sub/main.x', 'other.x', 'data'],
  buildDir: '.build',
  program: (name) => `/bin/${name}`,
}

test('interpreted: one toolchain per candidate, with flags before the file and arguments after it', () => {
  const toolchains = interpreted(['python3', 'python'], ['-I', '-u'])
  expect(toolchains.map(({ programs }) => programs)).toEqual([['python3'], ['python']])
  expect(toolchains.map(({ compile }) => compile)).toEqual([undefined, undefined])
  expect(toolchains[1]?.run(unit, ['a', '-b'])).toEqual(['/bin/python', '-I', '-u', 'sub/main.x', 'a', '-b'])
})

test('compiled: one toolchain per candidate, and what runs is what the compiler left', () => {
  const [gcc, clang] = compiled(['gcc', 'clang'], (compiler, { sources }, executable) => [[compiler, ...sources, '-o', executable]], {
    env: () => ({ A: '1' }),
  })
  expect(clang?.programs).toEqual(['clang'])
  expect(gcc?.compile?.(unit)).toEqual([['/bin/gcc', 'sub/main.x', 'other.x', '-o', '.build/program']])
  expect(gcc?.run(unit, ['a'])).toEqual(['.build/program', 'a'])
  expect(gcc?.env?.(unit)).toEqual({ A: '1' })
  expect(executableOf(unit)).toBe('.build/program')
})
