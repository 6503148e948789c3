import { describe, expect, test } from 'vitest'
import { Exchange } from '../../../src/executors/docker/preload/exchange.ts'
import { readWaitStatus } from '../../../src/executors/docker/wait-status.ts'
import { Heard } from '../../support/python.ts'

describe('an exchange with a fork server', () => {
  /** Both streams in pieces of one size, as a channel cuts them. */
  async function read(
    streams: (marks: Exchange) => readonly [output: string, error: string],
    size: number,
  ): Promise<[Heard, Exchange, string]> {
    const heard = new Heard()
    const exchange = new Exchange(heard, { hasBegun: false })
    const [output, error] = streams(exchange).map((text) => Buffer.from(text, 'latin1'))
    for (let at = 0; at < (output?.length ?? 0); at += size) exchange.onOutput(Buffer.from(output?.subarray(at, at + size) ?? []))
    for (let at = 0; at < (error?.length ?? 0); at += size) exchange.onError(Buffer.from(error?.subarray(at, at + size) ?? []))
    return [heard, exchange, await exchange.answer]
  }

  const SIZES = [1, 2, 3, 5, 7, 16, 31, 32, 33, 34, 64, 1000]

  test.each(SIZES)('hands on what is between the marks, in pieces of %i', async (size) => {
    const [heard, exchange, answer] = await read(
      ({ begin, end }) => [`late${begin}\nout${begin.slice(0, 9)}\n${end.slice(0, 31)}\0${end}256\n`, `${begin}\nerr${end}\n`],
      size,
    )
    expect([heard.output, heard.error]).toEqual([`out${exchange.begin.slice(0, 9)}\n${exchange.end.slice(0, 31)}\0`, 'err'])
    expect([answer, exchange.hasBegun]).toEqual(['256', true])
  })

  test.each(SIZES)('knows that no program has begun, in pieces of %i', async (size) => {
    const [heard, exchange, answer] = await read(({ begin, end }) => [`late${begin.slice(0, 30)}${end}0\n`, `${end}\n`], size)
    expect([heard.output, heard.error, answer, exchange.hasBegun]).toEqual(['', '', '0', false])
  })

  test('waits for both streams', async () => {
    const exchange = new Exchange(new Heard(), { hasBegun: true })
    exchange.onOutput(Buffer.from(`${exchange.end}0\n`))
    let isOver = false
    void exchange.answer.then(() => (isOver = true))
    await new Promise(setImmediate)
    expect(isOver).toBe(false)
    exchange.onError(Buffer.from(`x${exchange.end}\n`))
    expect(await exchange.answer).toBe('0')
  })

  test('holds back nothing at the end', () => {
    const heard = new Heard()
    const exchange = new Exchange(heard, { hasBegun: true })
    exchange.onOutput(Buffer.from(`x${exchange.end.slice(0, 12)}`))
    expect(heard.output).toBe('x')
    exchange.close()
    expect(heard.output).toBe(`x${exchange.end.slice(0, 12)}`)
  })
})

test.each([
  [0, { exitCode: 0 }],
  [44 << 8, { exitCode: 44 }],
  [255 << 8, { exitCode: 255 }],
  [9, { signal: 'SIGKILL' }],
  [11 | 0x80, { signal: 'SIGSEGV' }],
  [31, { signal: 'SIGSYS' }],
  [34, { signal: 'SIGRTMIN+0' }],
  [40, { signal: 'SIGRTMIN+6' }],
])('the status %i of wait(2) is %j', (status, end) => {
  expect(readWaitStatus(status)).toEqual(end)
})
