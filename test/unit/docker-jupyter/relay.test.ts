import { spawn } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DockerContainer, ExecConfig } from '../../../src/executors/docker/client.ts'
import { FRAME, frameHeader, FrameReader, WINDOW_BYTES, type FrameKind } from '../../../src/executors/docker-jupyter/relay/frames.ts'
import { Relay } from '../../../src/executors/docker-jupyter/relay/relay.ts'
import { RELAY } from '../../../src/executors/docker-jupyter/relay/relay-script.ts'
import { HAS_PYTHON, PYTHON } from '../../support/python.ts'
import { PATIENCE, scratchDirectory } from '../../support/world.ts'

describe('frames', () => {
  test('are the same however their bytes come', () => {
    const whole = Buffer.concat([
      frameHeader(FRAME.data, 7, 3),
      Buffer.from('abc'),
      frameHeader(FRAME.data, 7, 0),
      frameHeader(FRAME.credit, 8, 65_536),
      frameHeader(FRAME.end, 4_000_000_000),
    ])
    for (const size of [1, 2, 5, 9, 10, whole.length]) {
      const seen: string[] = []
      const reader = new FrameReader({
        onData: (stream, chunk) => void seen.push(`${stream}:${chunk.toString()}`),
        onControl: (kind: FrameKind, stream, amount) => void seen.push(`${kind} ${stream} ${amount}`),
      })
      for (let at = 0; at < whole.length; at += size) reader.push(whole.subarray(at, at + size))
      expect(
        seen
          .filter((each) => each.startsWith('7:'))
          .map((each) => each.slice(2))
          .join(''),
      ).toBe('abc')
      expect(seen.slice(-2)).toEqual([`${FRAME.credit} 8 65536`, `${FRAME.end} 4000000000 0`])
    }
  })
})

describe.skipIf(!HAS_PYTHON)('the relay in Python', () => {
  test('carries many streams at once, whole and apart', async () => {
    const relay = await startRelay((socket) => void socket.pipe(socket))
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const stream = relay.open()
        const sent = Buffer.alloc(300_000 + index, index)
        stream.end(sent)
        return (await buffer(stream)).equals(sent)
      }),
    )
    expect(answers).toEqual(Array.from({ length: 20 }, () => true))
  })

  test('a reader that does not read holds up its own stream and no other, and nothing piles up', async () => {
    let flooded = 0
    const relay = await startRelay((socket) => {
      socket.once('data', (chunk) => {
        if (chunk.toString() === 'flood') socket.on('drain', pump).once('close', () => socket.off('drain', pump))
        else return socket.end(chunk)
        pump()
        function pump(): void {
          while (socket.write(Buffer.alloc(64 * 1024))) flooded += 64 * 1024
          flooded += 64 * 1024
        }
      })
    })
    const slow = relay.open()
    slow.write('flood')
    slow.pause()
    await expect.poll(() => flooded, PATIENCE).toBeGreaterThan(WINDOW_BYTES)
    const quick = relay.open()
    quick.write('quick')
    expect((await buffer(quick)).toString()).toBe('quick')
    // A window here, one in the relay, and what the system keeps for a socket.
    expect(flooded).toBeLessThan(4 * WINDOW_BYTES)
    let read = 0
    slow.on('data', (chunk: Buffer) => (read += chunk.length)).resume()
    await expect.poll(() => read, PATIENCE).toBeGreaterThan(8 * WINDOW_BYTES)
    slow.destroy()
  })

  test('a server that does not read holds up who writes to it', async () => {
    const relay = await startRelay((socket) => void socket.pause())
    const stream = relay.open()
    let written = 0
    const more = (): void => {
      while (stream.write(Buffer.alloc(64 * 1024))) written += 64 * 1024
    }
    stream.on('drain', more)
    more()
    await expect.poll(() => stream.writableNeedDrain, PATIENCE).toBe(true)
    expect(written).toBeLessThan(4 * WINDOW_BYTES)
    stream.destroy()
  })

  test('either side may end first', async () => {
    const relay = await startRelay((socket) => void socket.end('bye'))
    const stream = relay.open()
    expect((await buffer(stream)).toString()).toBe('bye')
    stream.end()
    await once(stream, 'close')
  })

  test('where nobody listens a stream breaks, and all of them do when the relay ends', async () => {
    const relay = await startRelay((socket) => void socket.pipe(socket), { listens: false })
    await expect(once(relay.open(), 'data')).rejects.toMatchObject({ code: 'ECONNRESET' })
    const other = await startRelay((socket) => void socket.pipe(socket))
    const stream = other.open()
    const broken = once(stream, 'data')
    other.end()
    await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(once(other.open(), 'data')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

/** A relay as a process of this machine, with a server behind it. */
async function startRelay(onConnection: (socket: Socket) => void, { listens = true } = {}): Promise<Relay> {
  const socketPath = join(scratchDirectory(), 's')
  if (listens) {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {})
      onConnection(socket)
    })
    await once(server.listen(socketPath), 'listening')
    onTestFinished(() => void server.close())
  }
  const container = { exec: async (config: ExecConfig) => ({ start: async () => processStream(config.Cmd) }) } as unknown as DockerContainer
  const relay = await Relay.start(container, { python: PYTHON, user: '', socketPath }, AbortSignal.timeout(10_000))
  onTestFinished(() => relay.end())
  return relay
}

/** What the engine gives for a process: frames with what it prints, and its input. */
function processStream([program = '', ...args]: readonly string[]): Duplex {
  expect(args).toContain(RELAY)
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _, done) => void child.stdin.write(chunk, done),
    destroy: (error, done) => {
      child.kill('SIGKILL')
      done(error)
    },
  })
  child.stdin.on('error', () => {})
  child.stdout.on('data', (chunk: Buffer) => {
    const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
    header.writeUInt32BE(chunk.length, 4)
    if (!stream.push(Buffer.concat([header, chunk]))) child.stdout.pause()
  })
  child.stdout.on('end', () => stream.push(null))
  return stream
}
