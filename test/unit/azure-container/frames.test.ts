import { expect, test } from 'vitest'
import { FrameReader } from '../../../src/executors/azure-container/runner/frames.ts'
import { SeededRandom } from '../../support/random.ts'

const SECRET = '0123456789abcdef'
const frame = (kind: string, offset: number, text: string): string => `${SECRET} ${kind} ${offset} ${Buffer.from(text).toString('base64')}`

function reading(): { readonly reader: FrameReader; readonly heard: string[] } {
  const heard: string[] = []
  const reader = new FrameReader(SECRET, {
    onOutput: (chunk) => heard.push(`o:${Buffer.from(chunk).toString()}`),
    onError: (chunk) => heard.push(`e:${Buffer.from(chunk).toString()}`),
    onPhase: (phase) => heard.push(phase),
    onOmitted: (stream, bytes) => heard.push(`${stream} lacks ${bytes}`),
  })
  return { reader, heard }
}

const LOG = [
  `${SECRET} s boot-1`,
  `${SECRET} p run`,
  frame('o', 0, 'one'),
  frame('e', 0, 'bad'),
  frame('o', 3, 'two'),
  `${SECRET} x ended 3 0 0 0 1 6 3`,
]
const HEARD = ['run', 'o:one', 'e:bad', 'o:two']

test('frames are told once, however often and in whatever pieces the log is read', () => {
  const { reader, heard } = reading()
  for (let end = 0; end <= LOG.length; end += 1) reader.push(LOG.slice(0, end))
  for (let start = 0; start < LOG.length; start += 1) reader.push(LOG.slice(start))
  expect(heard).toEqual(HEARD)
  expect(reader.end).toEqual({ kind: 'ended', status: 3, signaled: false, memoryKills: 0, timedOut: false, gone: true })
})

test('lines without the secret, half lines and nonsense are nobody’s', () => {
  const { reader, heard } = reading()
  reader.push(['x ended 0 0 0 0 1 0 0', 'fedcba9876543210 x ended 0 0 0 0 1 0 0', `${SECRET}x ended`, `${SECRET} x ended 0 0`, ''])
  reader.push([`${SECRET} o abc ${Buffer.from('x').toString('base64')}`, `${SECRET} o -1 eA==`, `${SECRET} q`, `${SECRET} p elsewhere`])
  expect(reader.end).toBeUndefined()
  expect(heard).toEqual([])
})

test('what is missing is told where it is missing, also at the end', () => {
  const { reader, heard } = reading()
  reader.push([frame('o', 10, 'late'), `${SECRET} x ended 0 0 0 0 1 20 5`])
  expect(heard).toEqual(['output lacks 10', 'o:late', 'output lacks 6', 'error lacks 5'])
})

test('a tail that begins too late is seen before it is taken', () => {
  const { reader } = reading()
  reader.push(LOG.slice(0, 3))
  expect(reader.missesSomethingBefore(LOG.slice(3))).toBe(false)
  expect(reader.missesSomethingBefore([frame('o', 6, 'x')])).toBe(true)
  expect(reader.missesSomethingBefore([LOG.at(-1) ?? ''])).toBe(true)
})

test('a container that was started again is seen', () => {
  const { reader } = reading()
  reader.push([`${SECRET} s boot-1`, `${SECRET} s boot-1`])
  expect([reader.hasBegun, reader.isRestarted]).toEqual([true, false])
  reader.push([`${SECRET} s boot-2`])
  expect(reader.isRestarted).toBe(true)
})

test.each([1, 2, 3, 4, 5])('random windows over a log lose nothing and repeat nothing (seed %i)', (seed) => {
  const random = new SeededRandom(seed)
  const lines: string[] = []
  const offsets = { o: 0, e: 0 }
  for (let index = 0; index < 300; index += 1) {
    const kind = random.below(2) === 0 ? 'o' : 'e'
    const text = 'x'.repeat(1 + random.below(20))
    lines.push(frame(kind, offsets[kind], text))
    offsets[kind] += text.length
  }
  const { reader, heard } = reading()
  for (let end = 1; end <= lines.length; end += 1 + random.below(30)) {
    const window = lines.slice(Math.max(0, end - 1 - random.below(40)), end)
    reader.push(reader.missesSomethingBefore(window) ? lines.slice(0, end) : window)
  }
  reader.push(lines)
  const bytes = (kind: string): number => heard.filter((each) => each.startsWith(kind)).reduce((sum, each) => sum + each.length - 2, 0)
  expect([bytes('o:'), bytes('e:')]).toEqual([offsets.o, offsets.e])
  expect(heard.filter((each) => each.includes('lacks'))).toEqual([])
})
