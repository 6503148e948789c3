import { describe, expect, test } from 'vitest'
import { explainFailure } from '../../../src/executors/docker/images/explain-failure.ts'
import { followTask, ImageTaskFailure } from '../../../src/executors/docker/images/follow-task.ts'
import { ImageMessages } from '../../../src/executors/docker/images/image-messages.ts'
import { ProgressReader, type ImageProgress } from '../../../src/executors/docker/images/image-progress.ts'
import { expectCode } from '../../support/expect-code.ts'

const BUILD = { image: 'x', task: 'build' } as const
const PULL = { image: 'x', task: 'pull' } as const

describe('a stream of messages', () => {
  const text = '{"status":"Pulling from library/ö"}\r\n\n{"stream":"✓ 世界 😀\\n"}\n{"error":"short","errorDetail":{"message":"long"}}'
  const expected = [{ status: 'Pulling from library/ö' }, { stream: '✓ 世界 😀\n' }, { error: 'long' }]

  test.each([1, 2, 3, 7, 1000])('is the same in pieces of %d bytes', (size) => {
    const messages = new ImageMessages()
    const bytes = Buffer.from(text)
    const read = []
    for (let at = 0; at < bytes.length; at += size) read.push(...messages.push(bytes.subarray(at, at + size)))
    expect([...read, ...messages.end()]).toEqual(expected)
  })

  test('hands on a message as soon as its line ends', () => {
    const messages = new ImageMessages()
    expect(messages.push(Buffer.from('{"status":"a"}\n{"sta'))).toEqual([{ status: 'a' }])
    expect(messages.push(Buffer.from('tus":"b"}\n'))).toEqual([{ status: 'b' }])
    expect(messages.end()).toEqual([])
  })

  test.each(['nonsense\n', '[]\n', '"text"\n', 'null\n'])('that has the line %j is none', async (line) => {
    await expectCode(() => new ImageMessages().push(Buffer.from(line)), 'PROTOCOL_VIOLATION')
  })

  test('that ends in the middle of a line is none', async () => {
    const messages = new ImageMessages()
    messages.push(Buffer.from('{"status":"a"}\n{"stat'))
    await expectCode(() => messages.end(), 'PROTOCOL_VIOLATION')
  })

  test('members of another kind are passed over', () => {
    expect(new ImageMessages().push(Buffer.from('{"status":1,"id":null,"progressDetail":"x","stream":[],"error":{}}\n'))).toEqual([{}])
  })
})

describe('progress', () => {
  test('of a layer has its bytes', () => {
    const reader = new ProgressReader(PULL)
    const layer = { id: '0123456789ab', status: 'Downloading' }
    expect(reader.read({ ...layer, progressDetail: { current: 5, total: 10 } })).toEqual([
      { ...PULL, status: 'Downloading', layer: '0123456789ab', currentBytes: 5, totalBytes: 10 },
    ])
    // Sizes that are not known yet are told as nothing, as -1 or as 0.
    expect(reader.read({ ...layer, progressDetail: {} })).toEqual([{ ...PULL, status: 'Downloading', layer: '0123456789ab' }])
    expect(reader.read({ ...layer, progressDetail: { current: -1, total: 0 } })).toEqual([
      { ...PULL, status: 'Downloading', layer: '0123456789ab' },
    ])
    expect(reader.read({ id: 'latest', status: 'Pulling from library/x' })).toEqual([{ ...PULL, status: 'Pulling from library/x' }])
  })

  test('of a build is one entry per line, each with its step', () => {
    const reader = new ProgressReader(BUILD)
    const read = ['Step 1/2 : FROM x', '\n', ' ---> 01\nSTEP 2/2: RUN y\nfirst ', 'half\n\n', 'second'].flatMap((stream) =>
      reader.read({ stream }),
    )
    expect(read.map(({ step, steps, status }) => `${step}/${steps} ${status}`)).toEqual([
      '1/2 Step 1/2 : FROM x',
      '1/2  ---> 01',
      '2/2 STEP 2/2: RUN y',
      '2/2 first half',
    ])
    expect(reader.tail.at(-1)).toBe('second')
  })

  test('of a build that fetches something first has the step, too', () => {
    const reader = new ProgressReader(BUILD)
    reader.read({ stream: 'Step 1/2 : FROM x\n' })
    expect(reader.read({ status: 'Downloading', id: '0123456789ab' })).toEqual([
      { ...BUILD, step: 1, steps: 2, status: 'Downloading', layer: '0123456789ab' },
    ])
  })

  test('has nothing that moves a terminal, and what a line was in the end', () => {
    const reader = new ProgressReader(BUILD)
    const read = reader.read({ stream: '\u001B[91mred\u001B[0m\u0007\u001B]0;title\u0007x\n10%\r50%\r100%\r\n' })
    expect(read.map(({ status }) => status)).toEqual(['red x', '100%'])
  })

  test('keeps the last twenty lines', () => {
    const reader = new ProgressReader(BUILD)
    for (let line = 1; line <= 100; line += 1) reader.read({ stream: `line ${line}\n` })
    expect(reader.tail).toHaveLength(20)
    expect(reader.tail.at(0)).toBe('line 81')
    reader.read({ stream: 'open' })
    expect(reader.tail).toHaveLength(20)
    expect(reader.tail.at(0)).toBe('line 82')
  })
})

describe('a task', () => {
  async function* answer(...pieces: readonly string[]): AsyncGenerator<Buffer> {
    for (const piece of pieces) yield Buffer.from(piece)
  }

  async function follow(stream: AsyncIterable<Buffer>, explain: (cause: unknown) => unknown = (cause) => cause): Promise<ImageProgress[]> {
    const heard: ImageProgress[] = []
    const request = async (): Promise<NodeJS.ReadableStream> => stream as unknown as NodeJS.ReadableStream
    for await (const progress of followTask({ subject: BUILD, request, explain })) heard.push(progress)
    return heard
  }

  test('is done when the answer ends, also without a last line break', async () => {
    expect((await follow(answer('{"stream":"a\\nb\\n"}\n{"status":"c"}'))).map(({ status }) => status)).toEqual(['a', 'b', 'c'])
  })

  test('that fails in the middle of the answer has the log', async () => {
    const failing = follow(answer('{"stream":"one\\ntwo\\n"}\n', '{"error":"failed"}\n{"stream":"never read"}\n'))
    await expect(failing).rejects.toBeInstanceOf(ImageTaskFailure)
    await expect(failing).rejects.toMatchObject({ message: 'failed', log: ['one', 'two'] })
  })

  test('closes the answer when its listener leaves', async () => {
    let closed = false
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.from('{"status":"a"}\n')
      } finally {
        closed = true
      }
    }
    const request = async (): Promise<NodeJS.ReadableStream> => endless() as unknown as NodeJS.ReadableStream
    for await (const progress of followTask({ subject: BUILD, request, explain: (cause) => cause })) {
      expect(progress.status).toBe('a')
      break
    }
    expect(closed).toBe(true)
  })
})

describe('a failure', () => {
  const describeIt = (words: string): string => `It says ${words}!`
  const explained = (cause: unknown): unknown => explainFailure(cause, 'trying', 'x', describeIt)

  test('inside the answer is about the image, whatever a log says', () => {
    const failure = new ImageTaskFailure('container is not running.', [])
    expect(explained(failure)).toMatchObject({
      code: 'IMAGE_UNAVAILABLE',
      message: 'It says container is not running!',
      details: { image: 'x' },
    })
  })

  test.each([
    ['a full disk', new ImageTaskFailure('write /x: no space left on device', []), 'BACKEND_REJECTED'],
    ['a broken connection', Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 'BACKEND_LOST'],
    ['no engine', Object.assign(new Error('connect ENOENT'), { code: 'ENOENT', syscall: 'connect', address: '/x' }), 'BACKEND_UNREACHABLE'],
    ['a refusal', Object.assign(new Error('no'), { statusCode: 500 }), 'IMAGE_UNAVAILABLE'],
  ])('of another kind is told as such: %s', (_, cause, code) => {
    expect(explained(cause)).toMatchObject({ code })
  })
})
