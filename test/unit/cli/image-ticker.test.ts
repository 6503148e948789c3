import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ImageTicker, tickerLine } from '../../../src/cli/image-ticker.ts'
import type { CliIo } from '../../../src/cli/io.ts'

const BUILD = { image: 'x', task: 'build' } as const

test('a line has a bar, the step and the words', () => {
  expect(tickerLine('python', { ...BUILD, status: 'Step 3/4 : RUN x', step: 3, steps: 4 }, 80)).toBe(
    'python ████████░░░░░░░░ 3/4 Step 3/4 : RUN x',
  )
  expect(tickerLine('python', { ...BUILD, status: 'Downloading', currentBytes: 1_500_000, totalBytes: 3_000_000 }, 80)).toBe(
    'python Downloading 1.5 of 3.0 MB',
  )
})

test('a line fits the terminal', () => {
  const line = tickerLine('python', { ...BUILD, status: 'word '.repeat(100), step: 1, steps: 2 }, 60)
  expect(line).toHaveLength(60)
  expect(line.at(-1)).toBe('…')
})

test('without a terminal there is one line per step', () => {
  const stderr = new PassThrough()
  const io = { stderr, env: {} } as unknown as CliIo
  {
    using ticker = new ImageTicker(io, 'python')
    ticker.show({ ...BUILD, status: `Step 1/2 : RUN a${'   b'.repeat(200)}`, step: 1, steps: 2 })
    ticker.show({ ...BUILD, status: 'output', step: 1, steps: 2 })
    ticker.show({ ...BUILD, status: 'Step 2/2 : RUN c', step: 2, steps: 2 })
  }
  const lines = String(stderr.read()).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^python: Step 1\/2 : RUN a( b)+ ?…$/)
  expect(lines.slice(1)).toEqual(['python: Step 2/2 : RUN c', ''])
})
