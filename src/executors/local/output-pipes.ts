import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'

const CHUNK_BYTES = 64 * 1024
/** How many are made by one call of mkfifo, which costs as much as a hundred of them. */
const BATCH = 64

/** The end of a pipe that we read, and the descriptor a program writes to. */
export interface OutputPipe {
  readonly reader: PipeReader
  /** To be closed once the program has it. */
  readonly writeDescriptor: number
}

/**
 * Real pipes for programs' output. Node gives its children sockets instead, which cannot be opened by name, so
 * `echo x > /dev/stderr` fails in them. Named pipes are made ahead in batches and unlinked as soon as both ends are open.
 */
export class PipeStock {
  readonly #directory: string
  readonly #ready: string[] = []
  #made = 0
  #refilling: Promise<void> | undefined
  /** One buffer for all readers: a chunk is handed on before the next one is read. */
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes sure that a shell can have its two; rejects when none can be made. */
  async ready(): Promise<void> {
    while (this.#ready.length < 2) await this.#refill()
  }

  async take(): Promise<OutputPipe> {
    while (this.#ready.length === 0) await this.#refill()
    const path = this.#ready.pop() ?? ''
    if (this.#ready.length < BATCH / 4) this.#refill().catch(() => {}) // whoever finds the stock empty tries again and is told
    // The reading end does not wait for a writer; the writing end finds a reader, so neither blocks.
    const readDescriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const writeDescriptor = openSync(path, constants.O_WRONLY)
    unlinkSync(path)
    return { reader: new PipeReader(readDescriptor, this.#buffer), writeDescriptor }
  }

  /** Settles when none are being made; what is made later would be left where they are. */
  async settled(): Promise<void> {
    await this.#refilling?.catch(() => {})
  }

  #refill(): Promise<void> {
    this.#refilling ??= this.#makeBatch().finally(() => {
      this.#refilling = undefined
    })
    return this.#refilling
  }

  async #makeBatch(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => join(this.#directory, String(this.#made++)))
    // Found where systems keep it, also when programs are given a PATH of their own.
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths], { env: { PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}` } })
    this.#ready.push(...paths)
  }
}

/** Reads a pipe to its end and hands on what comes. */
export class PipeReader {
  /** Settles when every writer has closed the pipe, or we did. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  #onChunk: ((chunk: Uint8Array) => void) | undefined
  #chunks = 0

  constructor(descriptor: number, buffer: Uint8Array) {
    this.#socket = new Socket({
      fd: descriptor,
      readable: true,
      writable: false,
      onread: {
        buffer,
        callback: (bytes, chunk) => {
          this.#chunks += 1
          this.#onChunk?.(chunk.subarray(0, bytes))
          return true
        },
      },
    })
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.on('error', () => {}) // 'close' follows; a broken pipe has nothing more to say
    this.#socket.resume()
    this.#socket.unref()
  }

  /** Where chunks go from now on; they are valid only during the call. */
  listen(onChunk: (chunk: Uint8Array) => void): void {
    this.#onChunk = onChunk
    this.#socket.ref()
  }

  /** Settles when everything that was in the pipe at the time of the call has been handed on. */
  async idle(): Promise<void> {
    // Each turn of the event loop reads what is there; a full one without a chunk found nothing.
    for (let before = -1; before !== this.#chunks;) {
      before = this.#chunks
      await nextTurn()
      await nextTurn()
    }
  }

  /** Lets the program write on and keeps nothing of it. */
  discard(): void {
    this.#onChunk = undefined
    this.#socket.unref()
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Closes a descriptor that may be closed already by an error on the way. */
export function closeDescriptors(...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor)
}
