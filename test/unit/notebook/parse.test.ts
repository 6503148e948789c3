import { describe, expect, test } from 'vitest'
import { formatNotebook, notebookLanguage, parseNotebook } from '../../../src/notebook/index.ts'
import { expectCode } from '../../support/expect-code.ts'

const cell = (more: object = {}): object => ({ cell_type: 'code', source: 'x', metadata: {}, execution_count: null, outputs: [], ...more })
const notebook = (more: object = {}): object => ({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [cell()], ...more })
const parse = (content: object): ReturnType<typeof parseNotebook> => parseNotebook(JSON.stringify(content))

describe('what is no notebook is refused, with what is wrong', () => {
  test.each([
    ['', /no JSON/],
    ['{"cells": [', /no JSON/],
    ['<html>', /no JSON/],
    ['[]', /no notebook/],
    ['null', /no notebook/],
    ['{}', /nbformat is missing/],
    [JSON.stringify({ nbformat: 3, nbformat_minor: 0, worksheets: [] }), /format 3.*jupyter nbconvert --to notebook/],
    [JSON.stringify({ worksheets: [{ cells: [] }] }), /format 3/],
    [JSON.stringify(notebook({ nbformat: 5 })), /nbformat is 5/],
    [JSON.stringify(notebook({ nbformat: '4' })), /nbformat is "4"/],
    [JSON.stringify(notebook({ nbformat_minor: 'x' })), /nbformat_minor/],
    [JSON.stringify(notebook({ metadata: [] })), /metadata must be an object/],
    [JSON.stringify(notebook({ metadata: { kernelspec: 'python3' } })), /metadata\.kernelspec/],
    [JSON.stringify(notebook({ cells: {} })), /cells must be a list/],
    [JSON.stringify(notebook({ cells: [cell(), 'x'] })), /cells\[1\] must be an object/],
    [JSON.stringify(notebook({ cells: [cell({ cell_type: 'heading' })] })), /cells\[0\]\.cell_type/],
    [JSON.stringify(notebook({ cells: [cell({ source: 5 })] })), /cells\[0\]\.source/],
    [JSON.stringify(notebook({ cells: [cell({ source: ['a', 5] })] })), /cells\[0\]\.source/],
    [JSON.stringify(notebook({ cells: [cell({ metadata: { tags: 'skip-execution' } })] })), /cells\[0\]\.metadata\.tags/],
    [JSON.stringify(notebook({ cells: [cell({ outputs: {} })] })), /cells\[0\]\.outputs/],
    [JSON.stringify(notebook({ cells: [cell({ outputs: [{ output_type: 'pyout' }] })] })), /cells\[0\]\.outputs\[0\]\.output_type/],
    [JSON.stringify(notebook({ cells: [cell({ outputs: [{ output_type: 'stream', name: 'x', text: '' }] })] })), /outputs\[0\]\.name/],
    [JSON.stringify(notebook({ cells: [cell({ execution_count: -1 })] })), /execution_count/],
  ])('%s', async (text, message) => {
    const { details, message: said } = await expectCode(() => parseNotebook(text), 'INVALID_ARGUMENT')
    expect(details.argument).toBe('notebook')
    expect(said).toMatch(message)
  })
})

test('an older one of format 4 gets names for its cells; names that are there stay, and no two are the same', () => {
  const cells = [cell(), cell({ id: 'mine' }), cell({ id: 'mine' }), cell({ id: 'not a name' }), { cell_type: 'raw', source: '' }]
  const read = parse(notebook({ nbformat_minor: 0, cells }))
  expect(read).toMatchObject({ nbformat: 4, nbformat_minor: 5 })
  const ids = read.cells.map(({ id }) => id)
  expect(ids[1]).toBe('mine')
  expect(new Set(ids).size).toBe(5)
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
})

test('text is text, whether the file has lines or not, and values of JSON are left alone', () => {
  const data = { 'text/plain': ['a\n', 'b'], 'application/json': ['a', 'b'], 'application/vnd.x+json': 'text', 'image/png': 'AAAA' }
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['1\n', '2'] },
    { output_type: 'display_data', data, metadata: { width: 1 } },
  ]
  const [first] = parse(notebook({ cells: [cell({ source: ['a\n', 'b'], outputs })] })).cells
  expect(first).toMatchObject({
    source: 'a\nb',
    outputs: [{ text: '1\n2' }, { data: { ...data, 'text/plain': 'a\nb' }, metadata: { width: 1 } }],
  })
})

test('what is written is read back as the same, and written as Jupyter does', () => {
  const cells = [
    cell({
      id: 'a',
      source: 'one\ntwo\n',
      metadata: { tags: ['t'], z: 1, a: 2 },
      outputs: [{ output_type: 'error', ename: 'E', evalue: 'v', traceback: ['x'] }],
    }),
    { cell_type: 'markdown', id: 'b', source: '# ü', metadata: {}, attachments: { 'p.png': { 'image/png': 'AAAA' } } },
  ]
  const read = parse(notebook({ cells, metadata: { kernelspec: { name: 'ir', display_name: 'R' }, other: [1] } }))
  const text = formatNotebook(read)
  expect(parseNotebook(text)).toEqual(read)
  expect(text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n')).toBe(true)
  expect(text).toContain('"source": [\n    "one\\n",\n    "two\\n"\n   ]')
  expect(text).toContain('# ü')
  expect(text.endsWith('}\n')).toBe(true)
})

test('five megabytes', () => {
  const image = { output_type: 'display_data', data: { 'image/png': 'A'.repeat(5_000_000) }, metadata: {} }
  expect(parse(notebook({ cells: [cell({ outputs: [image] })] })).cells).toHaveLength(1)
})

test.each([
  [{ kernelspec: { name: 'ir', display_name: 'R', language: 'R' } }, 'R'],
  [{ kernelspec: { name: 'ir' }, language_info: { name: 'R' } }, 'R'],
  [{}, 'python'],
])('the language of %j is %s', (metadata, language) => {
  expect(notebookLanguage(parse(notebook({ metadata })))).toBe(language)
})
