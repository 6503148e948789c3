import { expect, test } from 'vitest'
import { createLanguageRegistry } from '../../../src/languages/index.ts'
import { detectLanguage } from '../../../src/cli/detect-language.ts'

const registry = createLanguageRegistry()

function detect(path: string | undefined, text = '', wanted?: string): string {
  return detectLanguage({ wanted, path, content: Buffer.from(text) }, registry).name
}

test.each([
  ['main.py', 'python'],
  ['lib/util.test.mjs', 'javascript'],
  ['a.R', 'r'],
  ['SHOUT.PY', 'python'],
  ['x.c', 'c'],
  ['x.c++', 'cpp'],
])('%s is %s by its extension', (path, expected) => {
  expect(detect(path)).toBe(expected)
})

test.each([
  ['#!/bin/sh\n', 'sh'],
  ['#!/usr/bin/env python3\r\nprint()', 'python'],
  ['#! /usr/bin/python3.11 -u', 'python'],
  ['#!/usr/bin/env -S LANG=C node --flag', 'javascript'],
  ['#!/usr/bin/Rscript', 'r'],
])('%j is %s by its first line', (text, expected) => {
  expect(detect('tool', text)).toBe(expected)
  expect(detect(undefined, text)).toBe(expected)
})

test('what the user says comes first, then the extension, then the first line', () => {
  expect(detect('main.py', '#!/bin/bash', 'ruby')).toBe('ruby')
  expect(detect('main.py', '#!/bin/bash')).toBe('python')
})

test.each([
  ['notes.txt', ''],
  ['notes', '#!'],
  ['notes', '#!/usr/bin/env'],
  ['notes', '#!/opt/unheard-of'],
  ['notes', '\n#!/bin/sh'],
  [undefined, 'print(1)'],
])('%j with %j is asked for', (path, text) => {
  expect(() => detect(path, text)).toThrow(/--language NAME/)
})

test('a name that nobody has is refused with the nearest one', () => {
  expect(() => detect('main.py', '', 'rubby')).toThrow(/Did you mean ruby\?/)
})
