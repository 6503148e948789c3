import { expect, test } from 'vitest'
import { chooseKernel } from '../../../src/executors/jupyter/choose-kernel.ts'
import { InputLines } from '../../../src/executors/jupyter/client/input-lines.ts'
import { unescapeInPlace } from '../../../src/executors/jupyter/client/unescape.ts'
import { readV1 } from '../../../src/executors/jupyter/client/wire-v1.ts'
import { createLanguageRegistry } from '../../../src/languages/index.ts'
import { SeededRandom } from '../../support/random.ts'

function frame(type: string, content: string): Buffer {
  const parts = ['iopub', JSON.stringify({ msg_type: type }), '{"msg_id":"parent"}', '{}', content].map((part) => Buffer.from(part))
  const head = 8 * (parts.length + 2)
  const offsets = parts.reduce((ends, part) => [...ends, (ends.at(-1) ?? 0) + part.byteLength], [head])
  const table = Buffer.alloc(head)
  for (const [index, value] of [offsets.length, ...offsets].entries()) table.writeBigUInt64LE(BigInt(value), index * 8)
  return Buffer.concat([table, ...parts])
}

test('escapes are taken out as JSON.parse would, whatever the text', () => {
  const random = new SeededRandom(7)
  const pieces = ['a', '\n', '"', '\\', '/', '\u0000', '\u001b[31m', 'é', '日', '😀', '\t', '\\n', '\\u0041', ' ']
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: random.below(40) }, () => pieces[random.below(pieces.length)]).join('')
    const json = JSON.stringify(text).slice(1, -1)
    const ascii = json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    for (const escaped of [json, ascii]) expect(Buffer.from(unescapeInPlace(Buffer.from(escaped))).toString()).toBe(text)
  }
  expect(Buffer.from(unescapeInPlace(Buffer.from('\\ud800x'))).toString()).toBe('\ufffdx')
})

test('a message of the protocol is read, and a stream in either order of its members', () => {
  for (const content of [
    '{"name": "stderr", "text": "a\\nb"}',
    '{"text":"a\\nb","name":"stderr"}',
    '{"more": 1, "name": "stderr", "text": "a\\nb"}',
  ]) {
    const message = readV1(frame('stream', content))
    expect(message).toMatchObject({ channel: 'iopub', type: 'stream', parentId: 'parent' })
    expect(message?.printed?.stream, content).toBe('stderr')
    expect(Buffer.from(message?.printed?.bytes ?? []).toString(), content).toBe('a\nb')
  }
  expect(readV1(frame('status', '{"execution_state":"idle"}'))?.content).toEqual({ execution_state: 'idle' })
  expect(readV1(Buffer.alloc(3))).toBeUndefined()
  expect(readV1(Buffer.alloc(64))).toBeUndefined()
})

test('input is given line by line', () => {
  const lines = new InputLines(Buffer.from('one\r\ntwo\n\nlast'))
  expect([lines.next(), lines.next(), lines.next(), lines.next(), lines.next()]).toEqual(['one', 'two', '', 'last', undefined])
  expect(new InputLines(undefined).next()).toBeUndefined()
})

test('the kernel of a language: named, running, usual, or any that speaks it', () => {
  const languages = createLanguageRegistry()
  const python = languages.resolve('python')
  const specs = ['conda', 'python3', 'ir'].map((name) => ({ name, displayName: name, language: name === 'ir' ? 'R' : 'python' }))
  const choose = (kernelName: string, kernels: Readonly<Record<string, string>> = {}, some = specs): string | undefined =>
    chooseKernel(python, some, { kernelName, isRequired: false, kernels: new Map(Object.entries(kernels)) }, languages)
  expect(choose('conda', { python: 'python3' })).toBe('python3')
  expect(choose('conda', { python: 'gone' })).toBeUndefined()
  expect(choose('conda')).toBe('conda')
  expect(choose('ir')).toBe('python3')
  expect(
    choose(
      'ir',
      {},
      [specs[0], specs[2]].filter((spec) => spec !== undefined),
    ),
  ).toBe('conda')
  expect(choose('ir', {}, specs.slice(2))).toBeUndefined()
})
