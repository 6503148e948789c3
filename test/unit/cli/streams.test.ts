import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Interrupted, type CliIo } from '../../../src/cli/io.ts'
import { OutputSink, ReaderGone } from '../../../src/cli/output-sink.ts'
import { readInput } from '../../../src/cli/read-input.ts'

const never = new AbortController().signal

describe('writing', () => {
  test('waits while the reader is behind', async () => {
    const taken: string[] = []
    let release: (() => void) | undefined
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken.push(chunk.toString())
        release = done
      },
    })
    const sink = new OutputSink(slow, never)
    const order: string[] = []
    const writing = sink.write('first').then(() => order.push('written'))
    order.push('released')
    release?.()
    await writing
    expect(order).toEqual(['released', 'written'])
    expect(taken).toEqual(['first'])
  })

  test('ends when the reader leaves while it waits, and at once afterwards', async () => {
    const stuck = new Writable({ highWaterMark: 1, write: () => {} })
    const sink = new OutputSink(stuck, never)
    const writing = sink.write('text')
    stuck.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await expect(writing).rejects.toBeInstanceOf(ReaderGone)
    await expect(sink.write('more')).rejects.toBeInstanceOf(ReaderGone)
    await expect(sink.flush()).rejects.toBeInstanceOf(ReaderGone)
  })

  test('ends when somebody interrupts while it waits', async () => {
    const controller = new AbortController()
    const sink = new OutputSink(new Writable({ highWaterMark: 1, write: () => {} }), controller.signal)
    const writing = sink.write('text')
    const reason = new Interrupted('SIGINT')
    controller.abort(reason)
    await expect(writing).rejects.toBe(reason)
  })

  test('leaves no listener behind', async () => {
    const stream = new PassThrough({ highWaterMark: 1 }).resume()
    const before = stream.listenerCount('drain')
    const sink = new OutputSink(stream, never)
    for (let count = 0; count < 20; count += 1) await sink.write('some text\n')
    expect(stream.listenerCount('drain')).toBe(before)
  })

  test('knows whether a line was ended', async () => {
    const sink = new OutputSink(new PassThrough().resume(), never)
    await sink.write('half')
    await sink.write('')
    expect(sink.midLine).toBe(true)
    await sink.write(' and half\n')
    expect(sink.midLine).toBe(false)
  })
})

describe('reading', () => {
  const ioOf = (stdin: PassThrough, signal = never): CliIo => ({
    stdin,
    signal,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    cwd: '/',
  })

  test('takes bytes as they are', async () => {
    const stdin = new PassThrough()
    const reading = readInput(ioOf(stdin), 5000)
    stdin.write(Buffer.from([0xff, 0x00]))
    stdin.end(Buffer.from([0xc3]))
    expect([...(await reading)]).toEqual([0xff, 0x00, 0xc3])
  })

  test('gives up on a silent pipe, but not on a slow one', async () => {
    await expect(readInput(ioOf(new PassThrough()), 20)).rejects.toThrow(/--no-stdin/)
    const slow = new PassThrough()
    const reading = readInput(ioOf(slow), 200)
    slow.write('a')
    setTimeout(() => slow.end('b'), 400)
    expect(Buffer.from(await reading).toString()).toBe('ab')
  })

  test('ends when somebody interrupts, before and while it reads', async () => {
    const controller = new AbortController()
    const reading = readInput(ioOf(new PassThrough(), controller.signal))
    const reason = new Interrupted('SIGINT')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(readInput(ioOf(new PassThrough(), controller.signal))).rejects.toBe(reason)
  })
})
